"""A drawing as PNG: its SVG, painted by resvg, which is imported only then; the same drawing gives the same bytes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from symprop.drawing.figure import Drawing
from symprop.drawing.svg import svg
from symprop.errors import InternalError

DOTS = 2  # of the picture, for a pixel of the drawing
_SERIF, _SANS, _TYPED = "STIXGeneral", "DejaVu Sans", "DejaVu Sans Mono"
_FILES = ("STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol", "DejaVuSans", "DejaVuSansMono")
# Its figures are wider than those of the fonts that a drawing is laid out for.
_NARROWER = ".symprop-drawing .value { letter-spacing:-0.07em }"


def png(drawing: Drawing) -> bytes:
    """The drawing as a PNG picture, at twice the size of a screen's pixels.

    Letters are those of the fonts that come with matplotlib, so that the picture is the same on every machine.
    """
    from resvg_py import svg_to_bytes

    return bytes(
        svg_to_bytes(
            svg_string=svg(drawing, fixed=True),
            zoom=DOTS,
            style_sheet=_NARROWER,
            skip_system_fonts=True,
            font_files=_fonts(),
            font_family=_SERIF,
            serif_family=_SERIF,
            sans_serif_family=_SANS,
            monospace_family=_TYPED,
        )
    )


@cache
def _fonts() -> list[str]:
    """Of matplotlib, which is not imported for it, since that takes a second."""
    found = find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise InternalError("matplotlib's fonts are not where they should be")
    folder = Path(found.submodule_search_locations[0], "mpl-data", "fonts", "ttf")
    return [str(folder / f"{name}.ttf") for name in _FILES]
