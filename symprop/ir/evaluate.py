"""Evaluates a scalar program line by line, in any arithmetic of `scalar.numeric`; fast evaluation is for the back ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import Any

from symprop.errors import InternalError, UserError, nearest
from symprop.ir.nodes import Elementwise, Node, SumOfProducts, Term, operand
from symprop.ir.program import Program
from symprop.scalar.numeric import Arithmetic, Number, evaluate


def evaluate_program(program: Program, values: Mapping[str, Any], arithmetic: Arithmetic) -> dict[str, Number]:
    """The number of every quantity of a scalar program, the free ones, which `values` gives, included.

    Raises UserError for a free name without a value and for a name that is not free.
    """
    free = {tensor.name for tensor in program.free}
    for name in values:
        if name not in free:
            raise UserError(f"there is no free quantity '{name}'", remedy=nearest(name, free))
    missing = [tensor.name for tensor in program.free if tensor.name not in values]
    if missing:
        raise UserError(f"no value is given for {', '.join(missing)}")
    known = {tensor.name: arithmetic.given(values[tensor.name]) for tensor in program.free}
    for equation in program.equations:
        if equation.target.tensor.indices:
            raise InternalError(
                "only scalar programs can be evaluated: unroll first", where=f"equation '{equation.name}'"
            )
        known[equation.name] = _node(equation.value, known, arithmetic)
    return known


def _node(value: Node, known: Mapping[str, Number], arithmetic: Arithmetic) -> Number:
    if isinstance(value, SumOfProducts):
        return sum((_term(term, known, arithmetic) for term in value.terms), arithmetic.rational(0, 1))
    numbers = [known[access.tensor.name] for access in value.operands]
    if isinstance(value, Elementwise):
        operands = {operand(position): number for position, number in enumerate(numbers)}
        return reduce(lambda a, b: a * b, (evaluate(factor, operands, arithmetic) for factor in value.factors))
    return reduced(value.kind, numbers, arithmetic)


def _term(term: Term, known: Mapping[str, Number], arithmetic: Arithmetic) -> Number:
    """The product; a coefficient of one is left out, since 1·x is not x to the last digit of every arithmetic."""
    numbers = [known[factor.tensor.name] for factor in term.factors]
    if term.coefficient != 1 or not numbers:
        numbers.insert(0, arithmetic.rational(term.coefficient.numerator, term.coefficient.denominator))
    return reduce(lambda a, b: a * b, numbers)


def reduced(kind: str, numbers: list[Number], arithmetic: Arithmetic) -> Number:
    """The largest number, or the logarithm of the sum of exponentials relative to it; of nothing, minus infinity."""
    if not numbers:
        return arithmetic.given(-math.inf)
    largest = max(numbers)
    if kind == "max" or abs(largest) == math.inf:
        return largest
    exp, log = arithmetic.functions["exp"], arithmetic.functions["log"]
    return largest + log(sum((exp(number - largest) for number in numbers), arithmetic.rational(0, 1)))
