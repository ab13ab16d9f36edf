"""A workbook that trains in its cells: `export_workbook` writes it to a file; formulas come from the scalar program of a step."""

from __future__ import annotations

from symprop.workbook.book import export_workbook, workbook

__all__ = ["export_workbook", "workbook"]
