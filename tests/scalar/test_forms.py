"""Output forms: which form is found, a symbolic proof of each one, and that no form is found from half of a function."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
import sympy
from sympy import Abs, Max, Piecewise, Rational, Symbol, exp, log, sign, sin, sqrt, tanh

from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.scalar.forms import output_form
from symprop.scalar.function import ScalarFunction, X, define, differentiate
from symprop.scalar.numeric import digits, evaluate

Y = Symbol("y", real=True)
A = Symbol("a", real=True)
DECLARED = {**FUNCTIONS, **ACTIVATIONS}


def form(expression: Any, *relatives: tuple[Any, Any]) -> Any:
    """The derivative of an expression in X, its own value written y."""
    return output_form(differentiate(expression, X), X, [(Y, expression), *relatives])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (1 / (1 + exp(-X)), Y * (1 - Y)),
        (exp(X) / (1 + exp(X)), Y * (1 - Y)),
        (tanh(X), 1 - Y**2),
        (2 / (1 + exp(-2 * X)) - 1, 1 - Y**2),
        (1 / (1 + exp(-3 * X)), Y * (3 - 3 * Y)),
        (exp(X), Y),
        (exp(-(X**2) / 2), -X * Y),
        (log(1 + exp(X)), 1 - exp(-Y)),
        (X / (1 + Abs(X)), (1 - Abs(Y)) ** 2),
        (X**3, 3 * X**2),
        (sin(X), sympy.cos(X)),
        (log(1 + X**2), 2 * X / (1 + X**2)),
        (1 / X, -(Y**2)),
        (sqrt(X), 1 / (2 * sqrt(X))),
        (Piecewise((X, X > 0), (exp(X) - 1, True)), Piecewise((1, X > 0), (Y + 1, True))),
    ],
    ids=str,
)
def test_forms_that_are_found(expression: Any, expected: Any) -> None:
    found = form(expression)
    assert found == expected
    back = found.xreplace({Y: expression})
    if not expression.has(Piecewise, Abs):
        assert sympy.simplify(sympy.diff(expression, X) - back) == 0


def test_relatives_are_used() -> None:
    assert form(log(1 + exp(X)), (A, 1 / (1 + exp(-X)))) == A
    assert form(X / (1 + exp(-X)), (A, 1 / (1 + exp(-X)))) == Y + A - A * Y


def test_a_sum_without_a_form_is_fitted_term_by_term() -> None:
    slope = exp(X) / (1 + exp(X)) - Symbol("t", real=True)
    assert output_form(
        slope, X, [(Y, log(1 + exp(X)) - Symbol("t", real=True) * X), (A, 1 / (1 + exp(-X)))]
    ) == A - Symbol("t", real=True)


@pytest.mark.parametrize(
    "expression",
    [
        tanh(X) * Piecewise((1, X > 20), (2, True)),
        Piecewise((1, X > 20), (2, True)) / (1 + exp(-X)),
        exp(-Abs(X - 20)),
        exp(Piecewise((X, X > 20), (2 * X, True))),
        tanh(Max(X, -20)),
        (X - 20) / (1 + Abs(X - 20)),
        exp(X) * sign(X - 20) + X**2,
        tanh(X) * Piecewise((1, (X > 20) | (X < -20)), (2, True)),
        tanh(X) + Piecewise((exp(X), X < -30), (0, True)),
    ],
    ids=str,
)
def test_a_form_holds_on_both_sides_of_every_choice(expression: Any) -> None:
    """The points of a fit lie between -12 and 12: what happens beyond must not be forgotten."""
    back = form(expression).xreplace({Y: expression})
    for at in (-41, -31, -7, -1, 1, 7, 31, 41):
        exact, got = (evaluate(e, {X: at}, digits(40)) for e in (differentiate(expression, X), back))
        assert abs(exact - got) <= 1e-30 * max(abs(exact), 1), at


@pytest.mark.parametrize("name", DECLARED)
def test_the_derivative_of_every_declared_function_is_proved(name: str) -> None:
    """By SymPy where it can decide, which is everywhere but in `Piecewise`; those are compared branch by branch."""
    function: ScalarFunction = DECLARED[name]
    meaning, found = define(function(X)), define(function.derivative)
    if meaning.has(Piecewise):
        for at in (
            Rational(-37, 10),
            Rational(-13, 10),
            Rational(-1, 3),
            Rational(2, 7),
            Rational(9, 5),
            Rational(41, 10),
        ):
            assert abs(sympy.N((differentiate(meaning, X) - found).subs(X, at), 30)) < 1e-25
    elif meaning.has(Abs):
        for sided in (Symbol("p", positive=True), -Symbol("p", positive=True)):
            assert sympy.simplify((sympy.diff(meaning, X) - found).subs(X, sided)) == 0
    else:
        rewritten = (sympy.diff(meaning, X) - found).rewrite(exp)
        assert sympy.simplify(sympy.expand(sympy.together(rewritten))) == 0


@pytest.mark.parametrize(
    ("value", "derivative"),
    [
        (Max(X - 1, 0) * X, None),
        (Max(0, X) - Max(0, X - 1), None),
        (Max(0, X) * Max(0, 1 - X), None),
        (Piecewise((X**2, X > 0), (0, True)) - Piecewise((X**2, 2 * X > 1), (0, True)), None),
        (Max(X, 0) * (tanh(X) * 3 - sqrt(1 + X**2)), None),
        (Piecewise((sympy.sinh(X), X > 0), (sympy.cosh(X), True)),
         Piecewise((sympy.sinh(X), X > 1), (sympy.cosh(X), True))),
    ],
)  # fmt: skip
def test_a_form_holds_between_the_kinks_too(value: Any, derivative: Any) -> None:
    """Points may miss a region between two kinks; what is found has to hold there all the same."""
    y = sympy.Symbol("y", real=True)
    slope = differentiate(value, X) if derivative is None else derivative
    form = output_form(slope, X, [(y, value)])
    for number in (k / 16 + 0.03 for k in range(-40, 41)):
        at = form.xreplace({y: value}).subs(X, number)
        assert float(at) == pytest.approx(float(slope.subs(X, number)), rel=1e-9, abs=1e-12), (number, form)


@pytest.mark.parametrize(
    "expression",
    [
        ((X + 2) ** 100 + exp(X)) ** 100,
        ((((X**100 + sin(X)) ** 100 + sin(X)) ** 100 + sin(X)) ** 100 + sin(X)) ** 100,
        sympy.Mul(*(sin(X + k) for k in range(60))),
        sympy.Add(*(X**k * sin(X) ** k for k in range(1, 50))),
    ],
    ids=["powers", "nested powers", "many factors", "many terms"],
)
def test_the_search_ends_soon(expression: Any) -> None:
    start = perf_counter()
    assert form(expression) == differentiate(expression, X)
    assert perf_counter() - start < 3
