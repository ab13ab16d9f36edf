"""Which elements of the free tensors feed given elements of another, by following sets of them through a program's equations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symprop.derivation.unroll import Element, elements
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.nodes import Node, Reduction, SumOfProducts, Term
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role
from symprop.scalar.numeric import Arithmetic

Array = Any


@dataclass(frozen=True, slots=True)
class Feeds:
    """A set of free elements, a bit for each; the sum and the product of two are fed by both."""

    bits: int

    def __add__(self, other: object) -> Feeds:
        return Feeds(self.bits | other.bits) if isinstance(other, Feeds) else self

    __mul__ = __radd__ = __rmul__ = __add__


def feeding(
    program: Program, equations: Collection[Equation], name: str, chosen: Array
) -> Mapping[str, Collection[Element]]:
    """By free tensor, the elements that feed one of the elements of `name` where the array `chosen` is true."""
    free = [tensor for tensor in program.free if tensor.role is not Role.INDEX]
    numbered = [(tensor.name, element) for tensor in free for element in elements(tensor)]
    known = {tensor.name: np.empty(tensor.extents, dtype=object) for tensor in free}
    for number, (tensor, element) in enumerate(numbered):
        known[tensor][element] = Feeds(1 << number)
    found = evaluate_arrays(program, known, _SETS, [replace(e, value=_all_of(e.value)) for e in equations])
    bits = 0
    for feeds in found[name][chosen]:
        bits |= feeds.bits
    fed: dict[str, list[Element]] = {}
    for number, (tensor, element) in enumerate(numbered):
        if bits >> number & 1:
            fed.setdefault(tensor, []).append(element)
    return fed


def _all_of(value: Node) -> SumOfProducts:
    """A sum of products that reads what the node reads."""
    if isinstance(value, SumOfProducts):
        return value
    over = value.over if isinstance(value, Reduction) else ()
    return SumOfProducts(tuple(Term(Fraction(1), (access,), over) for access in value.accesses))


def _none(*_: object) -> Feeds:
    return Feeds(0)


_SETS = Arithmetic(rational=_none, constant=_none, given=_none, power=_none, functions={}, stable=False)
