"""Works out what a program's facts are about, from numbers that are given; what follows from a broken one is for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from symprop.ir.nodes import Term
from symprop.ir.program import Fact
from symprop.ir.tensor import Index

Element = tuple[str, tuple[int, ...]]  # a tensor's name and a position
Number = Callable[[Element], Any]  # an element's: a number, an array of them, or None where it is not known


def totals(fact: Fact, number: Number) -> Iterator[tuple[list[Element], Any]]:
    """What the fact is about, wherever all its numbers are known, with the elements that it is made of.

    >>> from fractions import Fraction
    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.tensor import Tensor
    >>> n, k = Index("n", 2), Index("k", 2)
    >>> fact = Fact(single(1, Tensor("t", (n, k))(), over=(k,)), (n,), Fraction(1))
    >>> known = {("t", (0, 0)): 0.5, ("t", (0, 1)): 0.25, ("t", (1, 0)): 0.5}
    >>> list(totals(fact, known.get))
    [([('t', (0, 0)), ('t', (0, 1))], 0.75)]
    """
    for outer in _positions(fact.indices):
        products = [each for term in fact.value.terms for each in _products(term, outer)]
        elements = list(dict.fromkeys(element for _, factors in products for element in factors))
        numbers = {element: number(element) for element in elements}
        if all(found is not None for found in numbers.values()):
            yield elements, sum(_worked_out(coefficient, factors, numbers) for coefficient, factors in products)


def _products(term: Term, outer: Mapping[str, int]) -> Iterator[tuple[float, list[Element]]]:
    """The products of numbers that a term adds up; where a factor is out of range there is none."""
    for inner in _positions(term.over):
        found = [(factor.tensor.name, factor.element({**outer, **inner})) for factor in term.factors]
        factors = [(name, element) for name, element in found if element is not None]
        if len(factors) == len(found):
            yield float(term.coefficient), factors


def _worked_out(coefficient: float, factors: Sequence[Element], numbers: Mapping[Element, Any]) -> Any:
    result: Any = coefficient
    for factor in factors:
        result = result * numbers[factor]
    return result


def _positions(indices: Sequence[Index]) -> Iterator[dict[str, int]]:
    for position in product(*(range(index.extent) for index in indices)):
        yield {index.name: place for index, place in zip(indices, position, strict=True)}
