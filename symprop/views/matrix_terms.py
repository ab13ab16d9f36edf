"""Products over vectors and matrices: which factors contract, which stand elementwise; reading the equations is `matrix`'s.

Every part is a formula with the axes that it has left, at most two: none for a scalar, one for a column, two for a matrix
with a row for each position of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symprop.ir.tensor import Index
from symprop.notation.formula import Call, Formula, Negative, Number, Ones, Product, Sign, Summation, Transpose
from symprop.views.convert import ONE, product, total

Axes = tuple[Index, ...]


class NoMatrixForm(Exception):
    """No product, transpose, ⊙, diag, or row or column sum says it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A factor: its formula, and its axes."""

    formula: Formula
    axes: Axes


@dataclass(frozen=True, slots=True)
class Factored:
    """One term: scalars, what is joined by ⊙ under all the axes, and, for a matrix, what scales its rows and columns.

    `sums` are axes that go by name and are summed over.
    """

    scalars: tuple[Formula, ...]
    whole: tuple[Formula, ...] = ()
    rows: Formula | None = None
    columns: Formula | None = None
    sums: Axes = ()


def factored(scalars: Sequence[Formula], parts: Sequence[Part], over: Axes, axes: Axes, sums: Axes = ()) -> Factored:
    """The product of the parts, summed over `over`, under the axes; NoMatrixForm where there is none."""
    kept = list(parts)
    counts = [Number(Fraction(i.extent)) for i in over if not any(i in part.axes for part in parts)]
    waiting = [index for index in over if any(index in part.axes for part in parts)]
    while waiting:
        index = _next(waiting, kept)
        waiting.remove(index)
        kept = _contracted(index, kept, axes)
    loose = [part.formula for part in kept if not part.axes]
    found = _joined([part for part in kept if part.axes], axes)
    return replace(found, scalars=(*counts, *scalars, *loose), sums=sums)


def _next(waiting: Sequence[Index], parts: Sequence[Part]) -> Index:
    """The index in the fewest matrices, so that each product joins two."""
    return min(waiting, key=lambda index: sum(index in part.axes and len(part.axes) == 2 for part in _merged(parts)))


def _merged(parts: Iterable[Part]) -> list[Part]:
    """Parts over the same axes as one, elementwise; the first says which axis has the rows."""
    groups: dict[frozenset[Index], list[Part]] = {}
    for part in parts:
        groups.setdefault(frozenset(part.axes), []).append(part)
    return [
        Part(_hadamard([_turned(part, group[0].axes) for part in group]), group[0].axes) for group in groups.values()
    ]


def _turned(part: Part, axes: Axes) -> Formula:
    """The formula with its rows along the first of the axes."""
    return part.formula if part.axes == axes else transposed(part.formula)


def _contracted(index: Index, parts: list[Part], axes: Axes) -> list[Part]:
    """The parts with one axis summed away: a product of those that have it, in the place of the first."""
    inside = [part for part in parts if index in part.axes]
    vectors = [part for part in inside if len(part.axes) == 1]
    matrices = _merged(part for part in inside if len(part.axes) == 2)
    if len(matrices) > 2 or any(len(set(part.axes)) < len(part.axes) for part in matrices):
        raise NoMatrixForm
    outer = sorted((i for part in matrices for i in part.axes if i != index), key=lambda i: _rank(i, axes))
    formula = _product_over(index, [part.formula for part in vectors], matrices, outer)
    joined = Part(formula, tuple(outer))
    first = parts.index(inside[0])
    rest = [part for part in parts if part not in inside]
    return [*rest[:first], joined, *rest[first:]]


def _rank(index: Index, axes: Axes) -> int:
    return axes.index(index) if index in axes else len(axes)


def _product_over(index: Index, vectors: list[Formula], matrices: list[Part], outer: list[Index]) -> Formula:
    if not matrices:
        if len(vectors) > 1:
            return _chain(Transpose(vectors[0]), _hadamard(vectors[1:]))
        if isinstance(vectors[0], Call) and vectors[0].function in _SUMS:
            return Call("total", vectors[0].arguments)
        return _chain(Transpose(Ones(index.extent)), vectors[0])
    matrices = sorted(matrices, key=lambda part: outer.index(next(i for i in part.axes if i != index)))
    left = _turned(matrices[0], (outer[0], index))
    if len(matrices) == 1:
        return _chain(left, _hadamard(vectors)) if vectors else _sums(left)
    right = _turned(matrices[1], (index, outer[1]))
    return _chain(left, Call("diag", (_hadamard(vectors),)), right) if vectors else _chain(left, right)


_SUMS = ("rowsum", "colsum")


def _sums(matrix: Formula) -> Formula:
    """The sums of a matrix's rows, as a column; of a transpose's, the sums of the columns."""
    if isinstance(matrix, Negative):
        return Negative(_sums(matrix.operand))
    turned = transposed(matrix)
    return Call("colsum", (turned,)) if isinstance(matrix, Transpose) else Call("rowsum", (matrix,))


def _joined(parts: list[Part], axes: Axes) -> Factored:
    """Parts that have only the target's axes, each in its role."""
    if any(not set(part.axes) <= set(axes) or len(set(part.axes)) < len(part.axes) for part in parts):
        raise NoMatrixForm
    whole = tuple(m for part in parts if len(part.axes) == len(axes) for m in _spliced(_turned(part, axes)))
    if len(axes) < 2:
        return Factored((), whole)
    rows, columns = ([part.formula for part in parts if part.axes == (axis,)] for axis in axes)
    return Factored((), whole, _hadamard(rows) if rows else None, _hadamard(columns) if columns else None)


