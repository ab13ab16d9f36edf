"""Recognises what a program's facts are about, under whatever indices it stands; the sweep decides where to look."""

from __future__ import annotations

from fractions import Fraction

from symprop.ir.nodes import SumOfProducts, Term
from symprop.ir.program import Fact
from symprop.ir.tensor import Access, Index


def multiple_of(value: SumOfProducts, fact: Fact) -> Fraction | None:
    """The number that a sum is, as a multiple of what the fact is about; None where it is no such multiple.

    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.tensor import Tensor
    >>> k, m = Index("k", 3), Index("m", 3)
    >>> t = Tensor("t", (k,))
    >>> fact = Fact(single(1, t(), over=(k,)), (), Fraction(1))
    >>> multiple_of(single(5, t(m), over=(m,)), fact), multiple_of(single(5, t(m)), fact)
    (Fraction(5, 1), None)
    """
    if not fact.value.terms or len(value.terms) != len(fact.value.terms):
        return None
    known = {_canonical(term): term.coefficient for term in fact.value.terms}
    ratios = {term.coefficient / known[key] if (key := _canonical(term)) in known else None for term in value.terms}
    if len({_canonical(term) for term in value.terms}) < len(value.terms) or len(ratios) != 1:
        return None
    ratio = ratios.pop()
    return None if ratio is None else ratio * fact.number


def _canonical(term: Term) -> tuple[tuple[Access, ...], frozenset[Index]]:
    """The term's factors and sums with the indices lettered in order of appearance."""
    free = list(dict.fromkeys(index for factor in term.factors for index in factor.free))
    names = {index: Index(f"_{position}", index.extent) for position, index in enumerate(free)}
    return tuple(factor.rename(names) for factor in term.factors), frozenset(names.get(i, i) for i in term.over)
