"""What is printed of each sheet, and where pages end: between groups of columns, between updates, never below a heading."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import symprop
from symprop import Dense, Network
from symprop.network import Training
from symprop.workbook.paper import MOST_PAGES
from tests.workbook.books import FIRST, HEADERS, content, opened


@pytest.fixture(scope="module")
def xor() -> Any:
    return opened(content(symprop.load("xor"), 60))


def test_updates_are_printed_by_whole_groups_and_whole_updates(xor: Any) -> None:
    sheet = xor["Training"]
    area = sheet[sheet.print_area.rpartition("!")[2].replace("$", "")]
    assert (area[0][0].coordinate, sheet.print_title_rows, sheet.print_title_cols) == ("A2", "$2:$3", "$A:$B")
    titles = {cell.column for cell in sheet[HEADERS - 1] if cell.value}
    across = [each.id for each in sheet.col_breaks.brk]
    assert len([k for k in across if k + 1 in titles]) >= 4
    assert MOST_PAGES // 2 <= len(across) < MOST_PAGES
    assert 44 > len(area) - 2 > 30
    assert (len(area) - 2) % 4 == 0


def test_a_narrow_table_goes_on_downwards() -> None:
    net = Network(2, [Dense(1)], training=Training(x=[[1, 2]] * 3, t=[[0]] * 3))
    sheet = opened(content(net, 60))["Training"]
    down = [each.id for each in sheet.row_breaks.brk]
    assert {(row + 1 - FIRST) % 3 for row in down} == {0}
    assert len({b - a for a, b in pairwise([FIRST - 1, *down])}) == 1
    assert sheet.print_area.endswith(f"${sheet.max_row}")


def test_no_page_of_the_derivation_ends_below_a_heading(xor: Any) -> None:
    sheet = xor["Derivation"]
    breaks = [each.id for each in sheet.row_breaks.brk]
    assert len(breaks) >= 2
    for row in breaks:
        last = next(r for r in range(row, 0, -1) if sheet.cell(r, 1).value)
        assert not sheet.cell(last, 1).font.bold
        assert not sheet.cell(last, 1).value.endswith(":")


def test_sheets_have_paper_and_say_which_they_are(xor: Any) -> None:
    assert {sheet.page_setup.orientation for sheet in xor} == {"landscape"}
    assert {sheet.oddFooter.left.text for sheet in xor} == {"xor · &A"}
    assert xor["Working"].print_area == "'Working'!$A$1:$T$1"
    assert xor["Learning rates"].sheet_properties.pageSetUpPr.fitToPage
    assert xor["Learning rates"].page_setup.fitToHeight == 0


def test_an_update_longer_than_a_page_and_a_table_wider_than_all_pages() -> None:
    net = Network(6, [Dense(5), Dense(7)], name="1 & 2", training=Training(x=[[1.0] * 6] * 60, t=[[0.0] * 7] * 60))
    book = opened(content(net, 1))
    sheet = book["Training"]
    assert len(sheet.col_breaks.brk) == MOST_PAGES - 1
    assert sheet.print_area.endswith("$63")
    assert sheet.row_breaks.brk == []
    assert sheet.oddFooter.left.text == "1 && 2 · &A"
