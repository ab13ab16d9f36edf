"""How a workbook is printed: what of each sheet, on which paper, and where pages end; what stands in cells is written elsewhere.

Page breaks of one's own and "fit to one page's width" exclude each other in Excel: a sheet has the one or the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from symprop.workbook.columns import Column
from symprop.workbook.training_sheet import FIRST, GROUP_ROW, HEADER_ROW

MOST_PAGES = 20  # of one sheet
_A4 = 9  # the number of the paper
_SIDE, _TOP, _BOTTOM, _INCH = 0.5, 0.5, 0.7, 72  # margins in inches; points of one
_WIDE, _HIGH = 842 - 2 * _SIDE * _INCH, 595 - (_TOP + _BOTTOM) * _INCH  # what the margins leave, in points
_LINE, _PIXEL = 15.0, 0.75  # points of a row of a table, of a pixel
_TRAINING_SCALE, _SPARE = 0.75, 0.95  # how much of a page is used: programs do not agree on sizes to the last pixel
_FIGURE = 9  # pixels of a figure at most: 7 in Excel's own font, more in what stands in for it elsewhere


def set_up(sheet: Any, name: str) -> None:
    """Paper, margins, and a footer that says the network, the sheet and the page."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=_SIDE, right=_SIDE, top=_TOP, bottom=_BOTTOM)
    shown = name.replace("&", "&&")
    sheet.set_footer(f"&L&9{' ' * shown[:1].isdigit()}{shown} · &A&R&9&P / &N")


def fit(sheet: Any) -> None:
    """Prints the whole sheet, as wide as a page."""
    sheet.fit_to_pages(1, 0)


def print_hint(sheet: Any) -> None:
    """Prints the first line alone, of a sheet that nobody wants on paper."""
    sheet.print_area(0, 0, 0, 19)
    sheet.fit_to_pages(1, 1)


def print_text(sheet: Any, widths: Sequence[float], chunks: Sequence[tuple[int, float]]) -> None:
    """Prints columns of text of such widths; no page ends within a chunk (the row of its beginning, and its height in points)."""
    scale = min(1.0, _SPARE * _WIDE / sum(map(_points, widths)))
    sheet.set_print_scale(int(100 * scale))
    room = _SPARE * _HIGH / scale
    sheet.set_h_pagebreaks(list(_between(chunks, room)))


def _between(chunks: Sequence[tuple[int, float]], room: float) -> Iterator[int]:
    used = 0.0
    for row, height in chunks:
        if used and used + height > room:
            yield row
            used = 0.0
        used = (used + height) % room


def print_updates(
    sheet: Any, columns: Sequence[Column], widths: Sequence[float], first: int, shape: tuple[int, int]
) -> None:
    """Prints a table of updates page by page, by groups of columns and whole updates; `shape` is their number and height.

    The table begins behind `first` columns, which each page has again; `widths` are those of all. A table that is too
    large is printed in part, from its beginning.
    """
    updates, height = shape
    groups = [len(list(group)) for _, group in groupby(columns, key=lambda column: column.group)]
    room = _SPARE * _WIDE / _TRAINING_SCALE - sum(map(_points, widths[:first]))
    breaks = [first + k for k in _column_breaks(groups, [_points(width) for width in widths[first:]], room)]
    lines = int(_SPARE * _HIGH / _TRAINING_SCALE / _LINE) - (HEADER_ROW - GROUP_ROW + 1)
    each = max(1, lines // height) * height  # rows of a page: whole updates, unless one is longer
    pages = max(1, MOST_PAGES // (len(breaks) + 1))
    last = FIRST + min(updates * height, pages * each) - 1
    across = breaks[MOST_PAGES - 1] if len(breaks) >= MOST_PAGES else first + len(columns)
    sheet.set_print_scale(int(100 * _TRAINING_SCALE))
    sheet.print_area(GROUP_ROW, 0, last, across - 1)
    sheet.set_v_pagebreaks([k for k in breaks if k < across])
    sheet.set_h_pagebreaks(list(range(FIRST + each, last + 1, each)))
    sheet.print_across()


def _column_breaks(groups: Sequence[int], points: Sequence[float], room: float) -> Iterator[int]:
    """Before which columns a page begins: between groups, where no group is too wide for a page."""
    used, k = 0.0, 0
    for count in groups:
        if used and used + sum(points[k : k + count]) > room:
            yield k
            used = 0.0
        for column in range(k, k + count):
            if used and used + points[column] > room:
                yield column
                used = 0.0
            used += points[column]
        k += count


def _points(width: float) -> float:
    """A column's width in points, at most, from the number of figures that it has room for."""
    return int(_FIGURE * width + 5) * _PIXEL
