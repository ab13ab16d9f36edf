"""A workbook with live formulas, through XlsxWriter; nothing is derived here."""
