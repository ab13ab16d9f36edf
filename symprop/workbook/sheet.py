"""XlsxWriter's sheet, quicker for formulas that need no translation; imported only where a file is written."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are taken as they are.

    XlsxWriter looks in every formula for each of thirty functions that newer versions of Excel have, which takes half of the
    time of a workbook; the formulas here have none of them. It offers no setting for that. Should it come to ask another
    method, workbooks are right and slow again; a test says so, and pyproject keeps to this major version.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")
