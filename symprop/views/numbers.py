"""Numbers in formulas: symbols, then numbers, then the result; what the numbers are is computed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from symprop.notation.formula import Chain, Formula, Negative, Number, Partial, Symbol
from symprop.views.tree import map_parts


def with_numbers(formula: Formula, values: Mapping[str, float]) -> Formula:
    """The formula with each symbol that has a value replaced by it; a partial derivative stays as it is.

    >>> from symprop.notation.plain import plain
    >>> from symprop.notation.formula import Product
    >>> plain(with_numbers(Product((Symbol("a"), Symbol("b"))), {"a": 0.5, "b": -2.0}))
    '0.5*(-2.0)'
    """
    if isinstance(formula, Symbol):
        return as_number(values[formula.name]) if formula.name in values else formula
    return map_parts(formula, lambda part: part if isinstance(part, Partial) else with_numbers(part, values))


def as_number(value: float) -> Formula:
    """A value as it prints: a minus sign stands before a positive number."""
    return Negative(Number(-value)) if value < 0 else Number(value)


def in_three_steps(left: Formula, formula: Formula, values: Mapping[str, float], result: float) -> Chain:
    """``∂E/∂w5 = symbols = numbers = result``."""
    return Chain((left, formula, with_numbers(formula, values), as_number(result)))
