"""A workbook that trains in its cells: `export_workbook` writes it to a file; formulas come from the scalar program of a step."""

from __future__ import annotations

from symprop.workbook.book import ROWS, export_workbook, usual_rows, workbook

__all__ = ["ROWS", "export_workbook", "usual_rows", "workbook"]
