"""Tensors that others are stacked into, as the states of a sequence are: which row each is; who tells of them is `layerwise`.

In the program a stack is a sum of tensors that are zero but for one row each. A reader would rather see the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.derivation.step import Derivation
from symprop.document.lines import Pair
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import Access
from symprop.notation.formula import WHOLE, Chain, Entry, Formula, Symbol
from symprop.views.index import entry
from symprop.views.tree import map_parts

_MOST_AXES = 2  # of a matrix


@dataclass(frozen=True)
class Stacks:
    """The stacks of one derivation."""

    core: Derivation

    @cached_property
    def rows(self) -> dict[str, Access]:
        """By the name of what holds a row and zeros: that row of the stack."""
        return {name: row for equation in self.core.forward.equations for name, row in self._rows_of(equation)}

    @cached_property
    def wholes(self) -> frozenset[str]:
        """The names of the stacks themselves."""
        return frozenset(row.tensor.name for row in self.rows.values())

    @cached_property
    def copies(self) -> dict[str, str]:
        """The adjoints of the rows that are copies of the stack's, by name, with what they copy."""
        found = {}
        for name, row in self.rows.items():
            adjoint, whole = self.core.adjoint(name), self.core.adjoint(row.tensor.name)
            equation = self.core.program.by_name.get(adjoint)
            source = None if equation is None or name in self.core.gradients else _copied(equation)
            if equation and source and source.tensor.name == whole and source.indices == equation.target.indices:
                found[adjoint] = whole
        return found

    def pair(self, name: str) -> Pair:
        """What a row is, in both forms."""
        equation = self.core.program.by_name[name]
        row, source = self.rows[name], _copied(equation)
        assert source is not None
        target = _entry(row)
        places = tuple(
            WHOLE if affine.terms else text for affine, text in zip(row.indices, target.indices, strict=True)
        )
        labels = places[:1] if places[0] != WHOLE else places
        by_matrix = Chain((Entry(row.tensor.name, labels), Symbol(source.tensor.name)))
        return Pair(Chain((target, entry(source))), by_matrix if len(source.indices) <= _MOST_AXES else None)

    def readable(self, pair: Pair) -> Pair:
        """A line in which the stack's adjoint stands for its copies."""
        chains = [chain and replace(chain, sides=tuple(map(self._renamed, chain.sides))) for chain in pair]
        return Pair(chains[0] or pair.by_index, chains[1])

    def _renamed(self, formula: Formula) -> Formula:
        match formula:
            case Symbol(name):
                return Symbol(self.copies.get(name, name))
            case Entry(tensor, indices):
                return Entry(self.copies.get(tensor, tensor), indices)
        return map_parts(formula, self._renamed)

    def _rows_of(self, equation: Equation) -> Iterator[tuple[str, Access]]:
        """The rows, if the equation adds up tensors that have one each, every row of the axis once, and no other use."""
        program, parts = self.core.forward, _summands(equation)
        lines = [program.by_name.get(part.tensor.name) for part in parts]
        rows = [replace(line.target, tensor=equation.target.tensor) for line in lines if line and _is_row(line)]
        axes = {place for row in rows for place, affine in enumerate(row.indices) if not affine.terms}
        if len(rows) < len(parts) or len(axes) != 1 or any(program.reads[part.tensor.name] > 1 for part in parts):
            return
        (axis,) = axes
        if sorted(row.indices[axis].offset for row in rows) == list(range(equation.target.tensor.extents[axis])):
            yield from zip((part.tensor.name for part in parts), rows, strict=True)


def _summands(equation: Equation) -> list[Access]:
    """What the equation adds up, all under its own indices; nothing where it does anything else."""
    value = equation.value
    if not isinstance(value, SumOfProducts) or not equation.target.plain:
        return []
    single = all(term.coefficient == 1 and len(term.factors) == 1 and not term.over for term in value.terms)
    parts = [term.factors[0] for term in value.terms] if single else []
    return parts if all(part.indices == equation.target.indices and part.plain for part in parts) else []


def _is_row(equation: Equation) -> bool:
    """Whether the equation puts a copy at one position of one axis and covers the other axes."""
    target, source = equation.target, _copied(equation)
    axes = zip(target.indices, target.tensor.indices, strict=True)
    whole = [affine.bare is not None and affine.bare.extent == axis.extent for affine, axis in axes]
    fixed = [affine for affine in target.indices if not affine.terms and affine.gather is None]
    return source is not None and source.free == target.free and len(fixed) == 1 and sum(whole) == len(whole) - 1


def _copied(equation: Equation) -> Access | None:
    """What the equation copies as it is."""
    value = equation.value
    if not isinstance(value, SumOfProducts) or len(value.terms) != 1:
        return None
    (term,) = value.terms
    copy = term.coefficient == 1 and len(term.factors) == 1 and not term.over and term.factors[0].plain
    return term.factors[0] if copy else None


def _entry(access: Access) -> Entry:
    found = entry(access)
    assert isinstance(found, Entry)
    return found
