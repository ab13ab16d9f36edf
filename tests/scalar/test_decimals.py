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
        assert arithmetic.functions["sinh"](-huge * huge).is_infinite()


def test_the_precision_ends_with_the_context() -> None:
    with decimals(60):
        inside = Decimal(1) / 3
    assert len(str(inside)) == 62
    assert len(str(Decimal(1) / 3)) == 30


@pytest.mark.parametrize("value", ["1e-30000", "1e-30", "-2.5e-7", "0", "-0.75", "3", "12.25"])
@pytest.mark.parametrize("name", ["tanh", "erf", "erfc", "sin"])
def test_functions_keep_all_digits_at_any_size(name: str, value: str) -> None:
    with decimals(40) as arithmetic:
        found = arithmetic.functions[name](Decimal(value))
    expected = Decimal(str(digits(60).functions[name](digits(60).given(value))))
    assert abs(found - expected) <= abs(expected) * Decimal("1e-39")


@pytest.mark.parametrize("exponent", [Fraction(1, 2), Fraction(-1, 2), Fraction(5, 2), Fraction(-3, 2), Fraction(1, 3)])
def test_roots_keep_all_digits(exponent: Fraction) -> None:
    with decimals(40) as arithmetic:
        found = arithmetic.power(arithmetic.given("2.7"), arithmetic.given(exponent))
    expected = Decimal(str(digits(60).power(digits(60).given("2.7"), digits(60).given(exponent))))
    assert abs(found - expected) <= abs(expected) * Decimal("1e-38")


def test_numbers_are_whole_multiples_of_a_power_of_ten() -> None:
    with decimals(30) as arithmetic:
        assert arithmetic.wholes is not None
        given = [Decimal(1) / 3, Decimal("-12.5"), Decimal(0), Decimal("1e-9")]
        wholes, exponent = arithmetic.wholes.split(given)
        assert arithmetic.wholes.join(wholes, exponent) == given
        for far in (["1e-20", "1e20"], ["Infinity", "1"], ["NaN"]):
            with pytest.raises((ArithmeticError, ValueError)):
                arithmetic.wholes.split([Decimal(text) for text in far])
