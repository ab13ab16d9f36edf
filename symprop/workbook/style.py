"""How the cells of a workbook look: formats, colours of layers, widths of columns; what stands in them is said elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from symprop.palette import LAYERS, shade
from symprop.workbook.formulas import letters

Format = Any
NEUTRAL, YOURS, RULE = "#f2f2f2", "#fff6bf", "#999999"
NARROWEST, WIDEST, UNSET = 9.5, 40, 8.43  # widths of columns; the last is Excel's own
NUMBER, SMALL = "0.000000", "0.000E+00"
_FONT = "Calibri"


class Style:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.of = cache(self._of)

    def _of(self, **properties: Any) -> Format:
        return self._book.add_format({"font_name": _FONT, "font_size": 11, "valign": "vcenter", **properties})

    @property
    def title(self) -> Format:
        """The heading of a sheet."""
        return self.of(bold=True, font_size=18)

    @property
    def hint(self) -> Format:
        """A remark to the reader."""
        return self.of(italic=True, font_color="#444444")

    @property
    def wrapped(self) -> Format:
        """A text of several lines."""
        return self.of(text_wrap=True, valign="top")

    @property
    def section(self) -> Format:
        """The heading of a part of a sheet."""
        return self.of(bold=True, font_size=13, bottom=1, bottom_color=RULE)

    @property
    def heading(self) -> Format:
        """Of a group of numbers, in as many lines as it takes."""
        return self.of(bold=True, font_size=12, text_wrap=True, valign="bottom", bottom=1, bottom_color=RULE)

    @property
    def label(self) -> Format:
        """A text that stands before a number."""
        return self.of(align="right", indent=1, font_color="#333333")

    @property
    def whole(self) -> Format:
        """A whole number, such as that of an update."""
        return self.of(num_format="0", align="center", font_color="#555555")

    @property
    def yours(self) -> Format:
        """A cell for the reader to change."""
        return self.of(bg_color=YOURS, font_color="#0b3d91", border=1, border_color=RULE, num_format="General")

    @property
    def fixed(self) -> Format:
        """A number that the formulas do not follow, such as the integers of an embedding."""
        return self.of(bg_color=NEUTRAL, border=1, border_color=RULE)

    def colour(self, layer: int | None) -> str:
        """The fill of a layer, as in drawings; what belongs to none has none."""
        return NEUTRAL if layer is None else LAYERS[shade(layer)]

    def group(self, colour: str) -> Format:
        """The heading of several columns, in their layer's colour."""
        return self.of(bold=True, align="center", bg_color=colour, border=1, border_color=RULE)

    def header(self, colour: str) -> Format:
        """The heading of a column, in its layer's colour."""
        return self.of(bold=True, align="center", bg_color=colour, bottom=2, bottom_color="#444444")

    def number(self, *, first: bool = False, apart: bool = False) -> Format:
        """A number of a table, the `first` of a block, or of a group of columns set `apart`."""
        line = {"top": 1, "top_color": RULE} if first else {}
        side = {"left": 1, "left_color": RULE} if apart else {}
        return self.of(num_format=NUMBER, **line, **side)

    def tiny(self, sheet: Any, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Lets numbers of a range that are too small or too large for decimals show with a power of ten."""
        cell = f"{letters(first[1])}{first[0] + 1}"
        criteria = f"=AND(ISNUMBER({cell}),{cell}<>0,OR(ABS({cell})<0.0001,ABS({cell})>=1000000))"
        shown = {"type": "formula", "criteria": criteria, "format": self._book.add_format({"num_format": SMALL})}
        sheet.conditional_format(*first, *last, shown)


def width(text: str) -> float:
    """How wide a column is that a text heads."""
    return min(max(NARROWEST, len(text) + 2), WIDEST)
