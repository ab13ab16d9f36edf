"""Lifts the adjoints of a weighted sum to all weights at once, one equation at a time; which equations is `jacobian`'s.

An adjoint of ``Σ v·y`` is linear in v. For each unit vector v it is one row of a Jacobian, so every adjoint gets the axes
of y in front, and v itself becomes the identity. An identity goes where it can: an index that is summed takes the outer
index's place, and a free one makes the block diagonal in that axis, of which only the diagonal is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import sympy

from symprop.errors import InternalError
from symprop.ir.nodes import Elementwise, Expression, Node, SumOfProducts, Term, operand, single
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index, Tensor

Place = TypeVar("Place")
Delta = tuple[Index, Affine]  # 1 where the outer index and the place are equal, else 0
Pair = tuple[Index, Index]  # an outer index, and the index that it takes the place of
Names = dict[Index, Index]
Identity = Callable[[Index], Tensor]


@dataclass(frozen=True, slots=True)
class Rows:
    """How a block lies in the whole Jacobian: the axes of the output are its first, then those that it has of its own.

    For each axis of the quantity to differentiate by, `tied` has the outer index that it has to equal, else the block is
    zero there, or None for an axis of the block's own.

    >>> o, p = Index("o", 2), Index("p", 3)
    >>> Rows((o, p), (p, None)).whole(["1", "2", "3"])
    ('1', '2', '2', '3')
    """

    outer: tuple[Index, ...]
    tied: tuple[Index | None, ...]

    def whole(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """The place in the whole Jacobian of a place in the block."""
        count = len(self.outer)
        equal = dict(zip(self.outer, places[:count], strict=True))
        own = iter(places[count:])
        return (*places[:count], *(next(own) if index is None else equal[index] for index in self.tied))

    def own(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Of places on all axes of the quantity, those on the axes that the block has."""
        return tuple(place for place, index in zip(places, self.tied, strict=True) if index is None)


@dataclass(frozen=True, slots=True)
class Lifted:
    """What stands for an adjoint: the access to its block under the outer indices, or one number on the diagonal."""

    rows: Rows
    block: Access | None = None
    number: Fraction = Fraction(1)

    def read(self, access: Access) -> tuple[tuple[Access, ...], list[Delta]]:
        """The factors that stand for an access to the adjoint, and the deltas that they are to be multiplied by."""
        tied = zip(self.rows.tied, access.indices, strict=True)
        deltas = [(index, place) for index, place in tied if index is not None]
        if self.block is None:
            return (), deltas
        outer = self.block.indices[: len(self.rows.outer)]
        return (Access(self.block.tensor, (*outer, *self.rows.own(access.indices))),), deltas


@dataclass(frozen=True, slots=True)
class _Product:
    """A term with the deltas that it is to be multiplied by."""

    term: Term
    deltas: tuple[Delta, ...]

    def rename(self, names: Mapping[Index, Index]) -> _Product:
        return _Product(self.term.rename(names), _renamed(self.deltas, names))

    def summed(self) -> _Product:
        """With each delta whose place is an index of the sum gone: the sum has one term that is not zero."""
        for delta in self.deltas:
            index = _index(delta)
            if index in self.term.over:
                over = tuple(i for i in self.term.over if i != index)
                return _Product(replace(self.term, over=over), self.deltas).rename({index: delta[0]}).summed()
        return self

    def written(self, identity: Identity) -> Term:
        """The term with the deltas that are left as factors."""
        return replace(self.term, factors=(*_identities(self.deltas, identity), *self.term.factors))


def lift(
    equation: Equation, known: Mapping[str, Lifted], outer: tuple[Index, ...], identity: Identity
) -> tuple[Rows, tuple[Affine, ...], Node]:
    """The block that stands for an adjoint: how it lies, its own places, and its value.

    `known` has what stands for the adjoints that the equation reads; `identity` gives the identity for an outer index.
    """
    if isinstance(equation.value, SumOfProducts):
        products = [_read(term, known).summed() for term in equation.value.terms]
        names = _shared([product.deltas for product in products], equation, outer)
        value: Node = SumOfProducts(tuple(product.rename(names).written(identity) for product in products))
    elif isinstance(equation.value, Elementwise):
        value, names = _lift_elementwise(equation, equation.value, known, outer, identity)
    else:
        raise InternalError("an adjoint is neither a sum of products nor elementwise", where=f"'{equation.name}'")
    target = equation.target.rename(names)
    pairs = zip(target.indices, target.tensor.indices, strict=True)
    rows = Rows(outer, tuple(_tied(place, axis, outer) for place, axis in pairs))
    return rows, rows.own(target.indices), value


