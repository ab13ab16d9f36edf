"""Products over vectors and matrices: which factors contract, which stand elementwise; reading the equations is `matrix`'s.

Every part is a formula with the axes that it has left, at most two: none for a scalar, one for a column, two for a matrix
with a row for each position of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import compress
from operator import not_

from symprop.ir.tensor import Index
from symprop.notation.formula import Call, Formula, Negative, Number, Ones, Product, Sign, Summation, Transpose
from symprop.notation.terms import signed
from symprop.views.common_factors import before, drawn_out, in_order, split
from symprop.views.convert import product

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


def factored(scalars: Sequence[Formula], parts: Sequence[Part], over: Axes, sums: Axes, axes: Axes) -> Factored:
    """The product of the parts, summed over `over` and, by name, over `sums`; NoMatrixForm where there is none."""
    kept = [Part(_scalars(part)[-1], part.axes) for part in parts]
    scalars = (*scalars, *(scalar for part in parts for scalar in _scalars(part)[:-1]))
    counts = [Number(Fraction(i.extent)) for i in over if not any(i in part.axes for part in parts)]
    waiting = [index for index in over if any(index in part.axes for part in parts)]
    while waiting:
        index = _next(waiting, kept)
        waiting.remove(index)
        kept = _contracted(index, kept, axes)
    loose = [part.formula for part in kept if not part.axes]
    found = _joined([part for part in kept if part.axes], axes)
    return replace(found, scalars=(*counts, *scalars, *loose), sums=sums)


def _scalars(part: Part) -> tuple[Formula, ...]:
    """The scalars before a vector or matrix, and it; a scalar is left whole."""
    match part.formula:
        case Product(factors, Sign.DOT) if part.axes:
            return factors
    return (part.formula,)


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
    return Call("rowsum", (matrix,)) if _turns(matrix) <= _turns(turned) else Call("colsum", (turned,))


def _turns(formula: Formula) -> int:
    """How many transposes stand in a product."""
    match formula:
        case Transpose(operand):
            return 1 + _turns(operand)
        case Product(factors):
            return sum(map(_turns, factors))
    return 0


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
    """The transpose, drawn into products unless more transposes would stand there then.

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
            inside = _hadamard([transposed(factor) for factor in factors])
            return inside if _turns(inside) <= 1 + _turns(formula) else Transpose(formula)
        case Product((*scalars, last), Sign.DOT):
            return product((*scalars, transposed(last)))
        case Negative(operand):
            return Negative(transposed(operand))
        case Number() | Call("diag"):
            return formula
    return Transpose(formula)


def summed(terms: Sequence[Factored], axes: Axes) -> Formula:
    """The sum of the terms; scalars and factors under ⊙ that all of them have stand once, before what is left."""
    closed = [_closed(term, axes) for term in terms]
    if len(closed) == 1:
        return _written(closed[0], axes)
    scalars = frozenset(scalar for term in closed for scalar in split(term.scalars)[1])
    common, rests = drawn_out([(*term.scalars, *term.whole) for term in closed])
    outside = _sorted(Factored(()), common, scalars)
    left = [_sorted(term, rest, scalars) for term, rest in zip(closed, rests, strict=True)]
    if not any(map(_varies, left)):
        inner = in_order(product(term.scalars) for term in left)
        return _written(replace(outside, scalars=(*outside.scalars, inner)), axes)
    inner = in_order(_beside(term, axes) for term in left)
    return before(outside.scalars, _hadamard([*outside.whole, inner]))


def _closed(term: Factored, axes: Axes) -> Factored:
    """The term; a sum over axes that go by name as one factor."""
    if not term.sums:
        return term
    written = _written(term, axes)
    for index in reversed(term.sums):
        written = Summation(index.name, index.extent, written)
    return Factored((), (written,)) if axes else Factored((written,))


def _sorted(term: Factored, factors: Sequence[Formula], scalars: frozenset[Formula]) -> Factored:
    """The term with other factors, each among the scalars or under ⊙."""
    scale = [isinstance(signed(factor)[1], Number) or factor in scalars for factor in factors]
    return replace(term, scalars=tuple(compress(factors, scale)), whole=tuple(compress(factors, map(not_, scale))))


def _varies(term: Factored) -> bool:
    """Whether anything in the term has axes."""
    return bool(term.whole) or term.rows is not None or term.columns is not None


def _beside(term: Factored, axes: Axes) -> Formula:
    """The term in a sum with vectors or matrices, where a number adds to each element."""
    bare = not _varies(term) and all(isinstance(signed(factor)[1], Number) for factor in term.scalars)
    return product(term.scalars) if bare else _written(term, axes)


def _written(term: Factored, axes: Axes) -> Formula:
    body = _body(term, axes)
    return product((*term.scalars, *([] if body is None else [body])))


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
