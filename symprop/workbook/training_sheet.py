"""The sheet of updates, a block of rows each, and the same table without its examples, at several rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from typing import Any

from symprop.palette import LAYERS
from symprop.workbook.columns import Column, Kind
from symprop.workbook.formulas import Table
from symprop.workbook.numbers import Block
from symprop.workbook.plan import Often, Plan
from symprop.workbook.printing import checked
from symprop.workbook.style import Style, width

GROUP_ROW, HEADER_ROW, FIRST = 1, 2, 3  # rows of a sheet, from 0
MOST_ROWS = 1_048_576
ERROR = "#NUM!"  # what Excel shows where a number has no value


def cached(number: float) -> float | str:
    """What a formula's cell is to show until it is worked out again."""
    return float(number) if isfinite(number) else ERROR


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell of every block: where it stands in it, what is put in, and whose number it shows."""

    row: int
    column: int
    formula: str
    look: Any
    kind: Kind
    scalar: str
    copy: int | None  # None where there is one of all


class TableWriter:
    """Writes a table's headers and blocks; `starts` are references to the first values of what is learnt."""

    def __init__(self, sheet: Any, style: Style, table: Table, starts: Mapping[str, str]) -> None:
        self.sheet, self.style, self.table, self.starts, self.plan = sheet, style, table, starts, table.plan
        self._places = list(enumerate(table.columns, start=table.left))
        self._cells = [list(self._cells_of(copy)) for copy in range(self.plan.copies)]

    def headers(self) -> list[float]:
        """Writes the names of groups and of columns; gives the columns' widths."""
        widths = list[float]()
        for group, found in groupby(self._places, key=lambda place: place[1].group):
            places = list(found)
            first, last = places[0][0], places[-1][0]
            more = max(0.0, len(group) + 2 - sum(width(column.header) for _, column in places)) / len(places)
            for k, column in places:
                self.sheet.write_string(
                    HEADER_ROW, k, column.header, self.style.header(self.style.colour(column.layer))
                )
                widths.append(width(column.header) + more)
                self.sheet.set_column(k, k, widths[-1])
            look = self.style.group(self.style.colour(places[0][1].layer))
            if first != last:
                self.sheet.merge_range(GROUP_ROW, first, GROUP_ROW, last, "", look)
            self.sheet.write_string(GROUP_ROW, first, group, look)
        return widths

    def _cells_of(self, copy: int) -> Iterator[_Cell]:
        """The cells of one copy, and with the first those that there are once."""
        group = None
        for k, column in self._places:
            is_apart, group = column.group != group and group is not None, column.group
            if column.often is Often.BLOCK and copy:
                continue
            for row, (scalar, formula) in enumerate(
                zip(column.scalars, self.table.formulas(column, copy), strict=True)
            ):
                at = copy * self.plan.batch + row
                look = self.style.number(first=self.plan.height > 1 and not at, apart=is_apart)
                is_once = column.kind is Kind.MEAN or (column.often is Often.BLOCK and self._is_once(column))
                yield _Cell(at, k, formula, look, column.kind, scalar, None if is_once else copy)

    def _is_once(self, column: Column) -> bool:
        """Whether a quantity that is there once is worked out with the update, or handed on; not with the first copy."""
        return column.kind is Kind.STATE or column.tensor.name not in self.plan.derivation.program.by_name

    def block(self, number: int, numbers: Block, data: Sequence[Mapping[str, str]]) -> None:
        """One update; `data` has references to the examples of each copy."""
        plan, sheet = self.plan, self.sheet
        first = FIRST + number * plan.height
        block = {"b": first + 1} | {f"m{n}": first + 1 + n for n in range(plan.height)}
        block |= {f"p{n}": first + 1 - plan.height + n for n in range(plan.batch)}
        for copy, cells in enumerate(self._cells):
            rows = {f"c{n}": first + copy * plan.batch + 1 + n for n in range(plan.batch)}
            places = {**block, **rows, **data[copy]}
            for cell in cells:
                found = numbers.once if cell.copy is None else numbers.copies[cell.copy]
                value, where = cached(found[cell.scalar]), (first + cell.row, cell.column)
                if cell.kind is Kind.MASK:
                    sheet.write_number(*where, value, cell.look)
                elif number or cell.kind is not Kind.STATE:
                    sheet.write_formula(*where, cell.formula % places, cell.look, value)
                else:
                    self._start(where, cell, value)
        if not number:
            self._check(block, data)

    def _start(self, where: tuple[int, int], cell: _Cell, value: float | str) -> None:
        """What the first block begins with."""
        if cell.scalar in self.starts:
            self.sheet.write_formula(*where, f"={self.starts[cell.scalar]}", cell.look, value)
        else:
            self.sheet.write_number(*where, value, cell.look)

    def _check(self, block: Mapping[str, int], data: Sequence[Mapping[str, str]]) -> None:
        """BudgetError for a formula that Excel would not take, with the longest row number that there may be."""
        places = dict.fromkeys([*block, *(f"c{n}" for n in range(self.plan.batch))], MOST_ROWS)
        for copy, cells in enumerate(self._cells):
            for cell in cells:
                checked(cell.formula % {**places, **data[copy]}, cell.scalar)


def numbering(sheet: Any, style: Style, plan: Plan, count: int, titles: Sequence[str]) -> None:
    """The first columns: the number of the update and, where a block has several rows, of the example."""
    for k, title in enumerate(titles):
        sheet.write_string(HEADER_ROW, k, title, style.header(LAYERS[0]))
        sheet.write_blank(GROUP_ROW, k, None, style.group(LAYERS[0]))
    for number, (row, example) in enumerate(_rows(plan, count)):
        if not example:
            before = row + 1 - plan.height
            if number:
                sheet.write_formula(row, 0, f"=A{before}+1", style.whole, number // plan.height)
            else:
                sheet.write_number(row, 0, 0, style.whole)
        if len(titles) > 1:
            sheet.write_number(row, 1, example + 1, style.whole)


def _rows(plan: Plan, count: int) -> Iterator[tuple[int, int]]:
    return ((FIRST + block * plan.height + n, n) for block in range(count) for n in range(plan.height))
