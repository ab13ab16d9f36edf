"""Splits long products that are summed into products of two, cheapest first; which code multiplies is the back ends' affair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from math import prod

from symprop.ir.names import fresh_name
from symprop.ir.nodes import SumOfProducts, Term, single, total
from symprop.ir.program import Equation
from symprop.ir.tensor import Index, Role, Tensor


def in_pairs(equation: Equation, taken: set[str]) -> Iterator[Equation]:
    """The equation, after one for each part that a term of three factors or more is cheaper to sum by.

    New names are added to `taken`. Source: the greedy order of Smith and Gray, opt_einsum, JOSS 3, 2018.

    >>> j, k, l = Index("j", 2), Index("k", 300), Index("l", 4)
    >>> a, b, c = Tensor("a", (j, k)), Tensor("b", (k, l)), Tensor("c", (l,))
    >>> y = Tensor("y", (j,))
    >>> from symprop.ir.program import Origin
    >>> line = Equation(y(), single(1, a(j, k), b(k, l), c(l), over=(k, l)), Origin("layer"))
    >>> [str(e.target) for e in in_pairs(line, {"y"})]
    ['y_part[k]', 'y[j]']
    """
    value = equation.value
    if not isinstance(value, SumOfProducts) or all(len(t.factors) < 3 or not t.looped for t in value.terms):
        yield equation
        return
    parts: list[Equation] = []
    terms = [_paired(term, equation, taken, parts) if term.looped else term for term in value.terms]
    yield from parts
    yield replace(equation, value=total(*terms))


def _paired(term: Term, equation: Equation, taken: set[str], parts: list[Equation]) -> Term:
    """The term over two factors; what was multiplied first is added to `parts`."""
    while len(term.factors) > 2:
        first, second = min(combinations(range(len(term.factors)), 2), key=lambda pair: _cost(term, pair))
        a, b = term.factors[first], term.factors[second]
        kept, summed = _result(term, (first, second))
        part = Tensor(fresh_name(f"{equation.name}_part", taken), kept, Role.INTERMEDIATE)
        read = part(*kept) if kept else part()
        parts.append(replace(equation, target=read, value=single(1, a, b, over=summed)))
        factors = [factor for k, factor in enumerate(term.factors) if k not in (first, second)]
        over = tuple(index for index in term.over if index not in summed)
        term = replace(term, factors=(*factors[:first], read, *factors[first:]), over=over)
    return term


def _cost(term: Term, pair: tuple[int, int]) -> tuple[int, int]:
    """How many products of two numbers there are, and how many numbers come of them."""
    kept, summed = _result(term, pair)
    size = prod(index.extent for index in kept)
    return size * prod(index.extent for index in summed), size


def _result(term: Term, pair: tuple[int, int]) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
    """The indices that a product of two factors keeps, and those that can be summed at once since no other factor has them."""
    met = dict.fromkeys(index for k in pair for index in term.factors[k].free)
    rest = {index for k, factor in enumerate(term.factors) if k not in pair for index in factor.free}
    summed = tuple(index for index in met if index in term.over and index not in rest)
    return tuple(index for index in met if index not in summed), summed
