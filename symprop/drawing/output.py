"""Drawings as files: what can be written is one table, by suffix; what a drawing holds is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from symprop.drawing.dot import dot
from symprop.drawing.figure import Drawing
from symprop.drawing.painted import pdf
from symprop.drawing.raster import png
from symprop.drawing.svg import svg
from symprop.drawing.tikz import document
from symprop.files import check_name, check_suffix, write_atomically

FORMATS: Mapping[str, Callable[[Drawing], str | bytes]] = {
    ".svg": svg,
    ".png": png,
    ".pdf": pdf,
    ".tex": document,
    ".dot": dot,
}


def draw(drawing: Drawing, path: str | Path) -> None:
    """Writes a drawing to a file, by its suffix; whole, or not at all.

    Raises UserError for another suffix and for a place that cannot be written.
    """
    write_atomically(path, FORMATS[check_format(path)](drawing))


def check_format(path: str | Path) -> str:
    """The suffix of a drawing's path, in lower case; UserError where no drawing can be written in that format.

    >>> check_format("net.SVG")
    '.svg'
    """
    check_name(path)
    return check_suffix(path, FORMATS, "a drawing")
