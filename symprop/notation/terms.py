"""What every printer must know of a formula's structure: flattening and signs; how it looks is each printer's own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import copysign

from symprop.notation.formula import Formula, Negative, Number, Product, Quotient, Sum, Summation


def flat_terms(total: Sum) -> Iterator[Formula]:
    """The terms in reading order; a sum within the sum gives its own terms.

    >>> from symprop.notation.formula import Symbol
    >>> a, b, c = Symbol("a"), Symbol("b"), Symbol("c")
    >>> list(flat_terms(Sum((a, Sum((b, c)))))) == [a, b, c]
    True
    """
    for term in total.terms:
        if isinstance(term, Sum):
            yield from flat_terms(term)
        else:
            yield term


def flat_factors(product: Product) -> list[Formula]:
    """The factors in reading order; a product with the same sign within the product gives its own factors.

    >>> from symprop.notation.formula import Symbol
    >>> a, b, c = Symbol("a"), Symbol("b"), Symbol("c")
    >>> flat_factors(Product((a, Product((b, c))))) == [a, b, c]
    True
    """
    factors: list[Formula] = []
    for factor in product.factors:
        same = isinstance(factor, Product) and factor.sign is product.sign
        factors.extend(flat_factors(factor) if isinstance(factor, Product) and same else [factor])
    return factors


def nested(formula: Summation) -> tuple[list[Summation], Formula]:
    """Sums along axes directly within each other, the outermost first, and what they add up.

    >>> from symprop.notation.formula import Symbol
    >>> sums, body = nested(Summation("j", 2, Summation("k", 3, Symbol("x"))))
    >>> [each.index for each in sums], body
    (['j', 'k'], Symbol(name='x'))
    """
    sums = [formula]
    while isinstance(inner := sums[-1].body, Summation) and inner.first is None and formula.first is None:
        sums.append(inner)
    return sums, sums[-1].body


def signed(formula: Formula) -> tuple[bool, Formula]:
    """Whether a minus stands in front, and the formula without it.

    >>> from symprop.notation.formula import Symbol
    >>> signed(Product((Number(Fraction(-2)), Symbol("x"))))[0]
    True
    """
    match formula:
        case Negative(operand):
            return True, operand
        case Number(value, digits) if _is_negative(value):
            return True, Number(-value, digits)
        case Product(factors, sign) if factors:
            minus, first = signed(factors[0])
            return minus, Product((first, *factors[1:]), sign) if minus else formula
        case Quotient(numerator, denominator):
            minus, positive = signed(numerator)
            return minus, Quotient(positive, denominator) if minus else formula
    return False, formula


def _is_negative(value: Fraction | float) -> bool:
    """True for minus zero too, which prints with its minus."""
    return copysign(1.0, value) < 0 if isinstance(value, float) else value < 0
