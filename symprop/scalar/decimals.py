"""Arithmetic at many decimal digits on Python's own `Decimal`, for whole networks; other arithmetics are `numeric`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

from symprop.scalar.numeric import Arithmetic, Expression, Number, Wholes, digits

MOST_KEPT = 2**14  # values of one function
_FAR = 10_000  # an exponent at which numbers go by way of text: as whole numbers they would fill the memory
_GUARD = 5  # more digits, for constants and for functions that mpmath works out


@contextmanager
def decimals(count: int) -> Iterator[Arithmetic]:
    """Arithmetic at `count` significant decimal digits, for as long as the context lasts.

    It is several times as fast as `numeric.digits`, by which it works out the functions that `Decimal` lacks. What
    overflows is infinite, what has no value is NaN, and nothing is raised.

    >>> with decimals(30) as arithmetic:
    ...     print(arithmetic.functions["exp"](arithmetic.given(Fraction(1, 2))))
    1.64872127070012814684865078781
    """
    others = digits(count + _GUARD)
    functions: dict[str, Callable[[Number], Number]] = {
        **{name: _by_mpmath(function, others, count) for name, function in others.functions.items()},
        "exp": Decimal.exp,
        "log": Decimal.ln,
        "Abs": abs,
        "sign": lambda x: x if x.is_nan() else Decimal((x > 0) - (x < 0)),
    }

    def constant(expression: Expression) -> Number:
        return Decimal(str(expression.evalf(count + _GUARD)))

    with localcontext(Context(prec=count, traps=[])):
        yield Arithmetic(
            rational=lambda p, q: Decimal(p) / q,
            constant=constant,
            given=_given,
            power=_power,
            functions=functions,
            stable=False,
            wholes=Wholes(lambda numbers: _split(numbers, count), _join),
        )


def _given(value: Any) -> Number:
    return Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(value)


def _power(base: Decimal, exponent: Decimal) -> Number:
    """A root by way of a square root where it is one, which is some hundred times as fast."""
    if exponent == 0:
        return Decimal(1)
    root, twice = base.sqrt(), exponent * 2
    return root**twice if twice % 2 in (1, -1) else base**exponent


def _split(numbers: Sequence[Decimal], count: int) -> tuple[list[int], int]:
    """Whole numbers and the power of ten to multiply them by; none has more than `count` digits, so nothing is cut off."""
    leading = [number.adjusted() for number in numbers if number]
    least, most = (min(leading), max(leading)) if leading else (0, 0)
    if most - least > count:
        raise ArithmeticError
    exponent = least - count + 1
    return [int(number.scaleb(-exponent)) for number in numbers], exponent


def _join(wholes: Sequence[int], exponent: int) -> list[Decimal]:
    return [Decimal(whole).scaleb(exponent) for whole in wholes]


def _by_mpmath(function: Callable[[Number], Number], arithmetic: Arithmetic, count: int) -> Callable[[Number], Number]:
    """A function of mpmath's, from Decimal to Decimal; the same numbers come again where little has changed."""

    @lru_cache(maxsize=MOST_KEPT)
    def of(x: Decimal) -> Decimal:
        found = function(_as_mpmath(x, arithmetic, count))
        mantissa, power = found.man_exp
        if not mantissa or abs(power) > _FAR:  # zero, infinite, or as good as that
            return +Decimal(str(found))
        number: Decimal = Decimal(int(mantissa)) * (1 << max(power, 0)) / (1 << max(-power, 0))
        return number.copy_sign(Decimal(1 if found > 0 else -1))

    return of


def _as_mpmath(x: Decimal, arithmetic: Arithmetic, count: int) -> Number:
    if not x.is_finite():
        return arithmetic.given(float(x))
    if abs(x.adjusted()) > _FAR:
        return arithmetic.given(str(x))
    (whole,), exponent = _split([x], count)
    return arithmetic.rational(whole * 10 ** max(exponent, 0), 10 ** max(-exponent, 0))
