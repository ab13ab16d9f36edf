"""Arithmetic at many decimal digits on Python's own `Decimal`, for whole networks; other arithmetics are `numeric`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from symprop.scalar.numeric import Arithmetic, Expression, Number, digits

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
        **{name: _by_mpmath(function, others) for name, function in others.functions.items()},
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
        )


def _given(value: Any) -> Number:
    return Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(value)


def _power(base: Decimal, exponent: Decimal) -> Number:
    return Decimal(1) if exponent == 0 else base**exponent


def _by_mpmath(function: Callable[[Number], Number], arithmetic: Arithmetic) -> Callable[[Number], Number]:
    """A function of mpmath's, from Decimal to Decimal."""

    def of(x: Decimal) -> Decimal:
        number = arithmetic.given(str(x) if x.is_finite() else float(x))
        return Decimal(str(function(number)))

    return of
