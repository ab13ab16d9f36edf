"""What stands in each cell of a table of updates: a formula for each column, in which rows are still to be put in.

A formula is a text with places for row numbers: ``%(b)d`` is the first row of the block, ``%(m0)d``, ``%(m1)d`` count its rows,
``%(c0)d`` is the first row of the copy, ``%(c1)d`` the second, and ``%(p0)d``, ``%(p1)d`` those of the block before. References
to the examples are whole cells, ``%(i1)s``, by the name of the quantity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symprop.errors import InternalError
from symprop.workbook.columns import Column, Kind
from symprop.workbook.plan import Often, Plan
from symprop.workbook.printing import MOST_ARGUMENTS, node_text


def letters(number: int) -> str:
    """A column's letters, by its number from 0.

    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


@dataclass(frozen=True)
class Table:
    """Columns side by side, the first at `left`; `outside` has what is referred to elsewhere, by quantity."""

    plan: Plan
    columns: Sequence[Column]
    left: int
    outside: Mapping[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.columns)

    @cached_property
    def _cells(self) -> dict[str, tuple[int, Often, int]]:
        """The column, how often the quantity is there, and the row within its copy; by quantity."""
        return {
            scalar: (self.left + k, column.often, row)
            for k, column in enumerate(self.columns)
            if column.kind is not Kind.MEAN
            for row, scalar in enumerate(column.scalars)
        }

    @cached_property
    def _means(self) -> dict[str, int]:
        """The column of a quantity's mean."""
        means = ((k, column) for k, column in enumerate(self.columns) if column.kind is Kind.MEAN)
        return {column.scalars[0]: self.left + k for k, column in means}

    def column_of(self, scalar: str, *, mean: bool = False) -> int:
        """The column in which a quantity, or its mean, stands, from 0."""
        return self._means[scalar] if mean and scalar in self._means else self._cells[scalar][0]

    def cell(self, scalar: str, reader: Often, *, before: bool = False) -> str:
        """A reference to a quantity, from where there is so much of it; `before` where it stands in the block before."""
        if scalar in self.outside:
            return self.outside[scalar]
        if reader is Often.BLOCK and scalar in self._means:
            return f"{letters(self._means[scalar])}%({'p0' if before else 'b'})d"
        if scalar not in self._cells:
            raise InternalError("a formula of a workbook reads what has no cell", got=scalar)
        number, often, row = self._cells[scalar]
        column = letters(number)
        if before:
            return f"{column}%(p{row})d"
        return f"{column}%(b)d" if often is Often.BLOCK else f"{column}%(c{row})d"

    def formulas(self, column: Column, copy: int = 0) -> list[str]:
        """The formulas of one column in the rows of one copy; of a state, those after the first block."""
        if column.kind is Kind.MEAN:
            return [self._mean(letters(self._cells[column.scalars[0]][0]))]
        if column.kind is Kind.STATE:
            return [self._next(column, scalar) for scalar in column.scalars]
        if column.kind is Kind.MASK:
            return ["" for _ in column.scalars]  # numbers
        if column.kind is Kind.DATA:
            return [f"=%({scalar})s" for scalar in column.scalars]
        return [self._equation(scalar, copy, column.often) for scalar in column.scalars]

    def _equation(self, scalar: str, copy: int, reader: Often, *, before: bool = False) -> str:
        """The formula of a quantity that an equation defines."""
        value = self.plan.unrolled[copy].equations[scalar].value
        largest = self.plan.largest.get(scalar)
        most = None if largest is None else self.cell(largest, reader, before=before)
        return f"={node_text(value, lambda name: self.cell(name, reader, before=before), most)}"

    def _mean(self, column: str) -> str:
        """The mean over the copies, cell by cell: LibreOffice 7 may read a range before all its cells are worked out."""
        batch, copies = self.plan.batch, self.plan.copies
        if copies > MOST_ARGUMENTS:
            return f"=AVERAGE({column}%(m0)d:{column}%(m{(copies - 1) * batch})d)"
        return f"=AVERAGE({','.join(f'{column}%(m{copy * batch})d' for copy in range(copies))})"

    def _next(self, column: Column, scalar: str) -> str:
        """What an update makes of a state; what nothing changes stays as it is before."""
        new = self.plan.new.get(scalar)
        if new is None:
            return f"={self.cell(scalar, Often.BLOCK, before=True)}"
        if new in self._cells:
            return f"={self.cell(new, Often.BLOCK, before=True)}"
        return self._equation(new, 0, Often.BLOCK, before=True)


def needed(plan: Plan, columns: Sequence[Column]) -> list[Column]:
    """The columns without which neither the loss nor the next update could be worked out; the examples stand elsewhere."""
    by_scalar = {s: column for column in columns if column.kind is not Kind.MEAN for s in column.scalars}
    means = {s: column for column in columns if column.kind is Kind.MEAN for s in column.scalars}
    new = [n for n in plan.new.values() if n in by_scalar]
    states = [c for c in columns if c.kind is Kind.STATE and c.scalars[0] in plan.new]
    direct = [n for c in states for n in _reads(plan, plan.new[c.scalars[0]])]
    waiting, found = [plan.derivation.forward.loss, *new, *direct], set[int]()
    seen = set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_scalar:
            continue
        seen.add(name)
        found |= {id(by_scalar[name])} | ({id(means[name])} if name in means else set())
        waiting.extend(other for s in by_scalar[name].scalars for other in _reads(plan, s))
    kept = {id(column) for column in states}
    return [c for c in columns if id(c) in found | kept and c.kind not in (Kind.DATA, Kind.MASK)]


def _reads(plan: Plan, scalar: str) -> list[str]:
    """What the formulas of a quantity read, in any copy."""
    found = (each.equations.get(scalar) for each in plan.distinct)
    read = [access.tensor.name for equation in found if equation for access in equation.value.accesses]
    return [*read, plan.largest[scalar]] if scalar in plan.largest else read
