"""The layout of a directed acyclic graph in ranks, when no program for it is installed; nothing is drawn here.

The ranks and the orders in them are those of `ranks`; the places are averages of neighbours that keep their distance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symprop.drawing.ranks import Ranks, Size, Slot, ranked
from symprop.drawing.spine import around_spine

STEPS = 48
_STRAIGHT = 8.0  # how much more a straight long line counts than the place of a node


@dataclass(frozen=True)
class Layout:
    """Where nodes stand, (across, along), and the points between its ends that each edge goes through: ranks crossed.

    Of each rank, where it begins and ends along and across.
    """

    places: Mapping[str, tuple[float, float]]
    crossings: Sequence[Sequence[tuple[float, float, float]]]  # across, along where the rank begins and ends
    starts: Sequence[float]
    ends: Sequence[float]
    sides: Sequence[tuple[float, float]]
    ranks: Mapping[str, int]
    edges: Sequence[tuple[str, str]]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The ranks that each edge leads from and to."""
        return [(self.ranks[source], self.ranks[target]) for source, target in self.edges]

    def across(self, edge: int, rank: int) -> float:
        """Where an edge reaches a rank, one that it leads to or crosses."""
        source, target = self.spans[edge]
        if rank == target:
            return self.places[self.edges[edge][1]][0]
        return self.crossings[edge][rank - source - 1][0]


def layered(
    sizes: Mapping[str, Size], edges: Sequence[tuple[str, str]], apart: float, gap: float, *, along_spine: bool = False
) -> Layout:
    """Lays out nodes of these sizes, in an order in which each comes after what leads to it.

    With `along_spine` the longest path is straight; else each node stands in the middle of its neighbours if it can.
    """
    graph = ranked(Ranks(sizes, edges, apart))
    across = around_spine(graph) if along_spine else _across(graph)
    starts, ends = _along(graph, gap)
    places = {n: (across[n], (starts[r] + ends[r]) / 2) for n, r in graph.rank.items()}
    crossings = [
        [(across[k, r], starts[r], ends[r]) for r in range(graph.rank[source] + 1, graph.rank[target])]
        for k, (source, target) in enumerate(edges)
    ]
    sides = [_sides(graph, row, across) for row in graph.rows]
    return Layout(places, crossings, starts, ends, sides, graph.rank, edges)


def _sides(graph: Ranks, row: Sequence[Slot], across: Mapping[Slot, float]) -> tuple[float, float]:
    """How far a row reaches to the left and to the right."""
    halves = [(across[slot], graph.width(slot) / 2) for slot in row]
    return min(x - half for x, half in halves), max(x + half for x, half in halves)


def _across(graph: Ranks) -> dict[Slot, float]:
    """Places in which neighbours in a row keep their distance, and lines are as straight as that allows."""
    across = {slot: 0.0 for row in graph.rows for slot in row}
    for row in graph.rows:
        across.update(zip(row, _spread(graph, row, [0.0] * len(row), [1.0] * len(row)), strict=True))
    for sweep in range(STEPS):
        last = sweep == STEPS - 1
        for row in graph.rows if sweep % 2 == 0 else graph.rows[::-1]:
            wishes, weights = zip(
                *(_wish(graph, slot, across, sweep % 2 == 0 and not last) for slot in row), strict=True
            )
            across.update(zip(row, _spread(graph, row, wishes, weights), strict=True))
    return across


def _wish(graph: Ranks, slot: Slot, across: Mapping[Slot, float], down: bool) -> tuple[float, float]:
    """Where a slot would stand best by itself, and how much that counts."""
    near = [*graph.above[slot], *([] if down else graph.below[slot])]
    if not near:
        return across[slot], 0.1
    weights = [_STRAIGHT if isinstance(slot, tuple) and isinstance(other, tuple) else 1.0 for other in near]
    wish = sum(w * across[other] for w, other in zip(weights, near, strict=True)) / sum(weights)
    return wish, sum(weights)


def _spread(graph: Ranks, row: Sequence[Slot], wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The places nearest to the wishes, by least squares, in which each slot keeps its distance from the one before it."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + graph.distance(one, other))
    blocks: list[tuple[float, float, int]] = []  # weighted sum, weight, how many
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        block = ((wish - offset) * weight, weight, 1)
        while blocks and blocks[-1][0] / blocks[-1][1] >= block[0] / block[1]:
            total, heavy, many = blocks.pop()
            block = (block[0] + total, block[1] + heavy, block[2] + many)
        blocks.append(block)
    means = [total / weight for total, weight, many in blocks for _ in range(many)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _along(graph: Ranks, gap: float) -> tuple[list[float], list[float]]:
    """Where each rank begins and ends."""
    starts, ends, place = [], [], 0.0
    for row in graph.rows:
        thick = max((graph.sizes[slot][1] for slot in row if isinstance(slot, str)), default=0.0)
        starts.append(place)
        ends.append(place + thick)
        place += thick + gap
    return starts, ends