def _tied(place: Affine, axis: Index, outer: tuple[Index, ...]) -> Index | None:
    bare = place.bare
    return bare if bare in outer and bare is not None and bare.extent == axis.extent else None


def _read(term: Term, known: Mapping[str, Lifted]) -> _Product:
    """The term over what stands for the one adjoint in it."""
    lifted = [factor for factor in term.factors if factor.tensor.name in known]
    if len(lifted) != 1:
        raise InternalError("a term of an adjoint is not linear in the weights", got=f"{len(lifted)} adjoints in it")
    found = known[lifted[0].tensor.name]
    factors, deltas = found.read(lifted[0])
    place = term.factors.index(lifted[0])
    others = (*term.factors[:place], *factors, *term.factors[place + 1 :])
    return _Product(Term(term.coefficient * found.number, others, term.over), tuple(deltas))


def _index(delta: Delta) -> Index | None:
    """The index that the outer one can take the place of."""
    outer, place = delta
    bare = place.bare
    return bare if bare is not None and bare != outer and bare.extent == outer.extent else None


def _shared(products: Sequence[Sequence[Delta]], equation: Equation, outer: tuple[Index, ...]) -> Names:
    """The free indices of the target for which every term has the same outer index."""
    free = [index for index in equation.target.free if index not in outer]
    pairs = [[(index, delta[0]) for delta in deltas if (index := _index(delta)) in free] for deltas in products]
    shared = [pair for pair in pairs[0] if all(pair in others for others in pairs)] if pairs else []
    return {index: new for index, new in reversed(shared) if index is not None}


def _renamed(deltas: Sequence[Delta], names: Mapping[Index, Index]) -> tuple[Delta, ...]:
    """The deltas with other indices, without those that are 1 for certain."""
    new = ((outer, place.rename(names)) for outer, place in deltas)
    return tuple((outer, place) for outer, place in new if place.bare != outer)


def _identities(deltas: Sequence[Delta], identity: Identity) -> tuple[Access, ...]:
    found = ((identity(outer), outer, place) for outer, place in deltas)
    return tuple(Access(tensor, (Affine(((1, outer),)), place)) for tensor, outer, place in found)


def _lift_elementwise(
    equation: Equation,
    value: Elementwise,
    known: Mapping[str, Lifted],
    outer: tuple[Index, ...],
    identity: Identity,
) -> tuple[Node, Names]:
    """The other factors times what stands for the adjoint, which is a factor of its own."""
    places = [k for k, access in enumerate(value.operands) if access.tensor.name in known]
    adjoint = operand(places[0] if places else len(value.operands))
    others = [factor for factor in value.factors if factor != adjoint]
    if len(places) != 1 or len(others) != len(value.factors) - 1 or any(adjoint in f.free_symbols for f in others):
        raise InternalError("an adjoint is not linear in the weights", where=f"'{equation.name}'")
    found = known[value.operands[places[0]].tensor.name]
    accesses, deltas = found.read(value.operands[places[0]])
    names = _shared([deltas], equation, outer)
    new = (*accesses, *_identities(_renamed(deltas, names), identity))
    operands = [access.rename(names) for access in (*value.operands, *new)]
    symbols = [operand(len(value.operands) + k) for k in range(len(new))]
    number = [] if found.number == 1 else [sympy.Rational(found.number.numerator, found.number.denominator)]
    factors = (*number, *symbols, *others)
    return (_canonical(factors, operands) if factors else single(1)), names


def _canonical(factors: Sequence[Expression], operands: Sequence[Access]) -> Elementwise:
    """Each access once, unused ones dropped."""
    used = [k for k in range(len(operands)) if any(operand(k) in factor.free_symbols for factor in factors)]
    distinct = list(dict.fromkeys(operands[k] for k in used))
    moved = {operand(k): operand(distinct.index(operands[k])) for k in used}
    return Elementwise(tuple(factor.xreplace(moved) for factor in factors), tuple(distinct))
