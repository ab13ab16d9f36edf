"""Decimal arithmetic agrees with mpmath's at as many digits as it is asked for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
import sympy

from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import digits, evaluate

X = sympy.Symbol("x", real=True)
EXPRESSIONS = [
    sympy.exp(X) / 3,
    sympy.log(X**2 + 1),
    sympy.tanh(X) * sympy.sin(X),
    sympy.erf(X / sympy.sqrt(2)),
    sympy.pi * X**3 - X ** sympy.Rational(2, 3),
    sympy.Abs(X - 2) + sympy.sign(X - 2),
    sympy.Max(X, 1) * sympy.cosh(X),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("count", [25, 50])
def test_functions_agree_with_mpmath(expression: sympy.Expr, count: int) -> None:
    value = Fraction(7, 5)
    with decimals(count) as arithmetic:
        found = evaluate(expression, {X: value}, arithmetic)
    expected = evaluate(expression, {X: value}, digits(count + 10))
    assert abs(Decimal(str(expected)) - found) < Decimal(10) ** (3 - count)


def test_nothing_is_raised() -> None:
    with decimals(20) as arithmetic:
        zero, huge = arithmetic.rational(0, 1), arithmetic.rational(10**9, 1)
        assert arithmetic.power(zero, zero) == 1
        assert arithmetic.power(zero, arithmetic.rational(-1, 1)).is_infinite()
        assert arithmetic.power(arithmetic.rational(-1, 1), arithmetic.rational(1, 2)).is_nan()
        assert arithmetic.functions["log"](zero) == Decimal("-Infinity")
        assert arithmetic.functions["tanh"](arithmetic.given(float("-inf"))) == -1
        assert arithmetic.functions["sign"](arithmetic.given("NaN")).is_nan()
        assert arithmetic.functions["exp"](huge * huge).is_infinite()


def test_the_precision_ends_with_the_context() -> None:
    with decimals(60):
        inside = Decimal(1) / 3
    assert len(str(inside)) == 62
    assert len(str(Decimal(1) / 3)) == 30
