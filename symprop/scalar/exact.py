"""Exact values of an expression at one random point, over fractions; what is done with them is `forms`' affair.

Every transcendental atom (an exponential, a logarithm, √π) stands for an independent random rational number, with the one
relation kept that simplifications use: all exponentials of one argument are powers of one number, so eᵃ · e⁻ᵃ = 1. Numbers
grow with every operation, so there is a limit to their size: a short text such as ``(x**100 + 1)**100`` passes it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce
from random import Random
from typing import Any

import sympy

Expression = Any
MOST_BITS = 4_000  # of a number: a dozen of its size are eliminated in some hundredths of a second
_SIDES = {
    sympy.StrictGreaterThan: Fraction.__gt__,
    sympy.GreaterThan: Fraction.__ge__,
    sympy.StrictLessThan: Fraction.__lt__,
    sympy.LessThan: Fraction.__le__,
    sympy.Equality: Fraction.__eq__,
    sympy.Unequality: Fraction.__ne__,
}


class TooLarge(ArithmeticError):
    """A number has more than `MOST_BITS`."""


class ExactPoint:
    """A random rational point; symbols and atoms get their numbers when they are first met.

    `switches` tells which way each choice went that was met: a condition, a sign, the largest of several.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._numbers: dict[Expression, Fraction] = {}
        self.switches: dict[Expression, int] = {}

    def value(self, expression: Expression) -> Fraction:
        """The expression's value; ArithmeticError or ValueError where it has none over fractions, or too large a one."""
        if expression.is_Rational:
            return Fraction(int(expression.p), int(expression.q))
        if expression.is_Add:
            return _folded(operator.add, (self.value(a) for a in expression.args))
        if expression.is_Mul:
            return _folded(operator.mul, (self.value(a) for a in expression.args))
        if isinstance(expression, sympy.exp):
            return self._exponential(expression.args[0])
        if expression.is_Pow:
            return self._power(expression.base, expression.exp)
        return self._named(expression) if expression.is_Function or expression.is_Piecewise else self._atom(expression)

    def _named(self, expression: Expression) -> Fraction:
        declaration = getattr(type(expression), "declaration", None)
        if declaration is not None:
            return self.value(declaration.definition(expression.args[0]))
        if isinstance(expression, sympy.Piecewise):
            return next(self.value(value) for value, condition in expression.args if self._holds(condition))
        if isinstance(expression, sympy.Abs):
            return self.value(expression.args[0]) * self._sign(expression.args[0])
        if isinstance(expression, sympy.sign):
            return Fraction(self._sign(expression.args[0]))
        if isinstance(expression, (sympy.Max, sympy.Min)):
            return self._extreme(expression)
        if isinstance(expression, (sympy.tanh, sympy.cosh, sympy.sinh)):
            return self._hyperbolic(expression)
        return self._atom(expression)

    def _sign(self, argument: Expression) -> int:
        number = self.value(argument)
        self.switches[argument] = (number > 0) - (number < 0)
        return self.switches[argument]

    def _extreme(self, expression: Expression) -> Fraction:
        numbers = [self.value(argument) for argument in expression.args]
        found = max(numbers) if isinstance(expression, sympy.Max) else min(numbers)
        self.switches[expression] = numbers.index(found)
        return found

    def _hyperbolic(self, expression: Expression) -> Fraction:
        power = self._exponential(expression.args[0])
        cosh, sinh = (power + 1 / power) / 2, (power - 1 / power) / 2
        return {sympy.tanh: sinh / cosh, sympy.cosh: cosh, sympy.sinh: sinh}[type(expression)]

    def _holds(self, condition: Expression) -> bool:
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        if isinstance(condition, (sympy.And, sympy.Or, sympy.Not)):
            parts = [self._holds(part) for part in condition.args]
            return {sympy.And: all(parts), sympy.Or: any(parts), sympy.Not: not parts[0]}[type(condition)]
        holds = bool(_SIDES[type(condition)](self.value(condition.lhs), self.value(condition.rhs)))
        self.switches[condition] = holds
        return holds

    def _exponential(self, argument: Expression) -> Fraction:
        if argument.is_Add:
            return _folded(operator.mul, (self._exponential(a) for a in argument.args))
        number, rest = argument.as_coeff_Mul()
        # Twelfth powers, so that halves, thirds and quarters of an argument stay rational.
        power = number * 12
        if not power.is_Integer:
            return self._atom(sympy.exp(argument))
        return _raised(self._atom(("root of exp", rest)), int(power))

    def _power(self, base: Expression, exponent: Expression) -> Fraction:
        if exponent.is_Integer:
            return _raised(self.value(base), int(exponent))
        number, rest = exponent.as_coeff_Mul()
        return _raised(self._atom(("power", base, rest / number.q)), int(number.p))

    def _atom(self, key: Any) -> Fraction:
        if key not in self._numbers:
            sign = self._random.choice((-1, 1)) if getattr(key, "is_Symbol", False) else 1
            self._numbers[key] = sign * Fraction(self._random.randint(5, 60), self._random.randint(5, 60))
        return self._numbers[key]


def _folded(fold: Callable[[Fraction, Fraction], Fraction], numbers: Iterator[Fraction]) -> Fraction:
    return reduce(lambda a, b: _bounded(fold(a, b)), numbers)


def _raised(base: Fraction, exponent: int) -> Fraction:
    if _bits(base) * abs(exponent) > MOST_BITS:  # before the power, which could fill the memory
        raise TooLarge
    return base**exponent


def _bounded(number: Fraction) -> Fraction:
    if _bits(number) > MOST_BITS:
        raise TooLarge
    return number


def _bits(number: Fraction) -> int:
    """The size of a number; 0 for those whose powers do not grow."""
    return 0 if abs(number) in (0, 1) else number.numerator.bit_length() + number.denominator.bit_length()
