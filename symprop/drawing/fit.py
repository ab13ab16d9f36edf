"""Graphs to be laid out, and moving what stands in a drawing; where it is to stand is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symprop.drawing.figure import Drawing, Edge, Label, Node, Point

MARGIN = 16.0
Placed = tuple[tuple[Node, ...], tuple[Edge, ...]]


@dataclass(frozen=True)
class Graph:
    """Nodes without places in an order in which each comes after what leads to it, and edges without points.

    The ranks go `down`, or to the right; nodes in a rank are so far `apart`, and ranks have such a `gap` between them.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    down: bool
    apart: float = 30.0
    gap: float = 38.0


def moved(node: Node, x: float, y: float) -> Node:
    """The node with its labels around another place."""
    across, down = x - node.x, y - node.y
    return replace(node, x=x, y=y, labels=shifted(node.labels, across, down))


def shifted(labels: tuple[Label, ...], across: float, down: float) -> tuple[Label, ...]:
    """Labels at another place."""
    return tuple(replace(label, x=label.x + across, y=label.y + down) for label in labels)


def fitted(drawing: Drawing) -> Drawing:
    """The drawing with a margin around everything in it, its upper left corner at zero."""
    boxes = [node.box for node in drawing.nodes] + [label.box for label in drawing.labels]
    points = [point for edge in drawing.edges for point in edge.points]
    points += [corner for box in boxes for corner in (box[:2], box[2:])]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    across, down = MARGIN - left, MARGIN - top

    def point(p: Point) -> Point:
        return p[0] + across, p[1] + down

    def edge(e: Edge) -> Edge:
        return replace(e, points=tuple(map(point, e.points)), labels=shifted(e.labels, across, down))

    return replace(
        drawing,
        nodes=tuple(moved(node, node.x + across, node.y + down) for node in drawing.nodes),
        edges=tuple(map(edge, drawing.edges)),
        captions=shifted(drawing.captions, across, down),
        width=right - left + 2 * MARGIN,
        height=bottom - top + 2 * MARGIN,
    )
