"""Joins updates to the gradients that they add, so that a gradient need not be kept: W − η·(δ·x) is one sum; for `lowered`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

import sympy

from symprop.ir.nodes import Elementwise, SumOfProducts, Term, operand, total
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Index

Expression = Any
Linear = tuple[
    tuple[Fraction, tuple[int, ...]], ...
]  # a number and the operands that it is multiplied by, for each term

_MANY = 4096  # products added up, from which a sum is worth joining


def joined(equations: Sequence[Equation], updates: Collection[str], kept: Collection[str]) -> list[Equation]:
    """The equations, with those of `updates` that are linear in a large sum of products as sums themselves.

    The sum's own equation goes, unless it is in `kept` or something else reads it. A factor that the update multiplies the
    sum by, such as the learning rate, then multiplies the smaller of the arrays that are summed over, see `products`.

    >>> from symprop.ir.program import Origin
    >>> from symprop.ir.tensor import Tensor
    >>> n, j, k = Index("n", 8), Index("j", 30), Index("k", 40)
    >>> d, x, w, eta = Tensor("d", (n, j)), Tensor("x", (n, k)), Tensor("w", (j, k)), Tensor("eta")
    >>> g, new = Tensor("g", (j, k)), Tensor("new", (j, k))
    >>> slope = SumOfProducts((Term(Fraction(1), (d(n, j), x(n, k)), (n,)),))
    >>> update = Elementwise((operand(0) - operand(1)*operand(2),), (w(j, k), eta(), g(j, k)))
    >>> lines = [Equation(g(j, k), slope, Origin("")), Equation(new(j, k), update, Origin(""))]
    >>> [(str(line.target), len(line.value.terms)) for line in joined(lines, ["new"], ["new"])]
    [('new[j, k]', 2)]
    """
    uses = Counter(access.tensor.name for line in equations for access in line.value.accesses)
    sums = {line.name: line for line in equations if uses[line.name] == 1 and line.name not in kept and _is_large(line)}
    found, gone = list[Equation](), set[str]()
    for line in equations:
        value = _with_sums(line, sums) if line.name in updates else None
        if value is not None:
            gone |= {access.tensor.name for access in line.value.accesses} & sums.keys()
        found.append(line if value is None else replace(line, value=value))
    return [line for line in found if line.name not in gone]


def _is_large(line: Equation) -> bool:
    """Whether it adds up many products, in each of which one of the arrays is smaller than the result."""
    value, target = line.value, line.target
    if not isinstance(value, SumOfProducts) or not target.plain or not any(term.looped for term in value.terms):
        return False
    size = _size(target.free)
    looped = [term for term in value.terms if term.looped]
    return all(
        size * _size(term.looped) >= _MANY and min(_size(factor.free) for factor in term.factors) < size
        for term in looped
    )


def _size(indices: Sequence[Index]) -> int:
    return prod(index.extent for index in indices)


def _with_sums(line: Equation, sums: Mapping[str, Equation]) -> SumOfProducts | None:
    """The update as a sum of products; None where it is not linear in what it reads, or reads none of the sums."""
    value = line.value
    if not isinstance(value, Elementwise) or not any(access.tensor.name in sums for access in value.operands):
        return None
    linear = _linear(value.factors, len(value.operands))
    if linear is None or not all(access.plain for access in value.operands):
        return None
    terms: list[Term] = []
    for number, places in linear:
        accesses = tuple(value.operands[place] for place in places)
        within = [access for access in accesses if access.tensor.name in sums]
        others = tuple(access for access in accesses if access.tensor.name not in sums)
        if len(within) > 1:
            return None
        if within:
            terms += _multiplied(number, others, within[0], sums[within[0].tensor.name], line)
        else:
            terms.append(Term(number, others))
    return total(*terms)


def _multiplied(
    number: Fraction, others: tuple[Access, ...], access: Access, line: Equation, update: Equation
) -> list[Term]:
    """The terms of the sum that an access reads, multiplied by a number and by others."""
    assert isinstance(line.value, SumOfProducts)
    names = dict(zip(line.target.free, access.free, strict=True))
    found = []
    for term in line.value.terms:
        taken = {index.name for index in update.target.free}
        for index in term.over:
            names[index] = _renamed(index, taken)
        term = term.rename(names)
        found.append(Term(number * term.coefficient, (*others, *term.factors), term.over))
    return found


def _renamed(index: Index, taken: set[str]) -> Index:
    name = index.name
    while name in taken:
        name += "_"
    taken.add(name)
    return replace(index, name=name)


@lru_cache(maxsize=256)
def _linear(factors: tuple[Expression, ...], count: int) -> Linear | None:
    """The product of the factors as terms, each of different operands at the first power; None where it is none."""
    places = {operand(k): k for k in range(count)}
    found = []
    for term in sympy.Add.make_args(sympy.expand(sympy.Mul(*factors))):
        number, rest = term.as_coeff_Mul()
        parts = [part for part in sympy.Mul.make_args(rest) if part != 1]
        if not number.is_Rational or any(part not in places for part in parts):
            return None
        found.append((Fraction(int(number.p), int(number.q)), tuple(places[part] for part in parts)))
    return tuple(found)
