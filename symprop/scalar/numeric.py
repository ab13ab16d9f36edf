"""Evaluates scalar expressions at numbers, in floats or at any precision; whole programs are evaluated in `ir`.

Two arithmetics: `FLOAT`, which goes by IEEE 754 (what overflows is infinite, what has no value is NaN, and nothing is
raised) and takes declared functions in their stable form, and `digits(n)`, which takes them by definition.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, ClassVar

import mpmath
import sympy

from symprop.errors import UnsupportedError, UserError
from symprop.scalar.formats import exponent_below
from symprop.scalar.function import ScalarFunction, X

Expression = Any
Number = Any


@dataclass(frozen=True)
class Wholes:
    """How numbers are written as whole numbers times a power of the base, and such a product made a number.

    `split` takes numbers and gives whole ones with their exponent, which is one for all; ArithmeticError where they are
    not finite, or too far apart. `join` takes whole numbers and an exponent.
    """

    split: Callable[[Sequence[Number]], tuple[list[int], int]]
    join: Callable[[Sequence[int], int], list[Number]]


@dataclass(frozen=True)
class Arithmetic:
    """One kind of number: how a rational, a constant and a given number become one, and how it is computed with.

    `functions` are of one argument, by the name of the SymPy class; `stable` says which form of a declared function counts.
    With `wholes`, long sums of products are worked out exactly, and rounded once.
    """

    rational: Callable[[int, int], Number]
    constant: Callable[[Expression], Number]
    given: Callable[[Any], Number]
    power: Callable[[Number, Number], Number]
    functions: Mapping[str, Callable[[Number], Number]]
    stable: bool
    wholes: Wholes | None = None


def evaluate(expression: Expression, values: Mapping[Any, Any], arithmetic: Arithmetic) -> Number:
    """The value of a scalar expression, where `values` has a number for each symbol or for its name.

    A Piecewise evaluates only the branch that holds. Raises UserError for a symbol without a value, UnsupportedError for
    a function that is not known here.

    >>> x = sympy.Symbol("x", real=True)
    >>> evaluate(sympy.Piecewise((sympy.sqrt(x), x > 0), (0, True)), {"x": 9}, FLOAT)
    3.0
    >>> print(evaluate(sympy.Rational(1, 3) + x, {x: 1}, digits(20)))
    1.3333333333333333333
    """
    return Evaluation(values, arithmetic).value(expression)


class Evaluation:
    """One walk over an expression, from the leaves up."""

    folds: ClassVar[Mapping[type, Callable[[Number, Number], Number]]] = {
        sympy.Add: operator.add,
        sympy.Mul: operator.mul,
        sympy.Max: lambda a, b: b if b > a or b != b else a,
        sympy.Min: lambda a, b: b if b < a or b != b else a,
    }

    def __init__(self, values: Mapping[Any, Any], arithmetic: Arithmetic) -> None:
        self._values, self._arithmetic = values, arithmetic

    def value(self, expression: Expression) -> Number:
        if expression.is_Symbol:
            return self._symbol(expression)
        if expression.is_Rational:
            return self._arithmetic.rational(int(expression.p), int(expression.q))
        if expression.is_Float or expression.is_NumberSymbol:
            return self._arithmetic.constant(expression)
        if expression in (sympy.oo, -sympy.oo):
            return self._arithmetic.given(math.inf if expression is sympy.oo else -math.inf)
        if expression.is_Pow and not isinstance(expression, sympy.exp):
            return self._arithmetic.power(self.value(expression.base), self.value(expression.exp))
        if expression.is_Piecewise:
            return self._piecewise(expression)
        fold = self.folds.get(type(expression))
        if self._arithmetic.stable and (near_zero := self._near_zero(expression)) is not None:
            return near_zero
        if fold is not None:
            return reduce(fold, (self.value(argument) for argument in expression.args))
        return self._function(expression)

    def _near_zero(self, expression: Expression) -> Number | None:
        """``log(1 + u)`` and ``exp(u) - 1``, which would lose the digits of a small u; None for anything else."""
        if isinstance(expression, sympy.log) and expression.args[0].is_Add and sympy.S.One in expression.args[0].args:
            return self._arithmetic.functions["log1p"](self.value(expression.args[0] - 1))
        if expression.is_Add and len(expression.args) == 2 and expression.args[0] == -1:
            power = expression.args[1]
            if isinstance(power, sympy.exp):
                return self._arithmetic.functions["expm1"](self.value(power.args[0]))
        return None

    def _symbol(self, symbol: Expression) -> Number:
        found = self._values.get(symbol)
        if found is None:
            found = self._values.get(symbol.name)
        if found is None:
            raise UserError(f"'{symbol.name}' has no value", remedy="Give one number for each name.")
        return self._arithmetic.given(found)

    def _piecewise(self, expression: Expression) -> Number:
        chosen = next((value for value, condition in expression.args if self._holds(condition)), sympy.nan)
        return self._arithmetic.given(math.nan) if chosen is sympy.nan else self.value(chosen)

    def _holds(self, condition: Expression) -> bool:
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        if isinstance(condition, sympy.And):
            return all(self._holds(part) for part in condition.args)
        if isinstance(condition, sympy.Or):
            return any(self._holds(part) for part in condition.args)
        if isinstance(condition, sympy.Not):
            return not self._holds(condition.args[0])
        return bool(RELATIONS[condition.rel_op](self.value(condition.lhs), self.value(condition.rhs)))

    def _function(self, expression: Expression) -> Number:
        declaration: ScalarFunction | None = getattr(type(expression), "declaration", None)
        if declaration is not None:
            inner = {X: self.value(expression.args[0])}
            return type(self)(inner, self._arithmetic).value(_meaning(declaration, self._arithmetic.stable))
        function = self._arithmetic.functions.get(type(expression).__name__)
        if function is None or len(expression.args) != 1:
            raise UnsupportedError(f"'{type(expression).__name__}' cannot be evaluated", where=str(expression))
        return function(self.value(expression.args[0]))


@lru_cache(maxsize=512)
def _meaning(declaration: ScalarFunction, stable: bool) -> Expression:
    """What a declared function stands for, over `X`."""
    return declaration.stable_form(X) if stable else declaration.definition(X)


RELATIONS: Mapping[str, Callable[[Number, Number], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _sign(x: Number) -> Number:
    return x if x != x else type(x)(int(x > 0) - int(x < 0))


def _float_power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:  # zero to a negative power is infinite, a root of a negative number is not real
        return math.inf if base == 0 else math.nan


def _float_log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _float_log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else _float_log(1 + x)


def _float_rational(p: int, q: int) -> float:
    try:
        return p / q
    except OverflowError:
        return math.copysign(math.inf, p)


def _by_ieee(function: Callable[[float], float], overflow: Callable[[float], float]) -> Callable[[float], float]:
    """The function with infinities for what overflows and NaN for what has no value."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return math.nan

    return guarded


