"""Numbers in formulas: symbols, then numbers, then the result, to as many digits as are read; computing them is others'."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, isfinite, log10, prod

from symprop.notation.formula import Chain, Formula, Negative, Number, Partial, Power, Product, Quotient, Sum, Symbol
from symprop.notation.plain import LARGEST_WHOLE
from symprop.views.tree import map_parts

DIGITS = 6
_MOST_DIGITS = 15
_NEARLY = 1e-3  # how far from a whole number a value is nearly one


def with_numbers(formula: Formula, values: Mapping[str, float], digits: int = DIGITS) -> Formula:
    """The formula with each symbol that has a value replaced by it; a partial derivative stays as it is.

    Where the terms of a sum nearly cancel, they get more digits, so that the line can be followed with the numbers that
    it prints.

    >>> from symprop.notation.plain import plain
    >>> from symprop.notation.formula import Product
    >>> plain(with_numbers(Product((Symbol("a"), Symbol("b"))), {"a": 0.5, "b": -2.0}))
    '0.5*(-2)'
    >>> plain(with_numbers(Sum((Symbol("a"), Negative(Symbol("t")))), {"a": 0.50000000021, "t": 0.5}))
    '0.50000000021 - 0.5'
    """
    if isinstance(formula, Symbol):
        return as_number(values[formula.name], digits) if formula.name in values else formula
    if isinstance(formula, Sum):
        digits += _lost(formula, values)
    return map_parts(formula, lambda part: part if isinstance(part, Partial) else with_numbers(part, values, digits))


def _lost(total: Sum, values: Mapping[str, float]) -> int:
    """How many digits the sum has fewer than its largest term, where its terms are arithmetic and known."""
    terms = [_value(term, values) for term in total.terms]
    known = [term for term in terms if term is not None and isfinite(term)]
    result, largest = sum(known), max(map(abs, known), default=0.0)
    if len(known) < len(terms) or not result or not isfinite(result):
        return 0
    return max(0, floor(log10(largest) - log10(abs(result))))


def _value(formula: Formula, values: Mapping[str, float]) -> float | None:
    """The value of sums, products, quotients and powers of known numbers; None for anything else."""
    match formula:
        case Number(value):
            return float(value)
        case Symbol(name):
            return values.get(name)
        case Negative(operand):
            inner = _value(operand, values)
            return None if inner is None else -inner
        case Sum(parts) | Product(parts):
            found = [_value(part, values) for part in parts]
            known = [value for value in found if value is not None]
            return (sum if isinstance(formula, Sum) else prod)(known) if len(known) == len(found) else None
        case Quotient(left, right) | Power(left, right):
            one, other = _value(left, values), _value(right, values)
            return None if one is None or other is None else _raised(one, other, isinstance(formula, Power))
    return None


def _raised(base: float, other: float, power: bool) -> float | None:
    """The power, or else the quotient; None where it has no real value."""
    try:
        found = base**other if power else base / other
    except (ArithmeticError, ValueError):
        return None
    return found if isinstance(found, float) else None


def as_number(value: float, digits: int = DIGITS) -> Formula:
    """A value as it prints, a minus sign standing before a positive number.

    One that is nearly whole keeps the digits of what it lacks: in ``a*(1 - a)`` they are all that counts.

    >>> from symprop.notation.plain import plain
    >>> plain(as_number(0.014181377937891659)), plain(as_number(-1.0)), plain(as_number(0.99999999793884638))
    ('0.0141814', '-1', '0.99999999793885')
    """
    value = float(value)
    off = abs(value - round(value)) if isfinite(value) else 0.0
    if not off and abs(value) < LARGEST_WHOLE:
        digits = _MOST_DIGITS
    if 0 < off < _NEARLY < abs(value):
        digits = max(digits, DIGITS - floor(log10(off)) - 1)
    number = Number(abs(value) if value else 0.0, min(digits, _MOST_DIGITS))
    return Negative(number) if value < 0 else number


def in_three_steps(left: Formula, formula: Formula, values: Mapping[str, float], result: float) -> Chain:
    """``∂E/∂w5 = symbols = numbers = result``."""
    return Chain((left, formula, with_numbers(formula, values), as_number(result)))
