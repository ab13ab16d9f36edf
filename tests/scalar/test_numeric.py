"""Evaluation at numbers: against SymPy's own evalf, at the edges of float64, and of every declared function."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from sympy import Max, Min, Piecewise, Rational, Symbol, cos, cosh, erf, exp, log, pi, sin, sinh, sqrt, tan, tanh

from symprop.errors import UnsupportedError, UserError
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.scalar.function import ScalarFunction, X, define
from symprop.scalar.numeric import FLOAT, digits, evaluate

x, y = Symbol("x", real=True), Symbol("y", real=True)
POINT = {"x": 0.7, "y": -1.3}
EXPRESSIONS = [
    x + 3 * y - Rational(2, 7),
    x * y**2 / 3,
    exp(x * y),
    log(x),
    tanh(x) - sin(y) * cos(x) + tan(y),
    erf(x),
    sinh(x) / cosh(y),
    sqrt(x) + 1 / sqrt(x),
    x ** Rational(1, 3),
    sympy.Abs(y) + sympy.sign(y),
    x * sympy.floor(y),
    Min(x, y, 1),
    Max(x, y, 0),
    pi * x,
    sympy.Float("0.12345678901234567890", 20) * x,
    Piecewise((x, x > 1), (y, y < 0), (7, True)),
    Piecewise((1, (x > 0) & (y > 0)), (2, (x < 0) | (y < 0)), (3, True)),
    Piecewise((1, sympy.Eq(x, y)), (2, sympy.Ne(x, y))),
]
DECLARED = [*FUNCTIONS.values(), *ACTIVATIONS.values()]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_agrees_with_sympy(expression: Any) -> None:
    exact = {"x": Fraction(7, 10), "y": Fraction(-13, 10)}
    point = {x: Rational(7, 10), y: Rational(-13, 10)}
    expected = sympy.N(expression.subs(point), 50)
    got = evaluate(expression, exact, digits(50))
    # The Float above has 20 digits, and SymPy goes by them.
    assert float(abs(got - digits(50).given(str(expected)))) < (1e-18 if expression.atoms(sympy.Float) else 1e-48)
    assert evaluate(expression, POINT, FLOAT) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("function", DECLARED, ids=lambda f: f.name)
@pytest.mark.parametrize("at", [-5.5, -1.0, -0.25, 0.0, 0.25, 1.0, 5.5])
def test_stable_form_is_the_definition(function: ScalarFunction, at: float) -> None:
    if function.domain[0] < at < function.domain[1]:
        precise = evaluate(function(X), {X: at}, digits(50))
        assert evaluate(function(X), {X: at}, FLOAT) == pytest.approx(float(precise), rel=1e-13, abs=1e-15)
        assert float(abs(evaluate(define(function(X)), {X: at}, digits(50)) - precise)) < 1e-45


@pytest.mark.parametrize("function", DECLARED, ids=lambda f: f.name)
@pytest.mark.parametrize("at", [-1000.0, 1000.0])
def test_declared_functions_and_derivatives_are_finite(function: ScalarFunction, at: float) -> None:
    inside = max(at, function.domain[0])  # where it has an upper end, it is to be finite beyond that too
    assert math.isfinite(evaluate(function(X), {X: inside}, FLOAT))
    if inside:
        assert math.isfinite(evaluate(function.derivative, {X: inside}, FLOAT))


@pytest.mark.parametrize(
    ("expression", "at", "expected"),
    [
        (exp(x), 800.0, math.inf),
        (exp(x), -800.0, 0.0),
        (sinh(x), -800.0, -math.inf),
        (cosh(x), -800.0, math.inf),
        (log(x), 0.0, -math.inf),
        (1 / x, 0.0, math.inf),
        (x**2, 1e200, math.inf),
        (x**3, -1e200, -math.inf),
        (sympy.floor(x), -math.inf, -math.inf),
    ],
    ids=str,
)
def test_overflow_is_infinite(expression: Any, at: float, expected: float) -> None:
    assert evaluate(expression, {"x": at}, FLOAT) == expected


@pytest.mark.parametrize("expression", [log(x), sqrt(x), x ** Rational(1, 3)], ids=str)
@pytest.mark.parametrize("arithmetic", [FLOAT, digits(30)], ids=["float", "digits"])
def test_what_is_not_real_is_nan(expression: Any, arithmetic: Any) -> None:
    value = evaluate(expression, {"x": -1.0}, arithmetic)
    assert value != value


def test_only_the_branch_that_holds_is_evaluated() -> None:
    lazy = Piecewise((Symbol("missing", real=True), x < 0), (x, True))
    assert evaluate(lazy, {"x": 2}, FLOAT) == 2.0


def test_a_piecewise_without_a_branch_is_nan() -> None:
    assert math.isnan(evaluate(Piecewise((1, x < 0)), {"x": 2}, FLOAT))


def test_precisions_do_not_disturb_each_other() -> None:
    before = mpmath.mp.dps
    coarse, fine = evaluate(1 / x, {"x": 3}, digits(20)), evaluate(1 / x, {"x": 3}, digits(60))
    assert len(str(fine)) - len(str(coarse)) == 40
    assert mpmath.mp.dps == before


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UserError, match="'y' has no value"):
        evaluate(x + y, {"x": 1}, FLOAT)


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(UnsupportedError, match="'gamma' cannot be evaluated"):
        evaluate(sympy.gamma(x), {"x": 1}, FLOAT)
