"""The matrix view: products, transposes, ⊙, diag, row and column sums recognised from the index form; else it says so.

Where tensors have more than two axes, some axes go by name: for every head h, ``S_h = Q_h K_hᵀ``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, takewhile
from typing import Any

import sympy

from symprop.derivation.step import Derivation
from symprop.errors import UnsupportedError
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term, operand, rename
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Index, Tensor
from symprop.notation.formula import (
    WHOLE,
    Call,
    Entry,
    Formula,
    Number,
    Ones,
    Power,
    Product,
    Sign,
    Symbol,
    Transpose,
)
from symprop.views.convert import number, product, to_formula
from symprop.views.delta import written_out
from symprop.views.index import Line, counted, hygienic, readable
from symprop.views.matrix_terms import Axes, Factored, NoMatrixForm, Part, factored, summed, transposed
from symprop.views.rows import settled
from symprop.views.tree import map_parts, symbols

Expression = Any
_MOST_AXES = 8  # of one equation, named or not: beyond, no reader follows


class MatrixView:
    """The lines of a derivation over vectors and matrices; vectors are columns, a matrix's rows go with its first axis.

    Adjoints in `named` are always left by name.
    """

    def __init__(self, derivation: Derivation, named: Collection[str] = ()) -> None:
        self.program = derivation.program
        self._written_out = written_out(derivation.program, named)
        self._found: dict[Line, tuple[Axes, Formula]] = {}

    def formula(self, name: Line) -> Formula:
        """The right-hand side of a tensor's equation; UnsupportedError where it has no matrix form."""
        return self._form(name)[1]

    def has(self, name: Line) -> bool:
        """Whether a tensor's equation has a matrix form."""
        try:
            return bool(self._form(name))
        except UnsupportedError:
            return False

    def target(self, name: Line) -> Formula:
        """The left-hand side: the tensor, under the axes that go by name, and at the place of what fills a part of it."""
        return self.labelled(self._readable(name).target.tensor, name)

    def labelled(self, tensor: Tensor, name: Line) -> Formula:
        """A tensor of the same axes under those axes that go by name in the form of `name`."""
        return _labelled(Access(tensor, self._readable(name).target.indices), self._form(name)[0])

    def _readable(self, name: Line) -> Equation:
        return settled(readable(self.program, name), but=self._written_out)

    def _form(self, name: Line) -> tuple[Axes, Formula]:
        if name not in self._found:
            self._found[name] = self._search(self._readable(name))
        return self._found[name]

    def is_matrix(self, access: Access, named: Axes) -> bool:
        """Whether what an access has left is a matrix at most."""
        return len(set(access.free) - set(named)) <= 2

    def _search(self, equation: Equation) -> tuple[Axes, Formula]:
        """The form with the fewest named axes, the first ones rather than the last."""
        for named in _choices(equation, self.is_matrix):
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
        if node.kind == "logsumexp":
            return self._logarithm(node, axes, named)
        raise NoMatrixForm

    def _term(self, term: Term, axes: Axes, named: Axes) -> Factored:
        parts = [self._part(factor, named) for factor in term.factors]
        coefficient = [number(term.coefficient)] if term.coefficient != 1 else []
        return factored(coefficient, parts, *_split(term.over, named), axes)

    def _logarithm(self, node: Reduction, axes: Axes, named: Axes) -> Formula:
        """The logarithm of the summed exponentials; that the largest is taken out first is an affair of the computation."""
        terms = []
        for access in node.operands:
            if not access.bounded:  # what is out of range would count as the exponential of 0
                raise NoMatrixForm
            part = self._part(access, named)
            exponential = Part(Call("exp", (part.formula,), bool(part.axes)), part.axes)
            terms.append(factored([], [exponential], *_split(node.over, named), axes))
        return Call("log", (summed(terms, axes),), bool(axes))

    def _part(self, access: Access, named: Axes) -> Part:
        """A tensor under the axes it has left; the adjoint of anything but a weighted sum is replaced by what it equals."""
        axes = tuple(index for index in access.free if index not in named)
        if len(axes) > 2 or not _is_sliced(access):
            raise NoMatrixForm
        if access.tensor.name not in self._written_out:
            return Part(_labelled(access, named), axes)
        equation = self.program.by_name[access.tensor.name]
        taken = frozenset(index.name for index in (*named, *axes))
        return Part(self._within(rename(equation.value, hygienic(equation, access, taken)), axes, named), axes)

    def _within(self, node: Node, axes: Axes, named: Axes) -> Formula:
        """What is written out in a formula: of the axes that it sums over, as few as possible go by name."""
        bound = _bound(node)
        for count in range(len(bound) + 1 if len(bound) <= _MOST_AXES else 1):
            for more in combinations(bound, count):
                try:
                    return self._node(node, axes, (*named, *more))
                except NoMatrixForm:
                    continue
        raise NoMatrixForm

    def _elementwise(self, node: Elementwise, axes: Axes, named: Axes) -> Factored:
        """Each factor over the axes that it varies with; what varies with one axis of a matrix scales its rows or columns."""
        parts = {operand(k): self._part(access, named) for k, access in enumerate(node.operands)}
        found = [
            Part(_written(e, parts, own), own) for factor in node.factors for own, e in _by_axes(factor, parts, axes)
        ]
        return factored([], found, (), (), axes)


