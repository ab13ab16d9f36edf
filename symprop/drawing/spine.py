"""Places in the rows of a ranked graph around its longest path, which is a straight line; ranks and orders are `ranks`'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from symprop.drawing.ranks import Ranks, Slot

_ROUNDS = 8


def spine(graph: Ranks) -> list[str]:
    """The longest path, which has one node in each rank; of several, the one that leads through what comes last."""
    sources: dict[str, list[str]] = defaultdict(list)
    for source, target in graph.edges:
        sources[target].append(source)
    longest: dict[str, int] = {}
    for node in graph.sizes:
        longest[node] = max((longest[s] + 1 for s in sources[node]), default=0)
    path = [max(graph.sizes, key=longest.__getitem__)]
    while sources[path[0]]:
        path.insert(0, max(reversed(sources[path[0]]), key=longest.__getitem__))
    return path


def around_spine(graph: Ranks) -> dict[Slot, float]:
    """Across: the spine at zero, everything else as near to it as its width allows, long lines straight."""
    path = set(spine(graph))
    across: dict[Slot, float] = {slot: 0.0 for row in graph.rows for slot in row}
    for _ in range(_ROUNDS):
        for row in graph.rows:
            _push(graph, row, across, next(k for k, slot in enumerate(row) if slot in path))
        for chain in _chains(graph):
            furthest = max((across[slot] for slot in chain), key=abs)
            across.update(dict.fromkeys(chain, furthest))
    return across


def _push(graph: Ranks, row: Sequence[Slot], across: dict[Slot, float], middle: int) -> None:
    """Moves the slots on both sides of the spine outward until each keeps its distance."""
    for sign, side in ((1, row[middle:]), (-1, row[middle::-1])):
        for one, other in pairwise(side):
            least = sign * across[one] + graph.distance(one, other)
            across[other] = sign * max(least, sign * across[other])


def _chains(graph: Ranks) -> list[list[Slot]]:
    """The slots of each long line."""
    found: Mapping[int, list[Slot]] = defaultdict(list)
    for row in graph.rows:
        for slot in row:
            if isinstance(slot, tuple):
                found[slot[0]].append(slot)
    return list(found.values())
