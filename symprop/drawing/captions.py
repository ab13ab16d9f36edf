"""What is said in a drawing and of it: captions, titles of blocks, a sentence for who cannot see it; its words are `prose`'s."""

from __future__ import annotations

from symprop.equations import EquationsSpec
from symprop.layers import file_name
from symprop.layers.layer import Layer
from symprop.network import NetworkSpec
from symprop.prose import Prose
from symprop.prose.places import place_within
from symprop.prose.text import as_words

LONGEST = 26  # characters of a user's own name
MOST_LISTED = 12  # layers that are named one by one


def short(text: str, most: int = LONGEST) -> str:
    """The text on one line, and not longer than fits.

    >>> short("a very long name of some layer", 12)
    'a very long…'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def of_neurons(prose: Prose, spec: NetworkSpec) -> str:
    """A network of neurons in a sentence."""
    first, *sizes = map(int, spec.sizes.split("-"))
    if len(sizes) == 1:
        layers = prose.counted("drawing.one_layer", sizes[0])
    else:
        layers = prose.counted("drawing.layers", sizes[-1], layers=len(sizes), sizes=prose.listed(sizes))
    return prose.phrase("drawing.neurons", inputs=prose.counted("setting.inputs", first), layers=layers)


def of_blocks(prose: Prose, spec: NetworkSpec) -> str:
    """A network of blocks in a sentence."""
    kinds = [block_title(prose, node.layer) for node in spec.nodes]
    shown = kinds if len(kinds) <= MOST_LISTED else [*kinds[: MOST_LISTED - 1], "…", kinds[-1]]
    return as_words(prose.counted("drawing.blocks", len(kinds), kinds=prose.clauses(shown)))


def of_equations(prose: Prose, spec: EquationsSpec) -> str:
    """A graph of quantities in a sentence."""
    return as_words(prose.counted("drawing.equations", len(spec.equations), loss=spec.loss))


def column_caption(prose: Prose, spec: NetworkSpec, place: int) -> str:
    """What stands below a column of neurons."""
    if place == 0:
        return prose.phrase("drawing.inputs")
    layer = spec.layers[place - 1]
    name = as_words(place_within(prose, place, len(spec.layers))) if layer.name is None else short(layer.name)
    return as_words(prose.enumerated([name, *_function(prose, layer)]))


def loss_caption(prose: Prose, spec: NetworkSpec) -> str:
    """What stands below the losses."""
    return short(prose.name(spec.loss_rule.name), 40)


def block_title(prose: Prose, layer: Layer) -> str:
    """What stands first in a layer's block: its name, if it has one, and what it is, with its activation."""
    kind = prose.enumerated([prose.name(file_name(type(layer).__name__)), *_function(prose, layer)])
    return as_words(kind) if layer.name is None else prose.phrase("drawing.named", name=short(layer.name), kind=kind)


def _function(prose: Prose, layer: Layer) -> list[str]:
    function = layer.function
    return [] if function is None or function.name == "identity" else [short(prose.name(function.name))]
