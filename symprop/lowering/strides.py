"""Where an access stands in memory: a start and a step for each index, on a tensor with room around it; no code here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from symprop.ir.tensor import Access, Index

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Strided:
    """An access as a start and steps: on axis `a`, position `p` of the free indices is ``start[a] + Σ steps[i][a]·p[i]``.

    `pads` is how many places before and after each axis are read beyond the tensor.
    """

    indices: tuple[Index, ...]
    start: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]
    pads: Pads

    @property
    def is_padded(self) -> bool:
        return any(before or after for before, after in self.pads)


def strided(access: Access) -> Strided:
    """How an access without integers among its indices runs over its tensor.

    >>> from symprop.ir.tensor import Affine, Tensor
    >>> p, u, x = Index("p", 4), Index("u", 3), Tensor("x", (Index("i", 6),))
    >>> strided(x(Affine(((2, p), (1, u)), -1)))
    Strided(indices=(Index(name='p', extent=4), Index(name='u', extent=3)), start=(-1,), steps=((2,), (1,)), pads=((1, 2),))
    """
    free = access.free
    steps = {index: [0] * len(access.indices) for index in free}
    pads = []
    for axis, affine in enumerate(access.indices):
        for factor, index in affine.terms:
            steps[index][axis] += factor
        low, high = affine.span
        pads.append((max(0, -low), max(0, high - access.tensor.indices[axis].extent + 1)))
    start = tuple(affine.offset for affine in access.indices)
    return Strided(free, start, tuple(tuple(steps[index]) for index in free), tuple(pads))


def wider(first: Pads, second: Pads) -> Pads:
    """Room enough for both."""
    return tuple((max(a, c), max(b, d)) for (a, b), (c, d) in zip(first, second, strict=True))


def overlapping(access: Access) -> tuple[Index, ...]:
    """The fewest positions to go through one by one so that, at each, no element is met twice by the other indices.

    >>> from symprop.ir.tensor import Affine, Tensor
    >>> p, u, x = Index("p", 5), Index("u", 3), Tensor("x", (Index("i", 7),))
    >>> [index.name for index in overlapping(x(Affine(((1, p), (1, u)))))]
    ['u']
    >>> overlapping(x(Affine(((3, p), (1, u)))))  # windows side by side
    ()
    """
    free = access.free
    found = (chosen for count in range(len(free) + 1) for chosen in combinations(free, count))
    apart = [chosen for chosen in found if _is_injective(access, [i for i in free if i not in chosen])]
    return min(apart, key=lambda chosen: (prod(index.extent for index in chosen), len(chosen)))


def _is_injective(access: Access, indices: Sequence[Index]) -> bool:
    """Whether each element is met at most once as the indices run, the others standing still."""
    told = {index for affine in access.indices for index in _told_apart(affine.terms, indices)}
    return told.issuperset(index for index in indices if index.extent > 1)


def _told_apart(terms: Iterable[tuple[int, Index]], indices: Sequence[Index]) -> list[Index]:
    """All the running indices of one axis, if its place tells their numbers, as digits of a number do; else none."""
    running = ((abs(factor), index.extent, index) for factor, index in terms if index in indices)
    moving = sorted(running, key=lambda each: each[:2])
    reach = 0
    for factor, extent, _ in moving:
        if factor <= reach and extent > 1:
            return []
        reach += factor * (extent - 1)
    return [index for _, _, index in moving]
