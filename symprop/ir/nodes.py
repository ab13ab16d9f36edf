"""The closed set of right-hand sides: SumOfProducts, Elementwise, Reduction; how each is differentiated is in `derivation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

import sympy

from symprop.ir.tensor import Access, Index

Expression = Any


@lru_cache(maxsize=256)
def operand(position: int) -> Expression:
    """The symbol that stands for an operand, by its position, in the scalar expression of an Elementwise."""
    return sympy.Symbol(f"x{position}", real=True)


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient · factor · factor · …``, summed over the indices `over`; factors stand in reading order.

    `over` is not implied: after a constant factor has been folded away it alone remembers that a sum stood there.
    """

    coefficient: Fraction
    factors: tuple[Access, ...]
    over: tuple[Index, ...] = ()

    @property
    def looped(self) -> tuple[Index, ...]:
        """The summed indices that some factor reads."""
        return tuple(index for index in self.over if any(index in factor.free for factor in self.factors))

    @property
    def repeated(self) -> int:
        """How often the sum repeats each product: over the summed indices that no factor reads."""
        looped = self.looped
        return prod(index.extent for index in self.over if index not in looped)

    def rename(self, names: Mapping[Index, Index]) -> Term:
        over = tuple(names.get(index, index) for index in self.over)
        return Term(self.coefficient, tuple(f.rename(names) for f in self.factors), over)


@dataclass(frozen=True, slots=True)
class SumOfProducts:
    """A sum of terms: dense layers, biases, and every accumulated adjoint. No terms is zero.

    With an affine target it scatters: each assignment of the indices adds to the element that the target names, what falls
    outside is dropped, and an element that nothing reaches is zero.
    """

    terms: tuple[Term, ...]

    @property
    def accesses(self) -> Iterator[Access]:
        return (factor for term in self.terms for factor in term.factors)


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A product of scalar expressions over operands that broadcast to the target's indices.

    The expressions are over `operand(0)`, `operand(1)`, …, one for each access in `operands`; they are kept as ordered
    factors since SymPy would sort them. Most have one factor.
    """

    factors: tuple[Expression, ...]
    operands: tuple[Access, ...]

    @property
    def expression(self) -> Expression:
        """The product of the factors."""
        return self.factors[0] if len(self.factors) == 1 else sympy.Mul(*self.factors)

    @property
    def accesses(self) -> Iterator[Access]:
        return iter(self.operands)


@dataclass(frozen=True, slots=True)
class Reduction:
    """``max`` or ``logsumexp`` of the operands over the indices `over` (several operands, since unrolled there is no index).

    Out of range an operand reads the reduction's identity, −∞ for both.
    """

    kind: str
    operands: tuple[Access, ...]
    over: tuple[Index, ...] = ()

    @property
    def accesses(self) -> Iterator[Access]:
        return iter(self.operands)


Node = SumOfProducts | Elementwise | Reduction


def single(coefficient: Fraction | int, *factors: Access, over: tuple[Index, ...] = ()) -> SumOfProducts:
    """A sum of products with one term."""
    return SumOfProducts((Term(Fraction(coefficient), factors, over),))


def total(*terms: Term) -> SumOfProducts:
    """A sum of products from its terms."""
    return SumOfProducts(terms)


def elementwise(expression: Expression, *operands: Access) -> Elementwise:
    """An Elementwise of one factor over canonical operands: each access once, unused ones dropped."""
    symbols = expression.free_symbols
    used = [k for k in range(len(operands)) if operand(k) in symbols]
    distinct = list(dict.fromkeys(operands[k] for k in used))
    moved = {operand(k): operand(distinct.index(operands[k])) for k in used}
    if any(old != new for old, new in moved.items()):
        expression = expression.xreplace(moved)
    return Elementwise((expression,), tuple(distinct))


def with_operands(node: Elementwise, operands: tuple[Access, ...]) -> Elementwise:
    """The node over other operands, of which some may be the same: each then stands once."""
    distinct = list(dict.fromkeys(operands))
    if len(distinct) == len(operands):
        return Elementwise(node.factors, operands)
    moved = {operand(k): operand(distinct.index(access)) for k, access in enumerate(operands)}
    return Elementwise(tuple(factor.xreplace(moved) for factor in node.factors), tuple(distinct))


def rename(node: Node, names: Mapping[Index, Index]) -> Node:
    """The node with its indices renamed, bound ones included."""
    if isinstance(node, SumOfProducts):
        return SumOfProducts(tuple(term.rename(names) for term in node.terms))
    operands = tuple(access.rename(names) for access in node.operands)
    if isinstance(node, Elementwise):
        return Elementwise(node.factors, operands)
    return Reduction(node.kind, operands, tuple(names.get(index, index) for index in node.over))