def _spliced(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) and formula.sign is Sign.HADAMARD else (formula,)


def _hadamard(formulas: Sequence[Formula]) -> Formula:
    return formulas[0] if len(formulas) == 1 else product(formulas, Sign.HADAMARD)


def _chain(*formulas: Formula) -> Formula:
    return product(formulas, Sign.JUXTAPOSED)


def transposed(formula: Formula) -> Formula:
    """The transpose, drawn into products.

    >>> from symprop.notation.formula import Symbol
    >>> transposed(Product((Symbol("A"), Transpose(Symbol("B"))), Sign.JUXTAPOSED))
    Product(factors=(Symbol(name='B'), Transpose(operand=Symbol(name='A'))), sign=<Sign.JUXTAPOSED: 'juxtaposed'>)
    """
    match formula:
        case Transpose(operand):
            return operand
        case Product(factors, Sign.JUXTAPOSED):
            return _chain(*(transposed(factor) for factor in reversed(factors)))
        case Product(factors, Sign.HADAMARD):
            return _hadamard([transposed(factor) for factor in factors])
        case Call("diag"):
            return formula
    return Transpose(formula)


def summed(terms: Sequence[Factored], axes: Axes) -> Formula:
    """The sum of the terms, positive ones first; a factor under ⊙ that all of them have stands once, before what is left."""
    common = next((m for m in terms[0].whole if all(m in term.whole for term in terms)), None) if terms else None
    if len(terms) < 2 or common is None or any(term.sums for term in terms):
        return _in_order(_written(term, axes) for term in terms)
    return _hadamard([common, _in_order(_written(_without(term, common), axes) for term in terms)])


def _in_order(formulas: Iterable[Formula]) -> Formula:
    return total(sorted(formulas, key=lambda formula: isinstance(formula, Negative)))


def _without(term: Factored, factor: Formula) -> Factored:
    place = term.whole.index(factor)
    return replace(term, whole=term.whole[:place] + term.whole[place + 1 :])


def _written(term: Factored, axes: Axes) -> Formula:
    body = _body(term, axes)
    factors = (*term.scalars, *([] if body is None else [body]))
    written = product(factors) if factors else ONE
    for index in reversed(term.sums):
        written = Summation(index.name, index.extent, written)
    return written


def _body(term: Factored, axes: Axes) -> Formula | None:
    if not axes:
        return None
    if len(axes) == 1:
        return _hadamard(term.whole) if term.whole else Ones(axes[0].extent)
    if not term.whole:
        return _chain(term.rows or Ones(axes[0].extent), Transpose(term.columns or Ones(axes[1].extent)))
    body = _hadamard(term.whole)
    left = [Call("diag", (term.rows,))] if term.rows is not None else []
    right = [Call("diag", (term.columns,))] if term.columns is not None else []
    return _chain(*left, body, *right) if left or right else body
