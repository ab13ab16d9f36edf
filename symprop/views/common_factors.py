"""What all terms of a sum have in common, drawn out of it; which factors a term has is the affair of each view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from operator import and_

from symprop.notation.formula import Formula, Number, Product, Sign
from symprop.notation.terms import signed
from symprop.views.convert import ONE, ZERO, number, product, total

Factors = tuple[Formula, ...]


def drawn_out(terms: Sequence[Factors]) -> tuple[Factors, list[Factors]]:
    """The factors that all products have, an exact number first, and what is left of each; none where there are not two.

    >>> from symprop.notation.formula import Negative, Symbol
    >>> a, b, fifth = Symbol("a"), Symbol("b"), Number(Fraction(1, 5))
    >>> common, rests = drawn_out([(fifth, a, b), (Negative(fifth), b)])
    >>> common == (fifth, b), rests == [(a,), (Negative(ONE),)]
    (True, True)
    """
    pairs = [split(term) for term in terms]
    counts = [(coefficient, Counter(factors)) for coefficient, factors in pairs if coefficient]
    if len(counts) < 2:
        return (), [_numbered(*pair) for pair in pairs]
    shared = tuple(reduce(and_, (count for _, count in counts)).elements())
    content = _content([coefficient for coefficient, _ in counts], also=bool(shared))
    rests = [_numbered(c / content, _without(factors, shared)) if c else (ZERO,) for c, factors in pairs]
    return _numbered(content, shared), rests


def collected(terms: Sequence[Factors]) -> Formula:
    """The sum of products of scalars, what all have in common before the rest.

    >>> from symprop.notation.formula import Negative, Symbol
    >>> from symprop.notation.plain import plain
    >>> u, v = Symbol("u"), Symbol("v")
    >>> plain(collected([(Negative(u), v), (v,)]))
    'v*(1 - u)'
    """
    if len(terms) == 1:
        return product(terms[0])
    common, rests = drawn_out(terms)
    return before(common, in_order(map(product, rests)))


def before(common: Factors, rest: Formula) -> Formula:
    """The product of what a sum's terms have in common and the rest; a number alone stands close before it."""
    alone = all(isinstance(signed(factor)[1], Number) for factor in common)
    return product((*common, rest), Sign.JUXTAPOSED if alone else Sign.DOT)


def in_order(terms: Iterable[Formula]) -> Formula:
    """The sum of the terms: positive ones first, a number before the others or, if negative, behind them."""
    return total(sorted(terms, key=_rank))


def split(factors: Factors) -> tuple[Fraction, Factors]:
    """The exact number in a product, its sign included, and the other factors.

    >>> from symprop.notation.formula import Negative, Symbol
    >>> split((Symbol("a"), Negative(Number(Fraction(2)))))
    (Fraction(-2, 1), (Symbol(name='a'),))
    """
    minus, positive = signed(product((ONE, *factors)))
    found = positive.factors if isinstance(positive, Product) and positive.sign is Sign.DOT else (positive,)
    first, coefficient = found[0], Fraction(-1 if minus else 1)
    if isinstance(first, Number) and isinstance(first.value, Fraction):
        return coefficient * first.value, found[1:]
    return coefficient, found


def _content(coefficients: Sequence[Fraction], *, also: bool) -> Fraction:
    """The number to draw out: one that all have but for signs; a minus that all have goes where something else goes."""
    sizes = {abs(coefficient) for coefficient in coefficients}
    size = sizes.pop() if len(sizes) == 1 else Fraction(1)
    return -size if max(coefficients) < 0 and (also or size != 1) else size


def _without(factors: Factors, shared: Factors) -> Factors:
    left = list(factors)
    for factor in shared:
        left.remove(factor)
    return tuple(left)


def _numbered(coefficient: Fraction, factors: Factors) -> Factors:
    return factors if coefficient == 1 else (number(coefficient), *factors)


def _rank(term: Formula) -> tuple[bool, bool]:
    minus, positive = signed(term)
    return minus, isinstance(positive, Number) == minus
