"""The charts of a workbook: the loss of one run, and of several; the cells that they show are named by who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symprop.palette import CURVES
from symprop.prose import Prose

_FONT = {"name": "Calibri", "size": 10, "color": "#333333"}
_GRID = {"visible": True, "line": {"color": "#dddddd", "width": 0.75}}


@dataclass(frozen=True)
class Curve:
    """Numbers of a sheet's column over those of another, from one row to another, all from 0."""

    sheet: str
    across: int
    up: int
    first: int
    last: int
    name: str | tuple[str, int, int]  # or the cell that has it


def chart(
    book: Any, prose: Prose, title: str, curves: Sequence[Curve], updates: int, *, logarithmic: bool = False
) -> Any:
    """The curves over so many updates."""
    made = book.add_chart({"type": "scatter", "subtype": "straight"})
    for curve, (colour, dash) in zip(curves, _looks(len(curves)), strict=True):
        made.add_series(
            {
                "name": list(curve.name) if isinstance(curve.name, tuple) else curve.name,
                "categories": [curve.sheet, curve.first, curve.across, curve.last, curve.across],
                "values": [curve.sheet, curve.first, curve.up, curve.last, curve.up],
                "line": {"color": colour, "width": 2, "dash_type": dash},
                "marker": {"type": "none"},
            }
        )
    made.set_title({"name": title, "name_font": {**_FONT, "size": 13, "bold": True}, "overlay": False})
    across: dict[str, Any] = {
        "name": prose.phrase("workbook.updates_axis"),
        "min": 0,
        "max": max(updates, 2),
        "major_gridlines": {"visible": False},
        "num_format": "0",
    }
    up: dict[str, Any] = {"name": prose.phrase("workbook.loss_axis"), "major_gridlines": _GRID, "num_format": "General"}
    if logarithmic:
        up |= {"log_base": 10, "crossing": "min", "num_format": "0.0E+00"}
    made.set_x_axis({**across, "name_font": _FONT, "num_font": _FONT})
    made.set_y_axis({**up, "name_font": _FONT, "num_font": _FONT})
    made.set_legend({"none": True} if len(curves) == 1 else {"position": "right", "font": _FONT})
    made.show_blanks_as("span")
    return made


def _looks(count: int) -> Iterator[tuple[str, str]]:
    """A colour for each curve, and a dash where colours come again."""
    dashes = ("solid", "dash", "round_dot")
    return ((CURVES[k % len(CURVES)], dashes[k // len(CURVES) % len(dashes)]) for k in range(count))
