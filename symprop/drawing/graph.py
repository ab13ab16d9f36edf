"""A graph of nodes with sizes and no places yet, laid out from the top down or from the left; not what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from symprop.drawing.figure import Node, Point
from symprop.drawing.fit import Graph, Placed, moved
from symprop.drawing.folds import Folded, folded
from symprop.drawing.graphviz import by_graphviz
from symprop.drawing.layered import layered


def laid_out(graph: Graph, *, graphviz: bool) -> Placed:
    """The nodes in their places and the edges with their points.

    By Graphviz, if it is wanted and installed, except for a graph so tall that it is folded into columns.
    """
    layout = _folded(graph)
    placed = by_graphviz(graph) if graphviz and len(layout.firsts) == 1 else None
    return by_ranks(graph, layout) if placed is None else placed


def _folded(graph: Graph) -> Folded:
    """The layout of `layered`, in columns if it goes down."""
    sizes = {n.key: (n.width, n.height) if graph.down else (n.height, n.width) for n in graph.nodes}
    ends = [(edge.source, edge.target) for edge in graph.edges]
    layout = layered(sizes, ends, graph.apart, graph.gap, along_spine=graph.down)
    return folded(layout) if graph.down else Folded(layout)


def by_ranks(graph: Graph, layout: Folded) -> Placed:
    """The nodes and edges in the places of a layout."""

    def point(rank: int, across: float, along: float) -> Point:
        return layout.point(rank, across, along) if graph.down else (along, across)

    ranks = layout.layout.ranks
    nodes = {n.key: moved(n, *point(ranks[n.key], *layout.layout.places[n.key])) for n in graph.nodes}
    edges = []
    for number, (edge, crossings) in enumerate(zip(graph.edges, layout.layout.crossings, strict=True)):
        first = ranks[edge.source] + 1
        between = [point(r, across, along) for r, (across, *ends) in enumerate(crossings, first) for along in ends]
        ends = nodes[edge.source], nodes[edge.target]
        if layout.column(first - 1) == layout.column(ranks[edge.target]):
            points = way(*ends, between, graph.down)
        else:
            points = _over(layout, number, *ends, between)
        edges.append(replace(edge, points=points))
    return tuple(nodes.values()), tuple(edges)


def _over(layout: Folded, edge: int, source: Node, target: Node, between: Sequence[Point]) -> tuple[Point, ...]:
    """The way of an edge that leads from one column to another: through the columns as ever, and around their ends."""
    first, last = layout.layout.spans[edge]
    leave = layout.layout.across(edge, first + 1) - layout.layout.places[source.key][0]
    arrive = (layout.layout.crossings[edge][-1][0] if between else 0.0) - layout.layout.places[target.key][0]
    points = [outline(source, leave, 1, True), *between, outline(target, arrive if between else 0.0, -1, True)]
    found: tuple[Point, ...] = (points[0],)
    for rank in range(first, last):
        start, end = points[2 * (rank - first)], points[2 * (rank - first) + 1]
        column = layout.column(rank)
        is_over = column != layout.column(rank + 1)
        found += layout.between(edge, column, start, end) if is_over else bent(start, end, down=True)
        if rank + 1 < last:
            found += bent(end, points[2 * (rank - first) + 2], down=True)
    return found


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
    found = [points[0], *(point for start, end in pairwise(points) for point in bent(start, end, down=down))]
    is_straight = len({p[0] for p in points}) == 1 if down else len({p[1] for p in points}) == 1
    return (points[0], points[-1]) if is_straight else tuple(found)


def bent(start: Point, end: Point, *, down: bool) -> tuple[Point, Point, Point]:
    """A curve from one point to another that begins and ends along the ranks' direction: what follows its first point."""
    (x, y), (u, v) = start, end
    half_x, half_y = (x + u) / 2, (y + v) / 2
    return ((x, half_y), (u, half_y), end) if down else ((half_x, y), (half_x, v), end)
