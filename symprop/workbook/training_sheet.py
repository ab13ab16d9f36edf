"""The sheet of updates, a block of rows each, and the same table without its examples, at several rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from typing import Any

from symprop.workbook.columns import Column, Kind
from symprop.workbook.formulas import Table
from symprop.workbook.numbers import Block
from symprop.workbook.plan import Often, Plan
from symprop.workbook.printing import checked
from symprop.workbook.style import LAYERS, Style, width

GROUP_ROW, HEADER_ROW, FIRST = 1, 2, 3  # rows of a sheet, from 0
ERROR = "#NUM!"  # what Excel shows where a number has no value


def cached(number: float) -> float | str:
    """What a formula's cell is to show until it is worked out again."""
    return float(number) if isfinite(number) else ERROR


@dataclass(frozen=True)
class Rows:
    """The row numbers of one block, and of the copies in it."""

    plan: Plan
    block: int

    @property
    def first(self) -> int:
        """The block's first row, from 0."""
        return FIRST + self.block * self.plan.height

    def of_copy(self, copy: int) -> dict[str, Any]:
        """What the formulas of a copy ask for, rows counted from 1."""
        batch, height = self.plan.batch, self.plan.height
        own = self.first + copy * batch + 1
        found: dict[str, Any] = {"b": self.first + 1, "l": self.first + height}
        found |= {f"c{n}": own + n for n in range(batch)}
        found |= {f"p{n}": self.first + 1 - height + n for n in range(batch)}
        return found


class TableWriter:
    """Writes a table's headers and blocks; `starts` are references to the first values of what is learnt."""

    def __init__(self, sheet: Any, style: Style, table: Table, starts: Mapping[str, str]) -> None:
        self.sheet, self.style, self.table, self.starts, self.plan = sheet, style, table, starts, table.plan
        self._places = list(enumerate(table.columns, start=table.left))
        self._formulas = self._of_each_copy()
        groups = [column.group for column in table.columns]
        self._apart = {k for k in range(len(groups)) if k and groups[k] != groups[k - 1]}

    def _of_each_copy(self) -> list[list[list[str]]]:
        """The formulas by copy, column and row; copies of one program share them."""
        made: dict[int, list[list[str]]] = {}
        for copy, unrolled in enumerate(self.plan.unrolled):
            if id(unrolled) not in made:
                made[id(unrolled)] = [self.table.formulas(column, copy) for column in self.table.columns]
        return [made[id(unrolled)] for unrolled in self.plan.unrolled]

    def headers(self) -> None:
        """The names of groups and of columns."""
        for group, found in groupby(self._places, key=lambda place: place[1].group):
            places = list(found)
            first, last, colour = places[0][0], places[-1][0], LAYERS[0]
            for k, column in places:
                colour = self.style.colour(column.layer)
                self.sheet.write_string(HEADER_ROW, k, column.header, self.style.header(colour))
                self.sheet.set_column(k, k, width(column.header))
            look = self.style.group(self.style.colour(places[0][1].layer))
            if first == last:
                self.sheet.write_string(GROUP_ROW, first, group, look)
            else:
                self.sheet.merge_range(GROUP_ROW, first, GROUP_ROW, last, "", look)
                self.sheet.write_string(GROUP_ROW, first, group, look)

    def block(self, number: int, numbers: Block, data: Sequence[Mapping[str, str]]) -> None:
        """One update; `data` has references to the examples of each copy."""
        rows = Rows(self.plan, number)
        for copy in range(self.plan.copies):
            places = {**rows.of_copy(copy), **data[copy]}
            for k, column in enumerate(self.table.columns):
                if column.often is Often.BLOCK and copy:
                    continue
                self._cells(rows, copy, k, column, numbers, places)

    def _cells(self, rows: Rows, copy: int, k: int, column: Column, numbers: Block, places: Mapping[str, Any]) -> None:
        at = rows.first + copy * self.plan.batch
        for row, scalar in enumerate(column.scalars):
            number = self._number(column, scalar, numbers, copy)
            look = self.style.number(first=self.plan.height > 1 and copy + row == 0, apart=k in self._apart)
            where = (at + row, self.table.left + k)
            if column.kind is Kind.MASK:
                self.sheet.write_number(*where, number, look)
            elif column.kind is Kind.STATE and not rows.block:
                self._start(where, scalar, number, look)
            else:
                formula = checked(self._formulas[copy][k][row] % places, column.header)
                self.sheet.write_formula(*where, formula, look, cached(number))

    def _start(self, where: tuple[int, int], scalar: str, number: float, look: Any) -> None:
        if scalar in self.starts:
            self.sheet.write_formula(*where, f"={self.starts[scalar]}", look, number)
        else:
            self.sheet.write_number(*where, number, look)

    def _number(self, column: Column, scalar: str, numbers: Block, copy: int) -> float:
        if column.kind is Kind.MEAN:
            return numbers.once[scalar]
        if column.often is Often.BLOCK and scalar in numbers.once:
            return numbers.once[scalar]
        return numbers.copies[copy][scalar]


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