def _choices(equation: Equation, is_matrix: Callable[[Access, Axes], bool]) -> Iterator[Axes]:
    """Which axes may go by name, fewest first; what is left is to be a matrix at most."""
    accesses = [equation.target, *equation.value.accesses]
    if not (_is_sliced(equation.target) and equation.target.bounded):  # what adds up by windows has no such target
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
            if all(is_matrix(access, named) for access in accesses):
                yield named


def _bound(node: Node) -> Axes:
    """The axes that the node sums over, each once."""
    if isinstance(node, Elementwise):
        return ()
    overs = [term.over for term in node.terms] if isinstance(node, SumOfProducts) else [node.over]
    return tuple(dict.fromkeys(index for over in overs for index in over))


def _split(over: Axes, named: Axes) -> tuple[Axes, Axes]:
    """The summed axes of vectors and matrices, and those that go by name."""
    return tuple(i for i in over if i not in named), tuple(i for i in over if i in named)


def _is_sliced(access: Access) -> bool:
    """Whether each place is a whole axis or one position, and no axis stands twice."""
    bare = [affine.bare for affine in access.indices if affine.terms]
    whole = all(
        affine.gather is None and (not affine.terms or (affine.bare is not None and affine.bare.extent == axis.extent))
        for affine, axis in zip(access.indices, access.tensor.indices, strict=True)
    )
    return whole and len(set(bare)) == len(bare)


def _labelled(access: Access, named: Axes) -> Formula:
    """The tensor under its named axes and single positions: each in its place, whole axes behind the last left out."""
    places = [counted(a) if not a.terms or a.bare in named else WHOLE for a in access.indices]
    leading = tuple(takewhile(lambda text: text != WHOLE, places))
    labels = leading if set(places[len(leading) :]) <= {WHOLE} else tuple(places)
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
    arrays = frozenset(symbol.name for symbol, part in parts.items() if part.axes)
    return _filled(_by_elements(to_formula(expression), arrays), {each.name: leaf for each, leaf in leaves.items()})


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


def _by_elements(part: Formula, arrays: frozenset[str]) -> Formula:
    """A scalar formula read for each element of the arrays in it; what is a number in all of them stays a factor in front."""
    if arrays.isdisjoint(symbols(part)):
        return _of_numbers(part)
    inner = map_parts(part, lambda each: _by_elements(each, arrays))
    match inner:
        case Power() | Call():
            return replace(inner, elementwise=True)
        case Product(factors, Sign.JUXTAPOSED):
            scales = [factor for factor in factors if arrays.isdisjoint(symbols(factor))]
            varying = product((factor for factor in factors if factor not in scales), Sign.HADAMARD)
            return product([*scales, varying], Sign.JUXTAPOSED if all(map(_is_number, scales)) else Sign.DOT)
    return inner


def _of_numbers(part: Formula) -> Formula:
    """A formula of numbers alone, whose products are none of matrices."""
    part = map_parts(part, _of_numbers)
    match part:
        case Product(factors, Sign.JUXTAPOSED) if not all(map(_is_number, factors[:-1])):
            return Product(factors, Sign.DOT)
    return part


def _is_number(formula: Formula) -> bool:
    return isinstance(formula, Number)


def _filled(part: Formula, leaves: Mapping[str, Formula]) -> Formula:
    """A formula with what stands for each operand put in."""
    if isinstance(part, Symbol):
        return leaves.get(part.name, part)
    return map_parts(part, lambda inner: _filled(inner, leaves))
