"""Figures as files and as SVG for documents; what is drawn is said elsewhere, and matplotlib is set up in `pictures`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from symprop import files
from symprop.pictures import METADATA, Draw, Size, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALONE: Size = (7.2, 4.2)
_PROLOGUE = re.compile(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|\s*<metadata>.*?</metadata>", re.DOTALL)
# It would hold for the whole page that the picture stands in.
_STYLE = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_EMPTY = re.compile(r"<path(?![^>]*\sd=)")  # that of a space, which is no valid SVG without a place
_OWN_NAME = re.compile(r'(\bid="|href="#|url\(#)')


def check_suffix(path: str | Path) -> str:
    """The suffix of a picture's path, in lower case; UserError where no picture can be drawn in that format.

    >>> check_suffix("loss.PNG")
    '.png'
    """
    return files.check_suffix(path, METADATA, "a picture")


def save(draw: Draw, path: str | Path, size: Size = ALONE) -> None:
    """Writes a figure in the format of the file's suffix; whole, or not at all. Texts in it are outlines, in every font."""
    files.write_atomically(path, _bytes(draw, check_suffix(path), size))


def as_svg(draw: Draw, name: str, size: Size = ALONE) -> str:
    """A figure as one SVG element, to stand in a page among others: the names in it begin with `name`."""
    svg = _EMPTY.sub('<path d="M0 0"', _STYLE.sub("", _PROLOGUE.sub("", _bytes(draw, ".svg", size).decode())))
    return _OWN_NAME.sub(rf"\g<1>{name}-", svg).replace("<svg ", '<svg class="plot" style="stroke-linejoin: round" ', 1)


def _bytes(draw: Draw, suffix: str, size: Size) -> bytes:
    def drawn(figure: Figure) -> None:
        draw(figure)
        _replace_unknown(figure)

    return picture(drawn, suffix, size)


def _replace_unknown(figure: Figure) -> None:
    """Puts a question mark for each letter that the font lacks, where a box with nothing in it would stand."""
    from matplotlib.font_manager import findfont, get_font
    from matplotlib.text import Text

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        shown = "".join(c if ord(c) in known or c.isspace() else "?" for c in text.get_text())
        if shown != text.get_text():
            text.set_text(shown)
