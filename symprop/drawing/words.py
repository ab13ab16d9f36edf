"""The words and numbers in drawings: everything a reader of one reads besides the names; shared so that it can be translated."""

from __future__ import annotations

from math import isfinite, isnan

from symprop.equations import EquationsSpec
from symprop.layers import file_name
from symprop.layers.layer import Layer
from symprop.network import NetworkSpec

DIGITS = 4
LONGEST = 26  # characters of a user's own name
MOST_LISTED = 12  # layers that are named one by one


def number(value: float) -> str:
    """A number as it stands in a drawing, with a real minus sign.

    >>> number(0.0141813), number(-2.0), number(float("inf"))
    ('0.01418', '−2', '∞')
    """
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    return f"{value:.{DIGITS}g}".replace("-", "−")


def short(text: str, most: int = LONGEST) -> str:
    """The text on one line, and not longer than fits.

    >>> short("a very long name of some layer", 12)
    'a very long…'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def neurons_words(spec: NetworkSpec) -> str:
    """A network of neurons in a sentence, for who cannot see it."""
    first, *others = spec.sizes.split("-")
    columns = " and ".join([", ".join(others[:-1]), others[-1]] if len(others) > 1 else others)
    layers = f"{_counted(str(len(others)), 'layer')} of {columns} neuron{'' if others[-1] == '1' else 's'}"
    return f"{_counted(first, 'input')} on the left, then {layers}, and the loss on the right. Each line is a weight."


def layer_words(spec: NetworkSpec, place: int) -> str:
    """What stands below a column of neurons."""
    if place == 0:
        return "inputs"
    layer = spec.layers[place - 1]
    what = (
        "output layer"
        if place == len(spec.layers)
        else f"hidden layer {place}"
        if len(spec.layers) > 2
        else "hidden layer"
    )
    return ", ".join([what if layer.name is None else short(layer.name), *_function(layer)])


def loss_words(spec: NetworkSpec) -> str:
    """What stands below the losses."""
    return short(spec.loss_rule.name.replace("_", " "), 40)


def block_title(layer: Layer) -> str:
    """What stands first in a layer's block: its name, if it has one, and what it is."""
    return kind_words(layer) if layer.name is None else f"{short(layer.name)}: {kind_words(layer)}"


def shape_words(extents: tuple[int, ...]) -> str:
    """The shape of a tensor; nothing for a single number.

    >>> shape_words((4, 6)), shape_words((10_000,))
    ('4 × 6', '10,000')
    """
    return " × ".join(f"{extent:,}" for extent in extents)


def blocks_words(spec: NetworkSpec) -> str:
    """A network of blocks in a sentence, for who cannot see it."""
    kinds = [block_title(node.layer) for node in spec.nodes]
    shown = kinds if len(kinds) <= MOST_LISTED else [*kinds[: MOST_LISTED - 1], "…", kinds[-1]]
    return f"{_counted(str(len(kinds)), 'layer')}, from the input at the top to the loss at the bottom: {'; '.join(shown)}."


def kind_words(layer: Layer) -> str:
    """What a layer is, with its activation."""
    return ", ".join([file_name(type(layer).__name__).replace("_", " "), *_function(layer)])


def _function(layer: Layer) -> list[str]:
    function = layer.function
    return [] if function is None or function.name == "identity" else [short(function.name.replace("_", " "))]


def _counted(number: str, what: str) -> str:
    return f"{number} {what}" if number == "1" else f"{number} {what}s"


def equations_words(spec: EquationsSpec) -> str:
    """A graph of quantities in a sentence, for who cannot see it."""
    count = _counted(str(len(spec.equations)), "equation")
    return f"What each quantity is computed from, from the left to the loss {spec.loss}: {count}."
