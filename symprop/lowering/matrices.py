"""Recognises the sums that are products of two matrices, axes that stand together being seen as one."""

from __future__ import annotations

from math import prod

from symprop.ir.nodes import Term
from symprop.ir.tensor import Access, Index
from symprop.lowering.nest import MatrixProduct

Group = tuple[Index, ...]


def matrix_product(target: Access, term: Term, added: bool = False) -> MatrixProduct | None:
    """The product of matrices that a term is, to be `added` with its sign; None where it is none, or has a coefficient."""
    if (
        term.coefficient not in ((1, -1) if added else (1,))
        or term.repeated != 1
        or len(term.factors) != 2
        or not term.looped
    ):
        return None
    accesses = (target, *term.factors)
    if not all(access.plain and len(access.indices) > 1 for access in accesses):
        return None
    first, second = term.factors
    left, right = (first, second) if target.free[0] in first.free else (second, first)
    rows = tuple(index for index in target.free if index in left.free and index not in right.free)
    columns = tuple(index for index in target.free if index in right.free and index not in left.free)
    inner = tuple(index for index in left.free if index in term.looped)
    if not (rows and columns and inner) or target.free != (*rows, *columns):
        return None
    turned_left, turned_right = _turned(left.free, rows, inner), _turned(right.free, inner, columns)
    if turned_left is None or turned_right is None:
        return None
    names = target.tensor.name, left.tensor.name, right.tensor.name
    sizes, sign = (_size(rows), _size(inner), _size(columns)), int(term.coefficient) if added else 0
    return MatrixProduct(*names, *sizes, turned_left, turned_right, sign)


def _turned(axes: Group, rows: Group, columns: Group) -> bool | None:
    """Whether a matrix stands transposed; None where the axes are neither."""
    if axes == (*rows, *columns):
        return False
    return True if axes == (*columns, *rows) else None


def _size(group: Group) -> int:
    return prod(index.extent for index in group)
