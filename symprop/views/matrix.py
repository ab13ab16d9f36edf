"""The matrix view: products, transposes, ⊙, diag, row and column sums recognised from the index form; else it says so.

Where tensors have more than two axes, some axes go by name: for every head h, ``S_h = Q_h K_hᵀ``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import sympy

from symprop.derivation.step import Derivation
from symprop.errors import UnsupportedError
from symprop.ir.nodes import Elementwise, Node, SumOfProducts, Term, operand, rename
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Index, Tensor
from symprop.notation.formula import Entry, Formula, Number, Ones, Product, Sign, Symbol, Transpose
from symprop.views.convert import number, product, to_formula
from symprop.views.delta import written_out
from symprop.views.index import counted, hygienic
from symprop.views.matrix_terms import Axes, Factored, NoMatrixForm, Part, factored, summed, transposed
from symprop.views.tree import map_parts

Expression = Any
_MOST_AXES = 8  # of one equation, named or not: beyond, no reader follows


class MatrixView:
    """The lines of a derivation over vectors and matrices; vectors are columns, a matrix's rows go with its first axis."""

    def __init__(self, derivation: Derivation) -> None:
        self.program = derivation.program
        self._written_out = written_out(derivation.program)
        self._found: dict[str, tuple[Axes, Formula]] = {}

    def formula(self, name: str) -> Formula:
        """The right-hand side of a tensor's equation; UnsupportedError where it has no matrix form."""
        return self._form(name)[1]

    def has(self, name: str) -> bool:
        """Whether a tensor's equation has a matrix form."""
        try:
            return bool(self._form(name))
        except UnsupportedError:
            return False

    def target(self, name: str) -> Formula:
        """The left-hand side: the tensor, under the axes that go by name."""
        return self.labelled(self.program.tensors[name], name)

    def labelled(self, tensor: Tensor, name: str) -> Formula:
        """A tensor of the same axes under those axes that go by name in the form of `name`."""
        return _labelled(tensor(), tuple(i for i in tensor.indices if i in self._form(name)[0]))

    def _form(self, name: str) -> tuple[Axes, Formula]:
        if name not in self._found:
            self._found[name] = self._search(self.program.by_name[name])
        return self._found[name]

    def _search(self, equation: Equation) -> tuple[Axes, Formula]:
        """The form with the fewest named axes, the first ones rather than the last."""
        for named in _choices(equation):
            axes = tuple(index for index in equation.target.free if index not in named)
            try:
                return named, self._node(equation.value, axes, named)
            except NoMatrixForm:
                continue
        what = f"'{equation.name}' has no matrix form"
        raise UnsupportedError(what, remedy="The index form exists for every gradient.")

    def _node(self, node: Node, axes: Axes, named: Axes) -> Formula:
        if isinstance(node, SumOfProducts):
            return summed([self._term(term, axes, named) for term in node.terms], axes)
        if isinstance(node, Elementwise):
            return summed([self._elementwise(node, axes, named)], axes)
        raise NoMatrixForm

    def _term(self, term: Term, axes: Axes, named: Axes) -> Factored:
        parts = [self._part(factor, named) for factor in term.factors]
        over = tuple(index for index in term.over if index not in named)
        sums = tuple(index for index in term.over if index in named)
        coefficient = [number(term.coefficient)] if term.coefficient != 1 else []
        return factored(coefficient, parts, over, axes, sums)

    def _part(self, access: Access, named: Axes) -> Part:
        """A tensor under the axes it has left; the adjoint of anything but a weighted sum is replaced by what it equals."""
        axes = tuple(index for index in access.free if index not in named)
        if len(axes) > 2 or not _is_sliced(access):
            raise NoMatrixForm
        if access.tensor.name not in self._written_out:
            return Part(_labelled(access, named), axes)
        equation = self.program.by_name[access.tensor.name]
        taken = frozenset(index.name for index in (*named, *axes))
        return Part(self._node(rename(equation.value, hygienic(equation, access, taken)), axes, named), axes)

    def _elementwise(self, node: Elementwise, axes: Axes, named: Axes) -> Factored:
        """Each factor over the axes that it varies with; what varies with one axis of a matrix scales its rows or columns."""
        parts = {operand(k): self._part(access, named) for k, access in enumerate(node.operands)}
        found = [
            Part(_written(e, parts, own), own) for factor in node.factors for own, e in _by_axes(factor, parts, axes)
        ]
        return factored([], found, (), axes)


