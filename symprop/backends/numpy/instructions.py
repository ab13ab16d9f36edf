"""Scalar expressions as single instructions, each repeated part once; arrays, and where results go, are `elementwise`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from symprop.errors import UnsupportedError
from symprop.scalar.formats import largest_exponent, smallest

Expression = Any
Value = int | float  # the number of an instruction, or a constant

_UFUNCS = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "Abs": "absolute", "floor": "floor", "sign": "sign", "erf": "erf", "erfc": "erfc",
}  # fmt: skip
_RELATIONS = {
    sympy.StrictLessThan: "less", sympy.LessThan: "less_equal", sympy.StrictGreaterThan: "greater",
    sympy.GreaterThan: "greater_equal", sympy.Equality: "equal", sympy.Unequality: "not_equal",
}  # fmt: skip
_FOLDED = {sympy.Max: "maximum", sympy.Min: "minimum", sympy.And: "logical_and", sympy.Or: "logical_or"}


@dataclass(frozen=True)
class Reference:
    """What an instruction reads: the result of another one, by number, or an operand of the node."""

    number: int
    is_operand: bool = False


@dataclass(frozen=True)
class Instruction:
    """A ufunc, or ``where`` of a condition and two values, over references and numbers."""

    function: str
    arguments: tuple[Reference | float, ...]

    @property
    def is_condition(self) -> bool:
        return self.function in _RELATIONS.values() or self.function.startswith("logical")


@dataclass(frozen=True)
class Bounds:
    """The numbers that stand for the bounds of the format in stable forms."""

    smallest: float
    largest_exponent: float


def instructions(expression: Expression, operands: Mapping[Expression, int], bounds: Bounds) -> list[Instruction]:
    """The instructions that compute an expression over the operands' symbols; the last one's result is its value.

    An expression that is an operand, or a number, comes as the one instruction ``positive`` of it. Raises UnsupportedError
    for a function that NumPy does not have.

    >>> x, y = sympy.symbols("x y")
    >>> for line in instructions(x*y - 2*y, {x: 0, y: 1}, Bounds(0, 0)): print(line.function, line.arguments)
    multiply (Reference(number=0, is_operand=True), Reference(number=1, is_operand=True))
    multiply (2.0, Reference(number=1, is_operand=True))
    subtract (Reference(number=0, is_operand=False), Reference(number=1, is_operand=False))
    """
    writer = _Writer(operands, bounds)
    result = writer.value(expression)
    if not isinstance(result, Reference) or result.is_operand:
        writer.add("positive", result)
    return writer.lines


class _Writer:
    def __init__(self, operands: Mapping[Expression, int], bounds: Bounds) -> None:
        self.known: dict[Expression, Reference | float] = {s: Reference(k, True) for s, k in operands.items()}
        self.lines: list[Instruction] = []
        self.numbers: dict[Instruction, int] = {}
        self.bounds = bounds

    def add(self, function: str, *arguments: Reference | float) -> Reference:
        line = Instruction(function, arguments)
        if line not in self.numbers:
            self.numbers[line] = len(self.lines)
            self.lines.append(line)
        return Reference(self.numbers[line])

    def value(self, expression: Expression) -> Reference | float:
        if expression not in self.known:
            self.known[expression] = self._value(expression)
        return self.known[expression]

    def _value(self, expression: Expression) -> Reference | float:
        declaration = getattr(type(expression), "declaration", None)
        if declaration is not None:
            return self.value(declaration.stable_form(expression.args[0]))
        if expression.is_number and not expression.has(smallest, largest_exponent) and expression.is_real is not False:
            return float(expression)
        if isinstance(expression, smallest):
            return self.bounds.smallest
        if isinstance(expression, largest_exponent):
            return self.bounds.largest_exponent
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(expression.base, expression.exp)
        if isinstance(expression, sympy.Piecewise):
            return self._choice(list(expression.args))
        return self._applied(expression)

    def _applied(self, expression: Expression) -> Reference | float:
        for kind, function in _FOLDED.items():
            if isinstance(expression, kind):
                first, *rest = [self.value(argument) for argument in expression.args]
                for argument in rest:
                    first = self.add(function, first, argument)
                return first
        if isinstance(expression, sympy.Not):
            return self.add("logical_not", self.value(expression.args[0]))
        for relation, function in _RELATIONS.items():
            if isinstance(expression, relation):
                return self.add(function, self.value(expression.lhs), self.value(expression.rhs))
        if isinstance(expression, sympy.log):
            return self._logarithm(expression.args[0])
        name = _UFUNCS.get(type(expression).__name__)
        if name is None:
            raise UnsupportedError(f"'{type(expression).__name__}' cannot be compiled", where=str(expression))
        return self.add(name, self.value(expression.args[0]))

    def _logarithm(self, argument: Expression) -> Reference:
        """``log1p`` where one is added: near zero the sum would lose the digits of the rest."""
        if argument.is_Add and sympy.S.One in argument.args:
            return self.add("log1p", self.value(sympy.Add(*(term for term in argument.args if term != 1))))
        return self.add("log", self.value(argument))

    def _sum(self, expression: Expression) -> Reference | float:
        """Terms without a minus first, so that the others are subtracted."""
        powers = [term for term in expression.args if isinstance(term, sympy.exp)]
        if powers and sympy.S.NegativeOne in expression.args:  # near zero the difference would lose its digits
            rest = [term for term in expression.args if term not in (powers[0], sympy.S.NegativeOne)]
            first = self.add("expm1", self.value(powers[0].args[0]))
            return first if not rest else self.add("add", first, self.value(sympy.Add(*rest)))
        signed = [(self._is_negative(term), term) for term in expression.args]
        positive = [self.value(term) for minus, term in signed if not minus]
        negative = [self.value(-term) for minus, term in signed if minus]
        result = positive.pop(0) if positive else self.add("negative", negative.pop(0))
        for term in sorted(positive, key=lambda value: isinstance(value, float)):
            result = self.add("add", result, term)
        for term in negative:
            result = self.add("subtract", result, term)
        return result

    @staticmethod
    def _is_negative(term: Expression) -> bool:
        return bool(term.could_extract_minus_sign()) if not term.is_Add else False

    def _product(self, expression: Expression) -> Reference | float:
        """Numbers first, as one; what is divided by last."""
        number, rest = expression.as_coeff_Mul()
        over = [f for f in sympy.Mul.make_args(rest) if f.is_Pow and f.exp.is_Rational and f.exp < 0]
        up = [f for f in sympy.Mul.make_args(rest) if f not in over]
        above, below = float(number.p if number.is_Rational else number), float(getattr(number, "q", 1))
        factors = [self.value(f) for f in up]
        if below != 1.0 and not (over and not up):
            above, below = above / below, 1.0
        result = self._multiplied(above, factors)
        for factor in over:
            result = self.add("divide", result, self.value(factor.base**-factor.exp))
        return result if below == 1.0 else self.add("divide", result, below)

    def _multiplied(self, number: float, factors: list[Reference | float]) -> Reference | float:
        if number in (1.0, -1.0) and factors:
            result, rest = factors[0], factors[1:]
        else:
            result, rest = number, factors
        for factor in rest:
            result = self.add("multiply", result, factor)
        return self.add("negative", result) if number == -1.0 and factors else result

    def _power(self, base: Expression, exponent: Expression) -> Reference | float:
        if exponent.is_Rational and exponent < 0:
            return self.add("divide", 1.0, self.value(base**-exponent))
        value = self.value(base)
        if exponent == sympy.S.Half:
            return self.add("sqrt", value)
        if exponent == 2:
            return self.add("multiply", value, value)
        if exponent == 3:
            return self.add("multiply", self.add("multiply", value, value), value)
        return self.add("power", value, self.value(exponent))

    def _choice(self, branches: list[Any]) -> Reference | float:
        value, condition = branches[0]
        if condition == sympy.true or (len(branches) == 1 and condition == sympy.true):
            return self.value(value)
        rest: Reference | float = self._choice(branches[1:]) if len(branches) > 1 else float("nan")
        return self.add("where", self.value(condition), self.value(value), rest)
