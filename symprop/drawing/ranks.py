"""A directed acyclic graph in ranks: who stands in which, and in what order; places are given elsewhere.

Ranks by the longest path; a line over several ranks gets a slot in each; the orders by barycentres, after Sugiyama, Tagawa,
Toda, 1981.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 12
LINE = 4.0  # the width of a line that crosses a rank

Size = tuple[float, float]  # across the ranks' direction, and along it
Slot = str | tuple[int, int]  # a node, or where an edge crosses a rank: the edge's number and the rank


@dataclass
class Ranks:
    """A graph in ranks, while it is laid out."""

    sizes: Mapping[str, Size]
    edges: Sequence[tuple[str, str]]
    apart: float
    rank: dict[str, int] = field(default_factory=dict)
    rows: list[list[Slot]] = field(default_factory=list)
    above: dict[Slot, list[Slot]] = field(default_factory=lambda: defaultdict(list))
    below: dict[Slot, list[Slot]] = field(default_factory=lambda: defaultdict(list))

    def width(self, slot: Slot) -> float:
        """How much room across a slot takes."""
        return self.sizes[slot][0] if isinstance(slot, str) else LINE

    def distance(self, one: Slot, other: Slot) -> float:
        """How far apart the middles of neighbours in a row are at least."""
        return (self.width(one) + self.width(other)) / 2 + self.apart


def ranked(graph: Ranks) -> Ranks:
    """The graph with its rows filled and in order."""
    _rank(graph)
    _chains(graph)
    _order(graph)
    return graph


def _rank(graph: Ranks) -> None:
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


def _chains(graph: Ranks) -> None:
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


def _order(graph: Ranks) -> None:
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


def _crossings(graph: Ranks) -> int:
    count = 0
    for row, after in pairwise(graph.rows):
        places = {slot: k for k, slot in enumerate(after)}
        ends = [(k, places[b]) for k, slot in enumerate(row) for b in graph.below[slot]]
        count += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[n + 1 :])
    return count
