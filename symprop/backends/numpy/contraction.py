"""Chooses how a sum over products of two arrays becomes matrix products: which axes to merge, and what to copy for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from symprop.ir.tensor import Index

Array = Any
Indices = tuple[Index, ...]

# Costs, in numbers moved: of a call for one matrix of a stack, of copying a number, of adding one up. Rough, from timings.
_CALL, _COPY, _SUM = 400, 3, 2


@dataclass(frozen=True, eq=False)
class Factor:
    """An array, by name, with an axis for each of its indices; `key` says what it holds, where that may be met again."""

    name: str
    array: Array
    indices: Indices
    key: Hashable = None

    def merges(self, stack: Indices, rows: Indices, columns: Indices) -> bool:
        """Whether it is, without a copy, a stack of matrices that the matrix product takes as they are."""
        item = int(self.array.itemsize)
        down, across = self._stride(rows), self._stride(columns)
        if down is None or across is None:
            return False
        high, wide = size(rows), size(columns)
        return (across == item and down >= item * wide) or (down == item and across >= item * high)

    def _stride(self, group: Indices) -> int | None:
        """The stride of axes merged into one, None where they do not merge; of a single row it is that of the whole."""
        strides = [(self.array.strides[self.indices.index(i)], i.extent) for i in group if i.extent > 1]
        if not strides:
            return int(self.array.itemsize * size(self.indices))
        for (outer, _), (inner, extent) in pairwise(strides):
            if outer != inner * extent:
                return None
        return int(strides[-1][0])


@dataclass(frozen=True, eq=False)
class Plan:
    """``left · right`` for each position of `stack`, which comes first in the result, then `rows` and `columns`.

    `rows` are the left factor's alone, `columns` the right's; over `inner` the matrix product sums, over `after`, which is
    part of the stack, a sum follows.
    """

    left: Factor
    right: Factor
    stack: Indices
    rows: Indices
    inner: Indices
    columns: Indices
    after: Indices

    @property
    def groups(self) -> tuple[Indices, Indices]:
        return (*self.rows, *self.inner), (*self.inner, *self.columns)

    @property
    def result(self) -> Indices:
        """The axes of the product, before the sum that follows."""
        return (*self.stack, *self.rows, *self.columns)

    @property
    def copies(self) -> tuple[bool, bool]:
        """Whether the left and the right factor have to be laid out anew."""
        left, right = (
            self.left.merges(self.stack, self.rows, self.inner),
            self.right.merges(self.stack, self.inner, self.columns),
        )
        return not left, not right

    def cost(self, order: Indices | None) -> float:
        """What it takes beside the multiplications themselves, if the result is wanted in that order."""
        cost = _CALL * size(self.stack)
        for factor, is_copied in zip((self.left, self.right), self.copies, strict=True):
            cost += _COPY * size(factor.indices) * is_copied
        if self.after:
            cost += _SUM * size(self.result)
        elif order is not None and order != self.result:
            cost += _COPY * size(self.result)
        return cost


def size(indices: Iterable[Index]) -> int:
    """How many positions the indices have together."""
    return prod(index.extent for index in indices)


def plan(lefts: Sequence[Factor], rights: Sequence[Factor], summed: Indices, order: Indices | None) -> Plan:
    """The cheapest of the plans; the `lefts` hold the same numbers, and so do the `rights`. Both have every summed index.

    The result is over the other indices; with `order`, it is wanted in that one.
    """
    pairs = [pair for a in lefts for b in rights for pair in ((a, b), (b, a))]
    found = [each for left, right in pairs for each in _plans(left, right, summed, order)]
    return min(found, key=lambda each: each.cost(order))


def _plans(left: Factor, right: Factor, summed: Indices, order: Indices | None) -> Iterator[Plan]:
    """One for each choice of what is stacked, the indices that both factors keep and at most one more, and of inner order."""
    both = [index for index in left.indices if index in right.indices and index not in summed]
    others = dict.fromkeys(i for i in (*left.indices, *right.indices) if i not in both)
    for more in ([], *([index] for index in others)):
        stacked = {*both, *more}
        after = tuple(index for index in more if index in summed)
        kept = [i for i in order or (*left.indices, *others) if i in stacked and i not in after]
        stack = (*after, *dict.fromkeys(kept))
        rows, columns = (_rest(factor, {*stacked, *summed}, order) for factor in (left, right))
        for leader in (left, right):
            inner = tuple(index for index in leader.indices if index in summed and index not in stacked)
            yield Plan(left, right, stack, rows, inner, columns, after)


def _rest(factor: Factor, taken: set[Index], order: Indices | None) -> Indices:
    return tuple(index for index in order or factor.indices if index in factor.indices and index not in taken)
