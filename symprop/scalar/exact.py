"""Exact values of an expression at one random point, over fractions; what is done with them is `forms`' affair.

Every transcendental atom (an exponential, a logarithm, √π) stands for an independent random rational number, with the one
relation kept that simplifications use: all exponentials of one argument are powers of one number, so eᵃ · e⁻ᵃ = 1.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import sympy

Expression = Any
_SIDES = {
    sympy.StrictGreaterThan: Fraction.__gt__,
    sympy.GreaterThan: Fraction.__ge__,
    sympy.StrictLessThan: Fraction.__lt__,
    sympy.LessThan: Fraction.__le__,
    sympy.Equality: Fraction.__eq__,
    sympy.Unequality: Fraction.__ne__,
}


class ExactPoint:
    """A random rational point; symbols and atoms get their numbers when they are first met.

    `switches` tells which way each choice went that was met: a condition, a sign, the largest of several.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._numbers: dict[Expression, Fraction] = {}
        self.switches: dict[Expression, int] = {}

    def value(self, expression: Expression) -> Fraction:
        """The expression's value; ZeroDivisionError or ValueError where it has none over fractions."""
        if expression.is_Rational:
            return Fraction(int(expression.p), int(expression.q))
        if expression.is_Add:
            return sum((self.value(a) for a in expression.args), Fraction(0))
        if expression.is_Mul:
            return prod((self.value(a) for a in expression.args), start=Fraction(1))
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
            return prod((self._exponential(a) for a in argument.args), start=Fraction(1))
        number, rest = argument.as_coeff_Mul()
        # Twelfth powers, so that halves, thirds and quarters of an argument stay rational.
        power = number * 12
        if not power.is_Integer:
            return self._atom(sympy.exp(argument))
        return self._atom(("root of exp", rest)) ** int(power)

    def _power(self, base: Expression, exponent: Expression) -> Fraction:
        if exponent.is_Integer:
            return self.value(base) ** int(exponent)
        number, rest = exponent.as_coeff_Mul()
        return self._atom(("power", base, rest / number.q)) ** int(number.p)

    def _atom(self, key: Any) -> Fraction:
        if key not in self._numbers:
            sign = self._random.choice((-1, 1)) if getattr(key, "is_Symbol", False) else 1
            self._numbers[key] = sign * Fraction(self._random.randint(5, 60), self._random.randint(5, 60))
        return self._numbers[key]
