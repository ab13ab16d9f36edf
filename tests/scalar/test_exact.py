"""Exact points: the arithmetic over fractions, the one relation that is kept between exponentials, and the choices noted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy import Abs, Max, Min, Piecewise, Rational, Symbol, cosh, exp, log, pi, sign, sinh, sqrt, tanh

from symprop.rules.functions import sigmoid
from symprop.scalar.exact import ExactPoint, TooLarge

x, y = Symbol("x", real=True), Symbol("y", real=True)
SEEDS = range(12)


def zero(expression: Any) -> bool:
    return all(ExactPoint(seed).value(expression) == 0 for seed in SEEDS)


@pytest.mark.parametrize(
    "identity",
    [
        exp(x) * exp(-x) - 1,
        exp(x / 2) ** 2 - exp(x),
        exp(x + y) - exp(x) * exp(y),
        exp(2 * x / 3) - exp(x / 3) ** 2,
        tanh(x) - sinh(x) / cosh(x),
        cosh(x) ** 2 - sinh(x) ** 2 - 1,
        tanh(x) - (1 - exp(-2 * x)) / (1 + exp(-2 * x)),
        sqrt(x + 2) ** 3 - sqrt(x + 2) * sqrt(x + 2) ** 2,
        sigmoid(x) - 1 / (1 + exp(-x)),
        Abs(x) - x * sign(x),
        Max(x, y) + Min(x, y) - x - y,
        (x**2 - y**2) / (x - y) - x - y,
    ],
    ids=str,
)
def test_identities_hold(identity: Any) -> None:
    assert zero(sympy.sympify(identity, evaluate=False))


@pytest.mark.parametrize(
    "difference",
    [exp(x) - x, exp(x) - exp(y), log(1 + x) - x, pi - 3, tanh(x) - x, sqrt(x) - x, exp(x) - exp(-x)],
    ids=str,
)
def test_what_is_not_equal_differs(difference: Any) -> None:
    assert all(ExactPoint(seed).value(difference) != 0 for seed in SEEDS)


def test_numbers_belong_to_the_point() -> None:
    point = ExactPoint(3)
    assert point.value(x) == point.value(x) == ExactPoint(3).value(x)
    assert point.value(x) != ExactPoint(4).value(x)
    assert point.value(Rational(2, 7)) == Fraction(2, 7)


def test_signs_vary() -> None:
    assert {ExactPoint(seed).value(sign(x)) for seed in SEEDS} == {-1, 1}


def test_no_value_is_an_error() -> None:
    nothing = sympy.Add(x, -x, evaluate=False)
    with pytest.raises(ZeroDivisionError):
        ExactPoint(0).value(1 / nothing)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (x > -1000, 1),
        ((x > -1000) & (x < -999), 2),
        ((x < -1000) | (x > -1000), 1),
        (sympy.Not(sympy.Eq(x, 1000), evaluate=False), 1),
        (sympy.Ne(x, 1000), 1),
        (x >= 1000, 2),
        (x <= 1000, 1),
    ],
    ids=str,
)
def test_conditions(condition: Any, expected: int) -> None:
    assert ExactPoint(0).value(Piecewise((1, condition), (2, True))) == expected


def test_choices_are_noted() -> None:
    point = ExactPoint(0)
    point.value(Piecewise((1, x > 1000), (2, True)) + Abs(y) + Max(x, 1000))
    assert point.switches == {
        x > 1000: False,
        y: sympy.sign(point.value(y)),
        Max(x, 1000): Max(x, 1000).args.index(1000),
    }


@pytest.mark.parametrize(
    "huge",
    [(x + exp(y)) ** 400, exp(900 * x), sqrt(x + 2) ** 801, sympy.Add(*(1 / (x + k) for k in range(400)))],
    ids=str,
)
def test_numbers_do_not_grow_without_bound(huge: Any) -> None:
    with pytest.raises(TooLarge):
        ExactPoint(0).value(huge)


def test_numbers_that_do_not_grow_have_any_power() -> None:
    assert ExactPoint(0).value(sympy.Pow(-1, 10**6 + 1, evaluate=False)) == -1
