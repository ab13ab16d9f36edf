"""One walk over arrays gives what a walk at each position gives, and works out no branch that is not taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from symprop.ir.everywhere import evaluate_everywhere
from symprop.ir.nodes import operand
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import FLOAT, Arithmetic, evaluate

X, Y = operand(0), operand(1)
EXPRESSIONS = [
    sympy.Piecewise((X * Y, X > 1), (sympy.Piecewise((Y**2, Y < 0), (-X, True)), X > -1), (3, True)),
    sympy.Piecewise((X, (X > 0) & (Y > 0)), (Y, sympy.Not((X > -2) | (Y <= 1))), (1, True)),
    sympy.Piecewise((1, sympy.Eq(X, Y)), (0, True)) + sympy.Rational(1, 3),
    sympy.Max(X, Y, 0) - sympy.Min(X, Y) * sympy.Abs(X) + sympy.sign(Y),
    sympy.log(1 + X**2) * (sympy.exp(Y) - 1),
    *(function(X) * Y for function in ACTIVATIONS.values()),
]
XS, YS = [-2.5, -1.0, 0.0, 0.75, 3.0], [-1.0, 2.0, 0.75]


def numbers(given: list[float], arithmetic: Arithmetic) -> Any:
    found = np.empty(len(given), dtype=object)
    found[:] = [arithmetic.given(value) for value in given]
    return found


def compare(expression: sympy.Expr, arithmetic: Arithmetic) -> None:
    columns, rows = numbers(XS, arithmetic)[:, np.newaxis], numbers(YS, arithmetic)
    found = np.broadcast_to(evaluate_everywhere(expression, [columns, rows], arithmetic), (len(XS), len(YS)))
    for place in np.ndindex(len(XS), len(YS)):
        at = {X: columns[place[0], 0], Y: rows[place[1]]}
        assert found[place] == evaluate(expression, at, arithmetic), place


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_every_position_has_its_value(expression: sympy.Expr) -> None:
    compare(expression, FLOAT)
    with decimals(30) as arithmetic:
        compare(expression, arithmetic)


def test_a_branch_is_worked_out_only_where_it_holds() -> None:
    met: list[float] = []

    def log(x: float) -> float:
        met.append(x)
        return FLOAT.functions["log"](x)

    watched = replace(FLOAT, functions={**FLOAT.functions, "log": log})
    found = evaluate_everywhere(sympy.Piecewise((sympy.log(X), X > 1), (0, True)), [numbers(XS, FLOAT)], watched)
    assert met == [3.0]
    assert found[:-1].tolist() == [0, 0, 0, 0]


def test_where_no_branch_holds_there_is_no_number() -> None:
    open_ended = sympy.Piecewise((X, X > 0))
    found = evaluate_everywhere(open_ended, [numbers([2.0, -2.0], FLOAT)], FLOAT)
    assert found[0] == 2.0
    assert np.isnan(found[1])


def test_numbers_without_a_symbol_stay_numbers() -> None:
    assert evaluate_everywhere(sympy.Integer(3) / 4, [], FLOAT) == 0.75
