"""The one private method of XlsxWriter that is replaced: it is still asked, and formulas are those of its own sheets."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from symprop.workbook.printing import MOST_NESTED
from symprop.workbook.sheet import Sheet

FORMULAS = [
    "=IF(J4>=0,1/(1+EXP(-J4)),EXP(J4)/(1+EXP(J4)))",
    "=AVERAGE(B4,B5)-η*2*ATANH(C4/(2+C4))",
    f"={'ABS(' * MOST_NESTED}A1{')' * MOST_NESTED}",
    "='Réseau d''été'!$B$5+1E-10",
]


def written(kind: type) -> list[str]:
    stream = BytesIO()
    book = Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("x", kind)
    for row, formula in enumerate(FORMULAS):
        sheet.write_formula(row, 0, formula, None, 0.5)
    book.close()
    return [cell.value for cell in load_workbook(stream).active["A"]]


def test_formulas_are_written_as_xlsxwriter_s_own_sheets_do() -> None:
    assert written(Sheet) == written(Worksheet) == FORMULAS


def test_xlsxwriter_still_asks_what_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this fails, `workbook/sheet.py` has lost its effect: workbooks are right, and take twice the time."""
    asked = list[Any]()
    own = Sheet._prepare_formula
    monkeypatch.setattr(
        Sheet, "_prepare_formula", lambda sheet, text, *more: asked.append(text) or own(sheet, text, *more)
    )
    written(Sheet)
    assert asked == FORMULAS
