"""Kinks: found where a derivative jumps, at declared functions as declared, and never missed."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from sympy import Abs, Max, Min, Piecewise, Symbol, exp, sign

from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.scalar.kinks import kinks_of
from tests.rules.contract import break_points

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "kinks"),
    [
        (x**2 + exp(x * y), []),
        (Abs(x - y) * sign(y + 1), [x - y, y + 1]),
        (Max(x, y, 2), [x - y, 2 - x, 2 - y]),
        (Min(x**2, exp(y)), [x**2 - exp(y)]),
        (Piecewise((x, sympy.Or(x > 1, y < 3)), (y, True)), [x - 1, y - 3]),
        (ACTIVATIONS["relu"](Abs(x)), [x, Abs(x)]),
        (ACTIVATIONS["softsign"](x - 2), []),
    ],
    ids=str,
)
def test_where_a_derivative_may_jump(expression: Any, kinks: list[Any]) -> None:
    found = set(kinks_of(expression))
    assert {kink if kink in found else -kink for kink in kinks} == found


@pytest.mark.parametrize("name", sorted({**ACTIVATIONS, **FUNCTIONS}))
def test_a_declared_function_has_its_kinks_and_no_more(name: str) -> None:
    function = {**FUNCTIONS, **ACTIVATIONS}[name]
    if function.opaque:
        zeros = [float(sympy.solve(kink, x)[0]) for kink in kinks_of(function(x))]
        assert zeros == [kink.at for kink in function.kinks]
        assert set(zeros) <= set(break_points(function))
