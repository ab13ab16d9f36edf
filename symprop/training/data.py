"""Reads examples from a CSV file into arrays and says which cell is wrong; it knows no network, only names."""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symprop.errors import BudgetError, UserError, Where, nearest
from symprop.ir.names import shorten

MOST_BYTES = 200_000_000
_HEADER = "The first row names the columns, such as i1,i2,t1."
_NAMED = "Name the columns to use as inputs and as targets."


@dataclass(frozen=True, eq=False)
class Data:
    """Examples, one a row: `x` has shape (N, inputs), `t` (N, targets), both float64; the names are the columns'."""

    x: NDArray[np.float64]
    t: NDArray[np.float64]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]


def read_csv(
    path: str | Path,
    inputs: int | Sequence[str],
    targets: int | Sequence[str],
    input_columns: Sequence[str] | None = None,
    target_columns: Sequence[str] | None = None,
) -> Data:
    """The examples in a CSV file with a header row, for inputs and targets by name or by number.

    Columns that bear the very names of all of them are theirs, in whatever order they stand. Others go by position:
    as many as there are `inputs`, then as many as there are `targets`, and no more. `input_columns` and
    `target_columns` say which they are; if only one is given, the columns that it leaves are the other. Columns that
    are not used may hold anything. Raises UserError, with the file, the line and the column, for what is missing, not a
    finite number, or not such a file.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "and.csv"
    ...     _ = file.write_text("a,b,out\\n0,1,0\\n1,1,1\\n")
    ...     data = read_csv(file, inputs=2, targets=1)
    >>> data.x.tolist(), data.t.tolist(), data.target_names
    ([[0.0, 1.0], [1.0, 1.0]], [[0.0], [1.0]], ('out',))
    """
    file = str(path)
    # A column has a name, so that what has none meets no column of its own.
    wanted, aims = ([""] * given if isinstance(given, int) else list(given) for given in (inputs, targets))
    try:
        rows = _Rows(_text(path))
        header = rows.header()
        chosen = _choose(header, wanted, aims, input_columns, target_columns)
        table = rows.numbers(header, [header.index(name) for name in chosen])
    except UserError as error:
        line = error.which("line")
        raise error.at(Where(file if line is None else f"{file}:{line}", "line", line)) from None
    n = len(wanted)
    return Data(table[:, :n].copy(), table[:, n:].copy(), tuple(chosen[:n]), tuple(chosen[n:]))


def _text(path: str | Path) -> str:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the file: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > MOST_BYTES:
        expected = f"at most {MOST_BYTES // 10**6} MB"
        raise BudgetError("the file is too large", expected=expected, remedy="Train on a part of it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError("the file is not UTF-8 text", where=_line(line), remedy="Save it as 'CSV UTF-8'.") from None


class _Rows:
    """The rows of a CSV text; blank lines are skipped, and `line` is where the last row ended.

    A line with one cell that is empty is not blank: it has quotes.
    """

    def __init__(self, text: str) -> None:
        self._reader = csv.reader(io.StringIO(text, newline=""), strict=True)

    @property
    def line(self) -> Where:
        return _line(self._reader.line_num)

    def next(self) -> list[str] | None:
        try:
            cells = next((row for row in self._reader if row and not (len(row) == 1 and row[0].isspace())), None)
        except csv.Error as error:
            raise UserError(f"the row cannot be read: {error}", where=self.line) from None
        return None if cells is None else [cell.strip() for cell in cells]

    def header(self) -> list[str]:
        """The names of the columns, all present and distinct."""
        names = self.next()
        if names is None:
            raise UserError("the file is empty", remedy=_HEADER)
        if len(names) == 1 and (separator := next((s for s in ";\t" if s in names[0]), None)):
            shown = "semicolons" if separator == ";" else "tabs"
            raise UserError(f"the cells are separated by {shown}", where=self.line, expected="commas")
        if all(_number(name) is not None for name in names):
            raise UserError("there is no header row", where=self.line, remedy=_HEADER)
        for position, name in enumerate(names):
            if not name:
                raise UserError(f"column {position + 1} has no name", where=self.line, remedy=_HEADER)
            if name in names[:position]:
                raise UserError(f"two columns are named {_shown(name)}", where=self.line, remedy="Rename one.")
        return names

    def numbers(self, header: Sequence[str], columns: Sequence[int]) -> NDArray[np.float64]:
        """The cells of some columns, of shape (rows, columns)."""
        values = array("d")
        while (cells := self.next()) is not None:
            if len(cells) != len(header):
                expected = f"{len(header)}, as in the header"
                raise UserError("wrong number of cells", where=self.line, expected=expected, got=str(len(cells)))
            values.extend(self._cell(cells[column], header[column]) for column in columns)
        if not values:
            raise UserError("there are no rows after the header", remedy="Give at least one example.")
        return np.frombuffer(values).reshape(-1, len(columns))

    def _cell(self, cell: str, column: str) -> float:
        number = _number(cell)
        if number is None:
            what = f"the cell in column {_shown(column)} is " + ("not a number" if cell else "missing")
            remedy = "Write 0.5, not 0,5." if "," in cell else None
            got = _shown(cell) if cell else None
            raise UserError(what, where=self.line, expected="a number", got=got, remedy=remedy)
        if not math.isfinite(number):
            raise UserError(f"the cell in column {_shown(column)} is not finite", where=self.line, got=_shown(cell))
        return number


def _line(number: int) -> Where:
    return Where(str(number), "line", number)


def _number(cell: str) -> float | None:
    """The number that a cell holds, if it does; Python's own digit groups, as in 1_000, are no part of CSV."""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _choose(
    header: Sequence[str],
    inputs: Sequence[str],
    targets: Sequence[str],
    input_columns: Sequence[str] | None,
    target_columns: Sequence[str] | None,
) -> list[str]:
    """The names of the columns to read: inputs, then targets."""
    quantities = [*inputs, *targets]
    if input_columns is None and target_columns is None:
        if quantities and {*quantities} <= {*header}:
            return quantities
        if len(header) != len(inputs) + len(targets):
            expected = f"{len(inputs)} of inputs, then {len(targets)} of targets"
            raise UserError("wrong number of columns", expected=expected, got=str(len(header)), remedy=_NAMED)
        return list(header)
    _check_chosen("input", header, input_columns or ())
    _check_chosen("target", header, target_columns or ())
    named = {*(input_columns or ()), *(target_columns or ())}
    rest = [name for name in header if name not in named]
    chosen_inputs = _ordered("input", inputs, rest if input_columns is None else input_columns)
    chosen_targets = _ordered("target", targets, rest if target_columns is None else target_columns)
    return [*chosen_inputs, *chosen_targets]


def _check_chosen(kind: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for position, name in enumerate(columns):
        if name not in header:
            raise UserError(f"there is no column {_shown(name)}", remedy=nearest(name, header))
        if name in columns[:position]:
            raise UserError(f"column {_shown(name)} is chosen twice as {kind}", remedy="Name each column once.")


def _ordered(kind: str, quantities: Sequence[str], columns: Sequence[str]) -> Sequence[str]:
    """The columns in the order of the quantities, where they bear their names; else as they are."""
    if len(columns) != len(quantities):
        expected, got = str(len(quantities)), str(len(columns))
        raise UserError(f"wrong number of {kind} columns", expected=expected, got=got, remedy=_NAMED)
    return quantities if {*columns} == {*quantities} else columns


def _shown(text: str) -> str:
    return shorten(repr(text), 40)
