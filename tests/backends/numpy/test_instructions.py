"""Expressions as single instructions: carried out one by one they give the evaluated number, and no part is made twice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max, Min, Piecewise, Rational, Symbol, exp, log, sqrt

from symprop.backends.numpy.instructions import Bounds, Reference, instructions
from symprop.errors import UnsupportedError
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.scalar.formats import exponent_below
from symprop.scalar.function import ScalarFunction
from symprop.scalar.numeric import FLOAT, evaluate

x, y = Symbol("x", real=True), Symbol("y", real=True)
PLACES = {x: 0, y: 1}
BOUNDS = Bounds(2.0**-1022, exponent_below(np.finfo(float).max))
_SPECIAL: dict[str, Any] = {"where": np.where, "erf": np.vectorize(math.erf), "erfc": np.vectorize(math.erfc)}

EXPRESSIONS = [
    x, -y, sympy.Integer(3), (x - y) / 3, -x / y**2 + x / y, 1 / (x * y) - 2, (1 / x) ** y, sqrt(x) / sqrt(x + y),
    x ** Rational(2, 3), x**3 - y**4 + x**-3, 2 / (3 * y), -5 * x * y / 7, exp(-x) - 1, 3 + exp(x) - y - 1,
    log(1 + x * y) * log(x), log(x + y), Max(x, y, Rational(1, 3)) * Min(x, 2, y),
    Piecewise((x, x > 1), (y**2, y < 0), (7, True)) * x, Piecewise((1, (x > 0) & (y > 0)), (2, (x < 0) | (y < 0)), (3, True)),
    Piecewise((1, sympy.Eq(x, y)), (2, sympy.Ne(x, 3)), (3, True)), Piecewise((x, x >= 1), (y, y <= 2), (3, True)),
    sympy.Abs(x - y) * sympy.sign(y - x), sympy.erf(x) + sympy.erfc(y) + sympy.tanh(y) - sympy.sin(x) * sympy.cos(y),
    sympy.floor(x * y) + sympy.floor(-x),
    sympy.sinh(x) * sympy.cosh(y) / sympy.tan(x), sympy.pi * x + sympy.E, sympy.Float(2**-1022) * x * 1e300,
    Rational(10**30, 7) * x, -(x + y) * (x - y), 2 * (x - 1) - 2 * (y - 1), -x - y - 1, exp(x * y) * exp(-y),
]  # fmt: skip
POINTS = np.array([[0.7, 1.9], [-1.3, 0.4], [2.5, -0.6], [1.1, 1.1]])


def carried_out(expression: Any, values: list[Any]) -> Any:
    results: list[Any] = []
    for line in instructions(expression, PLACES, BOUNDS):
        arguments = [
            a if not isinstance(a, Reference) else values[a.number] if a.is_operand else results[a.number]
            for a in line.arguments
        ]
        function = _SPECIAL.get(line.function) or getattr(np, line.function)
        results.append(function(*arguments))
    return results[-1]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_instructions_give_the_number(expression: Any) -> None:
    with np.errstate(all="ignore"):
        found = np.broadcast_to(carried_out(expression, [POINTS[:, 0], POINTS[:, 1]]), 4)
    wanted = [evaluate(expression, {"x": a, "y": b}, FLOAT) for a, b in POINTS.tolist()]
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), *ACTIVATIONS.values()], ids=lambda f: f.name)
def test_every_function_and_slope_stays_finite(function: ScalarFunction) -> None:
    at = np.array([max(u, function.domain[0] + 1e-100) for u in (-1000.0, -3.5, -1e-9, 0.0, 1e-9, 3.5, 1000.0)])
    for expression in (function(x), function.derivative):
        with np.errstate(all="ignore"):  # a side of a choice that is not taken may have no value
            found = np.broadcast_to(carried_out(expression, [at, at]), at.shape)
        assert np.isfinite(found).all()
        wanted = [evaluate(expression, {"x": u}, FLOAT) for u in at.tolist()]
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-300)


_LEAVES = st.sampled_from([x, y, sympy.Integer(2), Rational(1, 3), sympy.Integer(-1)])


def _larger(inner: Any) -> Any:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: p[0] + p[1]),
        two.map(lambda p: p[0] - p[1]),
        two.map(lambda p: p[0] * p[1]),
        two.map(lambda p: p[0] / (2 + p[1] ** 2)),
        two.map(lambda p: Max(*p)),
        st.tuples(inner, inner, inner).map(lambda p: Piecewise((p[0], p[1] > p[2]), (p[2], True))),
        inner.map(sympy.tanh),
        inner.map(lambda u: u**2),
    )


@settings(max_examples=80)
@given(st.recursive(_LEAVES, _larger, max_leaves=8))
def test_any_expression(expression: Any) -> None:
    if expression.has(
        sympy.nan, sympy.zoo, sympy.ITE
    ):  # the last, a choice inside a condition, no declaration leads to
        return
    found = np.broadcast_to(carried_out(expression, [POINTS[:, 0], POINTS[:, 1]]), 4)
    wanted = [evaluate(expression, {"x": a, "y": b}, FLOAT) for a, b in POINTS.tolist()]
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-11)


def test_each_part_is_worked_out_once() -> None:
    lines = instructions(sympy.tanh(x * y) * (1 - sympy.tanh(x * y) ** 2), PLACES, BOUNDS)
    assert len(lines) == len(set(lines)) == 5
    assert [line.function for line in lines].count("tanh") == 1


@pytest.mark.parametrize("at", [1e-12, -1e-12, 1e-300])
def test_small_differences_keep_their_digits(at: float) -> None:
    values = [np.array(at), np.array(1.0)]
    assert carried_out(exp(x) - 1, values) == pytest.approx(math.expm1(at), rel=1e-15)
    assert carried_out(log(1 + x), values) == pytest.approx(math.log1p(at), rel=1e-15)
    assert carried_out(exp(x) - 1 + x, values) == pytest.approx(math.expm1(at) + at, rel=1e-15)


def test_conditions_are_told_from_numbers() -> None:
    lines = instructions(Piecewise((x, (x > y) & (y > 0)), (y, True)), PLACES, BOUNDS)
    assert {line.function for line in lines if line.is_condition} == {"greater", "logical_and"}
    assert [line.function for line in lines if not line.is_condition] == ["where"]


def test_bounds_are_those_of_the_format() -> None:
    half = Bounds(float(np.finfo(np.float32).tiny), exponent_below(float(np.finfo(np.float32).max)))
    found = [
        {a for line in instructions(FUNCTIONS["softplus"](x) + f(x), PLACES, bounds) for a in line.arguments}
        for bounds in (BOUNDS, half)
        for f in (ACTIVATIONS["exp"],)
    ]
    assert found[0] != found[1]
    assert half.largest_exponent in found[1]


@pytest.mark.parametrize("expression", [sympy.LambertW(x), sympy.gamma(y), sympy.Function("f")(x)], ids=str)
def test_what_cannot_be_computed_is_refused(expression: Any) -> None:
    with pytest.raises(UnsupportedError, match="cannot be compiled"):
        instructions(expression, PLACES, BOUNDS)
