"""Networks drawn: a `Drawing` is data with places, made from the forward program; every format is made of that."""

from __future__ import annotations

from symprop.drawing.drawn import drawing_of, svg_of
from symprop.drawing.figure import Drawing
from symprop.drawing.highlight import paths
from symprop.drawing.output import FORMATS, check_format, draw
from symprop.drawing.raster import DOTS, png
from symprop.drawing.svg import svg
from symprop.drawing.tikz import tikz

__all__ = ["DOTS", "FORMATS", "Drawing", "check_format", "draw", "drawing_of", "paths", "png", "svg", "svg_of", "tikz"]
