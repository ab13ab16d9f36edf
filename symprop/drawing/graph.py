"""A graph of nodes with sizes and no places yet, laid out from the top down or from the left; not what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from symprop.drawing.figure import Node, Point
from symprop.drawing.fit import Graph, Placed, moved
from symprop.drawing.graphviz import by_graphviz
from symprop.drawing.layered import layered


def laid_out(graph: Graph, *, graphviz: bool) -> Placed:
    """The nodes in their places and the edges with their points: by Graphviz, if it is wanted and installed."""
    placed = by_graphviz(graph) if graphviz else None
    return by_ranks(graph) if placed is None else placed


def by_ranks(graph: Graph) -> Placed:
    """The layout of `layered`."""
    sizes = {n.key: (n.width, n.height) if graph.down else (n.height, n.width) for n in graph.nodes}
    ends = [(edge.source, edge.target) for edge in graph.edges]
    layout = layered(sizes, ends, graph.apart, graph.gap, along_spine=graph.down)

    def point(across: float, along: float) -> Point:
        return (across, along) if graph.down else (along, across)

    nodes = {n.key: moved(n, *point(*layout.places[n.key])) for n in graph.nodes}
    edges = []
    for edge, crossings in zip(graph.edges, layout.crossings, strict=True):
        between = [point(across, along) for across, start, end in crossings for along in (start, end)]
        points = way(nodes[edge.source], nodes[edge.target], between, graph.down)
        edges.append(replace(edge, points=points))
    return tuple(nodes.values()), tuple(edges)


def way(source: Node, target: Node, between: Sequence[Point], down: bool) -> tuple[Point, ...]:
    """The way of a line from the outline of one node to that of another, straight where both are wide enough for that."""
    if not (between or down):
        return source.port(1, (target.x, target.y)), target.port(-1, (source.x, source.y))
    axis = 0 if down else 1
    first, last = (source.x, source.y)[axis], (target.x, target.y)[axis]
    if between:
        leave, arrive = between[0][axis] - first, between[-1][axis] - last
    else:
        middle = min(max(last, first - _play(source, down)), first + _play(source, down))
        leave, arrive = middle - first, middle - last
    return curve([outline(source, leave, 1, down), *between, outline(target, arrive, -1, down)], down)


def _play(node: Node, down: bool) -> float:
    """How far from the middle of its side a line may meet a node."""
    if down:
        return max(0.0, node.width / 2 - node.corner - 6)
    return max(0.0, node.height / 2 - 6) if node.square else node.corner * 0.6


def outline(node: Node, off: float, side: int, down: bool) -> Point:
    """The point of the outline below (side 1) or above a node, or right or left of it, `off` from the middle if it can be."""
    play = _play(node, down)
    off = max(-play, min(play, off))
    if down:
        return node.x + off, node.y + side * node.height / 2
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
