"""A graph of nodes that have sizes and no places yet, laid out by ranks: downward or to the right; not what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symprop.drawing.figure import Edge, Node, Point
from symprop.drawing.fit import moved
from symprop.drawing.layered import layered


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each comes after what leads to it, and edges without points; `down` or to the right."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    down: bool
    apart: float = 30.0
    gap: float = 38.0


def laid_out(graph: Graph) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The nodes in their places, and the edges with their points."""
    sizes = {n.key: (n.width, n.height) if graph.down else (n.height, n.width) for n in graph.nodes}
    ends = [(edge.source, edge.target) for edge in graph.edges]
    main = {(edge.source, edge.target) for edge in graph.edges if edge.main}
    layout = layered(sizes, ends, graph.apart, graph.gap, main)

    def point(across: float, along: float) -> Point:
        return (across, along) if graph.down else (along, across)

    nodes = {n.key: moved(n, *point(*layout.places[n.key])) for n in graph.nodes}
    edges = []
    for edge, crossings in zip(graph.edges, layout.crossings, strict=True):
        source, target = nodes[edge.source], nodes[edge.target]
        between = [point(across, along) for across, start, end in crossings for along in (start, end)]
        first, last = (between[0], between[-1]) if between else ((target.x, target.y), (source.x, source.y))
        reach = outline(source, first, 1, graph.down), outline(target, last, -1, graph.down)
        edges.append(replace(edge, points=curve([reach[0], *between, reach[1]], graph.down)))
    return tuple(nodes.values()), tuple(edges)


def outline(node: Node, toward: Point, side: int, down: bool) -> Point:
    """Where a line meets a node's outline, below (side 1) or above it, to the right or to the left: as straight on as can be."""
    if down:
        most = node.width / 2 - node.corner - 4
        return node.x + max(-most, min(most, toward[0] - node.x)), node.y + side * node.height / 2
    most = node.height / 2 - 4 if node.square else node.corner * 0.6
    off = max(-most, min(most, toward[1] - node.y))
    inset = 0.0 if node.square else node.corner - (node.corner**2 - off**2) ** 0.5
    return node.x + side * (node.width / 2 - inset), node.y + off


def curve(points: Sequence[Point], down: bool) -> tuple[Point, ...]:
    """A smooth way through points: straight between the sides of a rank, and bent in the gaps."""
    found = [points[0]]
    for (x, y), (u, v) in pairwise(points):
        half_x, half_y = (x + u) / 2, (y + v) / 2
        found += [(x, half_y), (u, half_y), (u, v)] if down else [(half_x, y), (half_x, v), (u, v)]
    is_straight = len({p[0] for p in points}) == 1 if down else len({p[1] for p in points}) == 1
    return (points[0], points[-1]) if is_straight else tuple(found)
