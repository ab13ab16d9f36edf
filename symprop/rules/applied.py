"""Applies a declared function to a tensor, part by part where the declaration names parts; functions are declared beside this."""

from __future__ import annotations

from collections.abc import Iterator

from symprop.ir.nodes import Elementwise, elementwise, operand
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Access, Tensor
from symprop.scalar.function import Expression, ScalarFunction


def apply_function(
    function: ScalarFunction, source: Access, target: Tensor, number: int, rule: str
) -> Iterator[Equation]:
    """``target = function(source)``, after an equation for each part that the function wants named."""
    origin = Origin(rule, number)
    x = operand(0)
    named: list[Expression] = []
    accesses = [source]
    for stem, meaning in function.names:
        part = Tensor(f"{stem}{number}", source.tensor.indices)
        yield Equation(part(), _through(meaning(x), named, accesses), Origin("abbreviation", number), abbreviation=True)
        named.append(meaning(x))
        accesses.append(part())
    yield Equation(target(), _through(function(x), named, accesses), origin)


def _through(expression: Expression, named: list[Expression], accesses: list[Access]) -> Elementwise:
    """The expression with the parts that have names written by them, the largest part first."""
    for position, meaning in reversed(list(enumerate(named, start=1))):
        expression = expression.subs(meaning, operand(position))
    return elementwise(expression, *accesses)