def _infinite(x: float) -> float:
    return math.inf


def _infinite_of_its_sign(x: float) -> float:
    return math.copysign(math.inf, x)


FLOAT = Arithmetic(
    rational=_float_rational,
    constant=float,
    given=float,
    power=_float_power,
    functions={
        "exp": _by_ieee(math.exp, _infinite),
        "log": _float_log,
        "log1p": _float_log1p,
        "expm1": _by_ieee(math.expm1, _infinite),
        "sin": _by_ieee(math.sin, _infinite),
        "cos": _by_ieee(math.cos, _infinite),
        "tan": _by_ieee(math.tan, _infinite_of_its_sign),
        "sinh": _by_ieee(math.sinh, _infinite_of_its_sign),
        "cosh": _by_ieee(math.cosh, _infinite),
        "tanh": math.tanh,
        "erf": math.erf,
        "erfc": math.erfc,
        "smallest": lambda x: sys.float_info.min,
        "largest_exponent": lambda x: exponent_below(sys.float_info.max),
        "floor": _by_ieee(lambda x: float(math.floor(x)), lambda x: x),
        "Abs": abs,
        "sign": _sign,
    },
    stable=True,
)


@lru_cache(maxsize=8)
def digits(count: int) -> Arithmetic:
    """Arithmetic at `count` significant decimal digits, in a context of its own; results are mpmath numbers.

    >>> print(evaluate(sympy.exp(1), {}, digits(30)))
    2.71828182845904523536028747135
    """
    context = mpmath.MPContext()
    context.dps = count

    def given(value: Any) -> Number:
        if isinstance(value, Fraction):
            return context.mpf(value.numerator) / value.denominator
        return context.mpf(value)

    def constant(expression: Expression) -> Number:
        return context.make_mpf(expression._as_mpf_val(context.prec))

    def power(base: Number, exponent: Number) -> Number:
        if base == 0 and exponent < 0:
            return context.inf
        result = base ** int(exponent) if context.isint(exponent) else base**exponent
        return context.nan if isinstance(result, context.mpc) else result

    def log(x: Number) -> Number:
        if x <= 0:
            return -context.inf if x == 0 else context.nan
        return context.log(x)

    names = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc", "floor")
    functions = {name: getattr(context, name) for name in names}
    return Arithmetic(
        rational=lambda p, q: context.mpf(p) / q,
        constant=constant,
        given=given,
        power=power,
        functions={**functions, "log": log, "Abs": abs, "sign": lambda x: context.mpf((x > 0) - (x < 0))},
        stable=False,
    )