def _choices(equation: Equation) -> Iterator[Axes]:
    """Which axes may go by name, fewest first; what is left is to be a matrix at most."""
    accesses = [equation.target, *equation.value.accesses]
    if not equation.target.plain:
        return
    depth: dict[Index, int] = {}
    for access in accesses:
        for place, affine in enumerate(access.indices):
            for index in affine.indices:
                depth[index] = max(depth.get(index, 0), len(access.indices) - place)
    indices = sorted(depth, key=lambda index: -depth[index])  # those in front of a matrix's axes first
    if len(indices) > _MOST_AXES:
        return
    for count in range(len(indices) + 1):
        for named in combinations(indices, count):
            if all(len(set(access.free) - set(named)) <= 2 for access in accesses):
                yield named


def _is_sliced(access: Access) -> bool:
    """Whether each place is a whole axis or one position, and no axis stands twice."""
    bare = [affine.bare for affine in access.indices if affine.terms]
    whole = all(
        affine.gather is None and (not affine.terms or (affine.bare is not None and affine.bare.extent == axis.extent))
        for affine, axis in zip(access.indices, access.tensor.indices, strict=True)
    )
    return whole and len(set(bare)) == len(bare)


def _labelled(access: Access, named: Axes) -> Formula:
    labels = tuple(counted(a) for a in access.indices if not a.terms or (a.bare is not None and a.bare in named))
    return Entry(access.tensor.name, labels) if labels else Symbol(access.tensor.name)


def _by_axes(factor: Expression, parts: Mapping[Expression, Part], axes: Axes) -> Iterator[tuple[Axes, Expression]]:
    """The factor as a product of expressions that vary with different axes; whole where it varies with one set of them."""
    groups: dict[Axes, list[Expression]] = {}
    for expression in sympy.Mul.make_args(factor):
        own = _axes_of(expression, parts, axes)
        groups.setdefault(own, []).append(expression)
    whole = [own for own in groups if own]
    if len(whole) < 2 and all(expression.is_number for expression in groups.get((), [])):
        yield (whole[0] if whole else ()), factor
        return
    for own, expressions in groups.items():
        yield own, sympy.Mul(*expressions)


def _axes_of(expression: Expression, parts: Mapping[Expression, Part], axes: Axes) -> Axes:
    found = {index for symbol in expression.free_symbols for index in parts[symbol].axes}
    return tuple(index for index in axes if index in found)


def _written(expression: Expression, parts: Mapping[Expression, Part], axes: Axes) -> Formula:
    """A scalar expression over vectors or matrices of one shape, its products elementwise."""
    leaves = {symbol: _broadcast(part, axes) for symbol, part in parts.items() if symbol in expression.free_symbols}
    if expression in leaves:
        return leaves[expression]
    formula = to_formula(expression)
    return _filled(_hadamard(formula) if axes else formula, {symbol.name: leaf for symbol, leaf in leaves.items()})


def _broadcast(part: Part, axes: Axes) -> Formula:
    """The part's formula in the shape of the axes."""
    if part.axes == axes or not part.axes:
        return part.formula
    if len(part.axes) == 2:
        return transposed(part.formula)
    row, column = axes
    if part.axes == (row,):
        return product([part.formula, Transpose(Ones(column.extent))], Sign.JUXTAPOSED)
    return product([Ones(row.extent), Transpose(part.formula)], Sign.JUXTAPOSED)


def _hadamard(part: Formula) -> Formula:
    """A formula in which tight products become elementwise; a number in front stays a factor."""
    if isinstance(part, Product) and part.sign is Sign.JUXTAPOSED:
        numbers = [f for f in part.factors if isinstance(f, Number)]
        others = product((_hadamard(f) for f in part.factors if not isinstance(f, Number)), Sign.HADAMARD)
        return product([*numbers, others], Sign.JUXTAPOSED)
    return map_parts(part, _hadamard)


def _filled(part: Formula, leaves: Mapping[str, Formula]) -> Formula:
    """A formula with what stands for each operand put in."""
    if isinstance(part, Symbol):
        return leaves.get(part.name, part)
    return map_parts(part, lambda inner: _filled(inner, leaves))
