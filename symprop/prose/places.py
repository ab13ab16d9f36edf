"""What a layer of a chain is called by its place in it, above it and in sentences; a name of its own is others' affair."""

from __future__ import annotations

from symprop.prose import Prose
from symprop.prose.text import Text

_HEADINGS = ("setting.output_layer", "setting.only_hidden_layer", "setting.hidden_layer")
_WITHIN = ("drawing.output_layer", "drawing.only_hidden_layer", "drawing.hidden_layer")


def place_title(prose: Prose, number: int, layers: int) -> Text:
    """What stands above a layer, of so many, which count from 1.

    >>> from symprop.prose import prose
    >>> [place_title(prose("en"), number, 3) for number in (1, 2, 3)]
    [('Hidden layer 1',), ('Hidden layer 2',), ('Output layer',)]
    """
    return _place(prose, number, layers, _HEADINGS)


def place_within(prose: Prose, number: int, layers: int) -> Text:
    """What a layer is called in a sentence or a caption.

    >>> from symprop.prose import prose
    >>> [place_within(prose("en"), number, 2) for number in (1, 2)]
    [('hidden layer',), ('output layer',)]
    """
    return _place(prose, number, layers, _WITHIN)


def _place(prose: Prose, number: int, layers: int, keys: tuple[str, str, str]) -> Text:
    output, only_hidden, hidden = keys
    if number == layers:
        return prose.say(output)
    return prose.say(only_hidden) if layers == 2 else prose.say(hidden, layer=number)
