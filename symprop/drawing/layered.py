"""The layout of a directed acyclic graph in ranks: who stands in which, in what order, and how lines go around what is between.

Ranks by the longest path; a line over several ranks gets a place in each; the orders by barycentres, after Sugiyama,
Tagawa, Toda, 1981; the places by averages of neighbours that keep their distance. Nothing is drawn here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS, STEPS = 12, 80
_STRAIGHT, _MAIN = 8.0, 40.0  # how much more long lines and the main ones count than others

Size = tuple[float, float]  # across the ranks' direction, and along it
Slot = str | tuple[int, int]  # a node, or where an edge crosses a rank: the edge's number and the rank


@dataclass(frozen=True)
class Layout:
    """Where nodes stand, (across, along), and the points between its ends that each edge goes through: ranks crossed."""

    places: Mapping[str, tuple[float, float]]
    crossings: Sequence[Sequence[tuple[float, float, float]]]  # across, along where the rank begins and ends


@dataclass
class _Ranks:
    """A graph in ranks, while it is laid out."""

    sizes: Mapping[str, Size]
    edges: Sequence[tuple[str, str]]
    main: Collection[tuple[str, str]]
    apart: float
    rank: dict[str, int] = field(default_factory=dict)
    rows: list[list[Slot]] = field(default_factory=list)
    above: dict[Slot, list[Slot]] = field(default_factory=lambda: defaultdict(list))
    below: dict[Slot, list[Slot]] = field(default_factory=lambda: defaultdict(list))


def layered(
    sizes: Mapping[str, Size],
    edges: Sequence[tuple[str, str]],
    apart: float,
    gap: float,
    main: Collection[tuple[str, str]] = (),
) -> Layout:
    """Lays out nodes of these sizes, in an order in which each comes after what leads to it; `main` edges are kept straight."""
    graph = _Ranks(sizes, edges, main, apart)
    _rank(graph)
    _chains(graph)
    _order(graph)
    across = _across(graph)
    starts, ends = _along(graph, gap)
    places = {n: (across[n], (starts[r] + ends[r]) / 2) for n, r in graph.rank.items()}
    crossings = [
        [(across[k, r], starts[r], ends[r]) for r in range(graph.rank[source] + 1, graph.rank[target])]
        for k, (source, target) in enumerate(edges)
    ]
    return Layout(places, crossings)


def _rank(graph: _Ranks) -> None:
    """The longest path decides; what nothing leads to moves up to what reads it first."""
    sources, readers = defaultdict(list), defaultdict(list)
    for source, target in graph.edges:
        sources[target].append(source)
        readers[source].append(target)
    for node in graph.sizes:
        graph.rank[node] = max((graph.rank[s] + 1 for s in sources[node]), default=0)
    for node in graph.sizes:
        if not sources[node] and readers[node]:
            graph.rank[node] = min(graph.rank[r] for r in readers[node]) - 1
    lowest = min(graph.rank.values())
    graph.rank = {node: rank - lowest for node, rank in graph.rank.items()}


def _chains(graph: _Ranks) -> None:
    graph.rows = [[] for _ in range(max(graph.rank.values()) + 1)]
    for node, rank in graph.rank.items():
        graph.rows[rank].append(node)
    for number, (source, target) in enumerate(graph.edges):
        crossed = range(graph.rank[source] + 1, graph.rank[target])
        between: list[Slot] = [(number, rank) for rank in crossed]
        for rank, slot in zip(crossed, between, strict=True):
            graph.rows[rank].append(slot)
        for one, other in pairwise([source, *between, target]):
            graph.below[one].append(other)
            graph.above[other].append(one)


def _order(graph: _Ranks) -> None:
    """Sorts each row by where its neighbours stand, down and up, and keeps the best order met."""
    best, fewest = [list(row) for row in graph.rows], _crossings(graph)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        rows = graph.rows if down else graph.rows[::-1]
        for before, row in pairwise(rows):
            places = {slot: k for k, slot in enumerate(before)}
            near = graph.above if down else graph.below
            middles = {slot: _middle(near[slot], places, k) for k, slot in enumerate(row)}
            row.sort(key=middles.__getitem__)
        count = _crossings(graph)
        if count < fewest:
            best, fewest = [list(row) for row in graph.rows], count
    graph.rows = best


def _middle(near: Sequence[Slot], places: Mapping[Slot, int], otherwise: float) -> float:
    return sum(places[slot] for slot in near) / len(near) if near else otherwise


def _crossings(graph: _Ranks) -> int:
    count = 0
    for row, after in pairwise(graph.rows):
        places = {slot: k for k, slot in enumerate(after)}
        ends = [(k, places[b]) for k, slot in enumerate(row) for b in graph.below[slot]]
        count += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[n + 1 :])
    return count


def _across(graph: _Ranks) -> dict[Slot, float]:
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


def _wish(graph: _Ranks, slot: Slot, across: Mapping[Slot, float], down: bool) -> tuple[float, float]:
    """Where a slot would stand best by itself, and how much that counts."""
    near = [*graph.above[slot], *([] if down else graph.below[slot])]
    if not near:
        return across[slot], 0.1
    weights = [_weight(graph, slot, other) for other in near]
    wish = sum(w * across[other] for w, other in zip(weights, near, strict=True)) / sum(weights)
    return wish, sum(weights)


def _weight(graph: _Ranks, one: Slot, other: Slot) -> float:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return _STRAIGHT
    return _MAIN if (one, other) in graph.main or (other, one) in graph.main else 1.0


def _spread(graph: _Ranks, row: Sequence[Slot], wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The places nearest to the wishes, by least squares, in which each slot keeps its distance from the one before it."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (_wide(graph, one) + _wide(graph, other)) / 2 + graph.apart)
    blocks: list[tuple[float, float, int]] = []  # weighted sum, weight, how many
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        block = ((wish - offset) * weight, weight, 1)
        while blocks and blocks[-1][0] / blocks[-1][1] >= block[0] / block[1]:
            total, heavy, many = blocks.pop()
            block = (block[0] + total, block[1] + heavy, block[2] + many)
        blocks.append(block)
    means = [total / weight for total, weight, many in blocks for _ in range(many)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _wide(graph: _Ranks, slot: Slot) -> float:
    return graph.sizes[slot][0] if isinstance(slot, str) else 4.0


def _along(graph: _Ranks, gap: float) -> tuple[list[float], list[float]]:
    """Where each rank begins and ends."""
    starts, ends, place = [], [], 0.0
    for row in graph.rows:
        thick = max((graph.sizes[slot][1] for slot in row if isinstance(slot, str)), default=0.0)
        starts.append(place)
        ends.append(place + thick)
        place += thick + gap
    return starts, ends
