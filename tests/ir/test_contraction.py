"""Sums of products by limbs are exact: at every sign and size, over batches, in parts."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from symprop.ir import contraction
from symprop.ir.contraction import BITS, Limbs, contracted

EXTENTS = {0: 2, 1: 3, 2: 5, 3: 4}  # by letter


def whole(random: Random) -> int:
    """Of any size, many of them at an edge: all limbs full, or the sign alone."""
    edge = 2 ** (BITS * random.randint(1, 12) - random.randint(0, 1))
    return random.choice((1, -1)) * random.choice((edge, edge - 1, random.getrandbits(190), 0))


def drawn(axes: list[int], random: Random) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Numbers over some letters, as they are and by limbs."""
    shape = [EXTENTS[axis] for axis in axes]
    numbers = [whole(random) for _ in range(int(np.prod(shape)))]
    places = np.arange(len(numbers)).reshape(shape)
    return np.array(numbers, dtype=object).reshape(shape), Limbs(numbers).at(places)


def expected(left: Any, left_axes: list[int], right: Any, right_axes: list[int], kept: list[int]) -> list[int]:
    summed = [axis for axis in left_axes if axis not in kept]
    found = []
    for outer in product(*(range(EXTENTS[axis]) for axis in kept)):
        total = 0
        for inner in product(*(range(EXTENTS[axis]) for axis in summed)):
            at = dict(zip((*kept, *summed), (*outer, *inner), strict=True))
            total += left[tuple(at[a] for a in left_axes)] * right[tuple(at[a] for a in right_axes)]
        found.append(total)
    return found


CASES = [
    ([1, 2], [2, 3], [1, 3]),
    ([2, 1], [2, 3], [3, 1]),
    ([0, 1, 2], [2, 0, 3], [0, 3, 1]),
    ([2], [2], []),
    ([0, 2], [3, 2, 0], [3]),
    ([1], [3], [3, 1]),
]


@pytest.mark.parametrize("at_once", [1, 2**18], ids=["in parts", "at once"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sums_of_products_are_exact(
    case: tuple[list[int], list[int], list[int]], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contraction, "AT_ONCE", at_once)
    left_axes, right_axes, kept = case
    for seed in range(5):
        random = Random(seed)
        (left, one), (right, other) = drawn(left_axes, random), drawn(right_axes, random)
        found = contracted(one, left_axes, other, right_axes, kept)
        assert found == expected(left, left_axes, right, right_axes, kept)


@pytest.mark.parametrize("sign", [1, -1])
def test_long_sums_of_full_limbs_are_exact(sign: int) -> None:
    count, largest = 3000, 2 ** (11 * BITS) - 1
    limbs = Limbs([sign * largest] * count).at(np.arange(count))
    assert contracted(limbs, [0], limbs, [0], []) == [count * largest**2]


def test_what_is_out_of_range_is_zero() -> None:
    numbers = Limbs([7, -5])
    assert contracted(numbers.at(np.array([0, 2, 1])), [0], numbers.at(np.array([0, 1, 1])), [0], []) == [49 + 25]


def test_sums_too_long_for_floats_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    limbs = Limbs([2**40, 3, 5]).at(np.arange(3))
    monkeypatch.setattr(contraction, "MOST_SUMMED", 3 * 3 - 1)
    with pytest.raises(OverflowError):
        contracted(limbs, [0], limbs, [0], [])
