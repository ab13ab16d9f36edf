"""Networks drawn: a `Drawing` is data with places, made from the forward program; every format is made of that."""

from __future__ import annotations

from symprop.drawing.drawn import drawing_of, svg_of
from symprop.drawing.figure import Drawing
from symprop.drawing.highlight import paths
from symprop.drawing.svg import svg

__all__ = ["Drawing", "drawing_of", "paths", "svg", "svg_of"]
