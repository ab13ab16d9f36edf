"""What fills one row of a tensor: its equation at that row alone, and shares of an adjoint that add up row by row.

A row is what one place of one axis leaves. How the equations look on the page is `index`'s and `matrix`'s affair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.derivation.step import Derivation
from symprop.ir.nodes import SumOfProducts, Term, rename
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index, Moment
from symprop.views.delta import written_out
from symprop.views.index import hygienic


def settled(equation: Equation, but: Collection[str] = ()) -> Equation:
    """The equation where its target has room for one value of an index alone: there, and with no such index.

    One that reads a tensor in `but` is left as it is, and so is what is no sum of products.

    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.program import Origin
    >>> from symprop.ir.tensor import Tensor
    >>> k, j, one = Index("k", 3), Index("j", 2), Index("i", 1)
    >>> row = Access(Tensor("p", (one, j)), (Affine(((1, k),), -2), Affine(((1, j),))))
    >>> moved = settled(Equation(row, single(1, Tensor("y", (k, j))()), Origin("share", 1)))
    >>> str(moved.target), [str(access) for access in moved.value.accesses]
    ('p[0, j]', ['y[2, j]'])
    """
    places = dict(_places(equation.target))
    read = {access.tensor.name for access in equation.value.accesses}
    if not places or not isinstance(equation.value, SumOfProducts) or not read.isdisjoint(but):
        return equation
    terms = [
        replace(term, factors=tuple(_at(factor, places) for factor in term.factors)) for term in equation.value.terms
    ]
    return replace(equation, target=_at(equation.target, places), value=SumOfProducts(tuple(terms)))


def _places(target: Access) -> Iterator[tuple[Index, int]]:
    """Where an index is, of which one value alone is in range: on an axis of one place, and at a distance from it."""
    for affine, axis in zip(target.indices, target.tensor.indices, strict=True):
        if axis.extent == 1 and affine.gather is None and len(affine.terms) == 1:
            ((factor, index),) = affine.terms
            place = -affine.offset * factor
            if abs(factor) == 1 and 0 <= place < index.extent != 1:
                yield index, place


def _at(access: Access, places: Mapping[Index, int]) -> Access:
    return Access(access.tensor, tuple(_settled(affine, places) for affine in access.indices))


def _settled(affine: Affine, places: Mapping[Index, int]) -> Affine:
    if places.keys().isdisjoint(affine.indices):
        return affine
    offset = affine.offset + sum(factor * places[index] for factor, index in affine.terms if index in places)
    terms = tuple(term for term in affine.terms if term[1] not in places)
    return replace(affine, terms=terms, offset=offset, gather=affine.gather and _at(affine.gather, places))


@dataclass(frozen=True)
class Rows:
    """The adjoints of one derivation that get shares row by row, some for every row.

    In the program each use of a row has its share, which is zero around it, and the shares are added up, with what uses of the
    whole contribute. A reader would rather see what a row is.
    """

    core: Derivation

    @cached_property
    def lines(self) -> dict[str, tuple[Equation, ...]]:
        """By the name of such an adjoint: what each of its rows is, in one sum."""
        found = {e.name: self._rows(e) for e in self.core.program.equations if e.name not in self._hidden}
        return {name: rows for name, rows in found.items() if rows}

    @cached_property
    def shares(self) -> frozenset[str]:
        """The names of the shares that stand in the rows."""
        terms = (term for name in self.lines for term in _terms(self.core.program.by_name[name]))
        return frozenset(share.name for term in terms if (share := self._share(term)) is not None)

    @cached_property
    def _hidden(self) -> frozenset[str]:
        return written_out(self.core.program)

    def _rows(self, equation: Equation) -> tuple[Equation, ...]:
        """The rows of an adjoint, in order; none where a row has no share, or what else is added up has no rows."""
        found: dict[int, list[Equation]] = {}
        axes, others = set(), []
        for term in _terms(equation):
            share = self._share(term)
            if share is None:
                others.append(term)
            else:
                axis = _axis(share.target)
                axes.add(axis)
                found.setdefault(share.target.indices[axis].offset, []).append(share)
        if len(axes) != 1 or not equation.target.plain or not self._have_rows(others):
            return ()
        (axis,) = axes
        if len(found) < equation.target.tensor.extents[axis]:
            return ()
        rows = [_row(equation, axis, place, found[place], others) for place in sorted(found)]
        moments = {row.target.tensor.moment for row in rows}
        return tuple(rows if len(moments) == len(rows) else map(_timeless, rows))

    def _have_rows(self, terms: Iterable[Term]) -> bool:
        """Whether the terms read no other share, and nothing that forms replace by what it equals as a whole."""
        read = [factor.tensor for term in terms for factor in term.factors]
        return all(tensor.share is None and tensor.name not in self._hidden for tensor in read)

    def _share(self, term: Term) -> Equation | None:
        """The equation of a share that a term adds as it is, that fills one row, and that is read nowhere else."""
        if term.coefficient != 1 or term.over or len(term.factors) != 1 or not term.factors[0].plain:
            return None
        equation = self.core.program.by_name.get(term.factors[0].tensor.name)
        if equation is None or equation.target.tensor.share is None or self.core.program.reads[equation.name] > 1:
            return None
        fits = equation.target.bounded and _fills_row(equation.target)
        return equation if fits and isinstance(equation.value, SumOfProducts) else None


def _terms(equation: Equation) -> tuple[Term, ...]:
    return equation.value.terms if isinstance(equation.value, SumOfProducts) else ()


def _row(adjoint: Equation, axis: int, place: int, shares: Sequence[Equation], others: Sequence[Term]) -> Equation:
    """What shares of one row come to, with other terms at that row; of one step in time where all shares are."""
    index = adjoint.target.indices[axis].bare
    assert index is not None
    target = _at(adjoint.target, {index: place}) if others else shares[0].target
    steps = {None if m is None else m.step for m in (share.target.tensor.moment for share in shares)}
    step = steps.pop() if len(steps) == 1 else None
    terms = [term for share in shares for term in _under(share, target)]
    terms += [replace(term, factors=tuple(_at(factor, {index: place}) for factor in term.factors)) for term in others]
    tensor = replace(adjoint.target.tensor, moment=None if step is None else Moment(adjoint.name, step))
    return Equation(Access(tensor, target.indices), SumOfProducts(tuple(terms)), adjoint.origin)


def _under(share: Equation, target: Access) -> tuple[Term, ...]:
    """The terms of a share under the indices of a target."""
    if share.target.indices == target.indices:
        return _terms(share)
    return _terms(replace(share, value=rename(share.value, hygienic(share, target, frozenset()))))


def _timeless(row: Equation) -> Equation:
    tensor = replace(row.target.tensor, moment=None)
    return replace(row, target=replace(row.target, tensor=tensor))


def _fills_row(target: Access) -> bool:
    """Whether a target has one place of one axis, and the others whole."""
    axes = list(zip(target.indices, target.tensor.indices, strict=True))
    places = [affine for affine, _ in axes if not affine.indices]
    whole = {affine.bare for affine, axis in axes if affine.bare is not None and affine.bare.extent == axis.extent}
    return len(places) == 1 and len(whole) == len(axes) - 1


def _axis(target: Access) -> int:
    """The axis of which a row is one place."""
    return next(number for number, affine in enumerate(target.indices) if not affine.indices)
