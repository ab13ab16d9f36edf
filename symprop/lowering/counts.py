"""How much a routine computes: multiply-adds, other arithmetic and calls of functions; how long that takes is no matter here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy

from symprop.lowering.nest import Assign, Formula, Guard, How, Loop, MatrixProduct, Statement, Total
from symprop.lowering.routine import Routine
from symprop.scalar.function import X

Expression = Any


@dataclass(frozen=True)
class Operations:
    """Products added to a sum, other operations of arithmetic, and calls such as ``exp``; at most so many."""

    multiply_adds: int = 0
    arithmetic: int = 0
    calls: int = 0

    def __add__(self, other: Operations) -> Operations:
        pairs = (other.multiply_adds, other.arithmetic, other.calls)
        return Operations(self.multiply_adds + pairs[0], self.arithmetic + pairs[1], self.calls + pairs[2])

    def times(self, count: int) -> Operations:
        return Operations(count * self.multiply_adds, count * self.arithmetic, count * self.calls)


def operations(routine: Routine) -> Operations:
    """The operations of one run, with every loop as long as it may get."""
    return _all([statement for block in routine.blocks for statement in block.body])


def _all(statements: Sequence[Statement]) -> Operations:
    return sum(map(_one, statements), Operations())


def _one(statement: Statement) -> Operations:
    if isinstance(statement, Loop):
        turns = -(-(statement.stop - statement.start) // statement.step)
        return _all(statement.body).times(max(turns, 0))
    if isinstance(statement, Guard):
        return _all(statement.body)
    if isinstance(statement, MatrixProduct):
        return Operations(statement.rows * statement.inner * statement.columns)
    return _line(statement)


def _line(line: Assign) -> Operations:
    value = line.value
    if isinstance(value, Formula):
        found = _formula(value)
        return found if line.how in (How.LET, How.STORE, How.START) else found + Operations(arithmetic=1)
    parts = value.parts if isinstance(value, Total) else (value,)
    added = len(parts) - (line.how is not How.ADD)
    factors = sum(max(len(part.operands) + (abs(part.coefficient) != 1) - 1, 0) for part in parts)
    paired = min(max(added, 0), sum(len(part.operands) > 1 for part in parts))
    return Operations(paired, max(added, 0) + factors - 2 * paired)


def _formula(value: Formula) -> Operations:
    return sum(map(_expression, value.factors), Operations(arithmetic=len(value.factors) - 1))


@lru_cache(maxsize=4096)
def _expression(expression: Expression) -> Operations:
    """The operations of a scalar expression; a declared function counts as its compiled form, a choice as all its sides.

    What stands in it twice is computed once.
    """
    return sum(map(_own, set(sympy.preorder_traversal(expression))), Operations())


def _own(expression: Expression) -> Operations:
    """The operation at the root."""
    declaration = getattr(type(expression), "declaration", None)
    if declaration is not None:
        return _expression(declaration.compiled_form(X))
    if isinstance(expression, sympy.Add | sympy.Mul):
        return Operations(arithmetic=len(expression.args) - 1)
    if isinstance(expression, sympy.Pow | sympy.Abs | sympy.core.relational.Relational):
        return Operations(arithmetic=1)
    return Operations(calls=int(bool(expression.is_Function) and not expression.is_Piecewise))
