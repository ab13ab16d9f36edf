"""Sums of products of whole numbers of any size, exactly, by products of matrices of floats; whose numbers they are is `arrays`'.

A number is written to the base 2¹⁶, its limbs as floats. A product of two limbs takes 32 bits of the 53 that a float has, so
that two million of them may be added without rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

Array = Any

BITS = 16
MOST_SUMMED = 2 ** (53 - 2 * BITS)
AT_ONCE = 2**18  # products of limbs: few enough for the cache, and for libraries of linear algebra to start no threads


class Limbs:
    """Whole numbers by their limbs, the lowest first, in two's complement: the last limb has the sign.

    >>> Limbs([70000, -3]).table.tolist()
    [[4464.0, 65533.0, 0.0], [1.0, -1.0, 0.0]]
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        width = max((number.bit_length() for number in numbers), default=0) // BITS + 1
        size = width * BITS // 8
        limbs = np.frombuffer(b"".join([n.to_bytes(size, "little", signed=True) for n in numbers]), "<u2")
        table = limbs.reshape(-1, width).T.astype(float)
        table[-1] -= (table[-1] >= 2 ** (BITS - 1)) * 2.0**BITS
        # One column more, for what is read out of range.
        self.table = np.pad(table, ((0, 0), (0, 1)))

    def at(self, places: Array) -> Array:
        """The limbs, on a first axis, of the numbers at some places in the row."""
        return self.table[:, places]


def contracted(
    left: Array, left_axes: Sequence[int], right: Array, right_axes: Sequence[int], kept: Sequence[int]
) -> list[int]:
    """Of two arrays of limbs, their axes but the first named by letters, the sums of products over the letters not kept.

    Row by row over the letters kept, each of which one of the two has; both have what is summed over. OverflowError where
    that are too many products for floats.

    >>> import numpy as np
    >>> x, y = Limbs([10**30, 3]).at(np.array([0, 1])), Limbs([-7, 10**20]).at(np.array([[0, 1, 0], [1, 0, 2]]))
    >>> contracted(x, [0], y, [0, 1], [1]) == [3 * 10**20 - 7 * 10**30, 10**50 - 21, -7 * 10**30]
    True
    """
    both = [axis for axis in left_axes if axis in right_axes]
    many, summed = [a for a in both if a in kept], [a for a in both if a not in kept]
    rows, columns = ([a for a in axes if a not in both] for axes in (left_axes, right_axes))
    extents = dict(zip((*left_axes, *right_axes), (*left.shape[1:], *right.shape[1:]), strict=True))
    b, m, k, n = (prod(extents[a] for a in axes) for axes in (many, rows, summed, columns))
    if k * min(len(left), len(right)) > MOST_SUMMED:
        raise OverflowError
    first = _turned(left, left_axes, [*many, *rows, *summed]).reshape(len(left), b, m, k)
    second = np.moveaxis(_turned(right, right_axes, [*many, *summed, *columns]).reshape(len(right), b, k, n), 0, 2)
    total = np.zeros((b, m, len(left) + len(right) - 1, n))
    width = max(1, AT_ONCE // (m * k * len(right)))
    for start in range(0, n, width):
        _multiply(first, second[..., start : start + width], total[..., start : start + width])
    total = np.moveaxis(total, 2, 0).reshape(-1, *(extents[a] for a in (*many, *rows, *columns)))
    return _joined(_turned(total, [*many, *rows, *columns], kept).reshape(len(total), -1))


def _multiply(first: Array, second: Array, total: Array) -> None:
    """Adds the products of some columns to their total: limbs of one height stand together there."""
    b, k, limbs, n = second.shape
    side = np.ascontiguousarray(second).reshape(b, k, limbs * n)
    for place, limb in enumerate(first):
        total[:, :, place : place + limbs] += (limb @ side).reshape(b, -1, limbs, n)


def _turned(array: Array, axes: Sequence[int], order: Sequence[int]) -> Array:
    """The array with its axes but the first in another order."""
    return np.transpose(array, [0, *(axes.index(axis) + 1 for axis in order)])


def _joined(limbs: Array) -> list[int]:
    """The whole numbers of limbs that may be of any size and sign."""
    written = np.empty((limbs.shape[1], len(limbs) + 4), "<u2")
    carry = np.zeros(limbs.shape[1], "<i8")
    for place, limb in enumerate(limbs):
        carry += limb.astype("<i8")
        written[:, place] = carry & (2**BITS - 1)
        carry >>= BITS
    written[:, len(limbs) :] = carry[:, np.newaxis].view("<u2")
    text, size = written.tobytes(), 2 * written.shape[1]
    return [int.from_bytes(text[at : at + size], "little", signed=True) for at in range(0, len(text), size)]
