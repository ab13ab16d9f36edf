"""Tensors that others are stacked into, as the states of a sequence are: which row each is; who tells of them is `layerwise`.

In the program a stack is a sum of rows, each read at its distance from a place; many rows stand in blocks first. A reader
would rather see each row in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from symprop.derivation.step import Derivation
from symprop.document.lines import Lines, Pair
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine
from symprop.notation.formula import Chain, Entry, Formula
from symprop.views.tree import map_parts


class _Place(NamedTuple):
    """Where something lies: from `start` on, along one `axis` of the tensor `of`."""

    of: str
    axis: int
    start: int


@dataclass(frozen=True)
class Stacks:
    """The stacks of one derivation."""

    core: Derivation

    @cached_property
    def rows(self) -> dict[str, Access]:
        """By the name of what holds a row: that row of the stack."""
        return {name: self._row(place) for name, place in self._places.items() if name not in self._parts}

    @cached_property
    def wholes(self) -> frozenset[str]:
        """The names of the stacks themselves, and of the blocks in them."""
        return frozenset(self._parts)

    @cached_property
    def copies(self) -> dict[str, _Place]:
        """The adjoints of rows and blocks that are copies of a part of another adjoint, by name, with what they copy."""
        found: dict[str, _Place] = {}
        for name in reversed(self._parts):  # a block after what it lies in
            for part, place in self._parts[name].items():
                copied = place._replace(of=self.core.adjoint(name))
                if self._is_copy(part, copied):
                    outer = found.get(copied.of, copied._replace(start=0))
                    found[self.core.adjoint(part)] = outer._replace(start=outer.start + place.start)
        return found

    def line(self, name: str) -> Equation:
        """What a row is, in its place of the stack; of the row's moment."""
        equation, place = self.core.program.by_name[name], self._places[name]
        indices = list(equation.target.indices)
        indices[place.axis] = Affine((), place.start)
        stack = replace(self.core.program.tensors[place.of], moment=equation.target.tensor.moment)
        return replace(equation, target=Access(stack, tuple(indices)))

    def pair(self, name: str) -> Pair:
        """What a row is, in both forms."""
        return self._lines.pair(self.line(name))

    def readable(self, pair: Pair) -> Pair:
        """A line in which the stack's adjoint stands for its copies."""
        return Pair(self.placed(pair.by_index), pair.by_matrix and self.placed(pair.by_matrix))

    def placed(self, chain: Chain) -> Chain:
        """A chain in which the stack's adjoint stands for its copies."""
        return replace(chain, sides=tuple(map(self._renamed, chain.sides)))

    def _renamed(self, formula: Formula) -> Formula:
        """The formula over what is copied, at the place that it is a copy of."""
        copied = self.copies.get(formula.tensor) if isinstance(formula, Entry) else None
        if not isinstance(formula, Entry) or copied is None:
            return map_parts(formula, self._renamed)
        places = list(formula.indices)
        places[copied.axis] = str(int(places[copied.axis]) + copied.start)
        return Entry(copied.of, tuple(places))

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.core)

    @cached_property
    def _places(self) -> dict[str, _Place]:
        """Where of its stack each row lies, and each block."""
        found: dict[str, _Place] = {}
        for name in reversed(self._parts):
            outer = found.get(name)
            for part, place in self._parts[name].items():
                found[part] = place if outer is None else outer._replace(start=outer.start + place.start)
        return found

    @cached_property
    def _parts(self) -> dict[str, dict[str, _Place]]:
        """By the name of a stack or a block: the rows or the blocks that it is made of, and where they lie in it."""
        axes: dict[str, int] = {}
        found: dict[str, dict[str, _Place]] = {}
        for equation in self.core.forward.equations:
            axis, parts = _axis_of_row(equation), _summands(equation)
            of_parts = {axes.get(part.tensor.name) for part in parts}
            if axis is not None:
                axes[equation.name] = axis
            elif len(of_parts) == 1 and (axis := of_parts.pop()) is not None and self._fill(equation, parts, axis):
                axes[equation.name] = axis
                found[equation.name] = {
                    part.tensor.name: _Place(equation.name, axis, -part.indices[axis].offset) for part in parts
                }
        return found

    def _fill(self, equation: Equation, parts: list[Access], axis: int) -> bool:
        """Whether parts that have no other use fill the axis one after the other, and lie along the others as they are."""
        target, end = equation.target, 0
        for part in parts:
            here = replace(target.indices[axis], offset=-end)
            places = (*target.indices[:axis], here, *target.indices[axis + 1 :])
            if self.core.forward.reads[part.tensor.name] > 1 or not _same(part.indices, places):
                return False
            end += part.tensor.extents[axis]
        others = [extents[:axis] + extents[axis + 1 :] for extents in (p.tensor.extents for p in (target, *parts))]
        return end == target.tensor.extents[axis] and len(set(others)) == 1

    def _row(self, place: _Place) -> Access:
        target = self.core.forward.by_name[place.of].target
        indices = list(target.indices)
        indices[place.axis] = Affine((), place.start)
        return Access(target.tensor, tuple(indices))

    def _is_copy(self, part: str, place: _Place) -> bool:
        """Whether the adjoint of a part, unless it is asked for, is what stands at its place in the adjoint of the whole."""
        equation = self.core.program.by_name.get(self.core.adjoint(part))
        source = None if equation is None or part in self.core.gradients else _copied(equation)
        if equation is None or source is None or source.tensor.name != place.of or source.free != equation.target.free:
            return False
        here = replace(source.indices[place.axis], offset=-place.start)
        places = (*source.indices[: place.axis], here, *source.indices[place.axis + 1 :])
        return _same(equation.target.indices, places)


def _same(one: tuple[Affine, ...], other: tuple[Affine, ...]) -> bool:
    """Whether two sets of indices are the same but for the axes that they are on."""
    return all((a.terms, a.offset, a.gather) == (b.terms, b.offset, b.gather) for a, b in zip(one, other, strict=True))


def _summands(equation: Equation) -> list[Access]:
    """What the equation adds up; nothing where it does anything else."""
    value = equation.value
    if not isinstance(value, SumOfProducts) or not equation.target.plain:
        return []
    single = all(term.coefficient == 1 and len(term.factors) == 1 and not term.over for term in value.terms)
    parts = [term.factors[0] for term in value.terms] if single else []
    return parts if all(len(part.indices) == len(equation.target.indices) for part in parts) else []


def _axis_of_row(equation: Equation) -> int | None:
    """The axis of one place that the equation gives a copy; None where it does anything else."""
    target, source = equation.target, _copied(equation)
    axes = zip(target.indices, target.tensor.indices, strict=True)
    whole = [affine.bare is not None and affine.bare.extent == axis.extent for affine, axis in axes]
    if source is None or source.free != target.free or whole.count(False) != 1:
        return None
    axis = whole.index(False)
    affine, extent = target.indices[axis], target.tensor.extents[axis]
    return axis if (affine.terms, affine.gather, extent) == ((), None, 1) else None


def _copied(equation: Equation) -> Access | None:
    """What the equation copies as it is."""
    value = equation.value
    if not isinstance(value, SumOfProducts) or len(value.terms) != 1:
        return None
    (term,) = value.terms
    copy = term.coefficient == 1 and len(term.factors) == 1 and not term.over and term.factors[0].plain
    return term.factors[0] if copy else None
