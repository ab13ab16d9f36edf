"""Layout by Graphviz, where its program `dot` is installed; it gets sizes and arrows, and none of the names."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from symprop.drawing.figure import Point
from symprop.drawing.fit import Graph, Placed, moved
from symprop.drawing.ranks import Ranks
from symprop.drawing.spine import spine

SECONDS = 5.0
_INCH = 72.0
_STRAIGHT = 20  # how much more the edges of the longest path count


def by_graphviz(graph: Graph) -> Placed | None:
    """The layout, or None where there is no `dot`, it fails or takes long."""
    program = shutil.which("dot")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-Tplain"], input=_source(graph), capture_output=True, text=True, timeout=SECONDS, check=True
        )
        return _read(graph, [shlex.split(line) for line in done.stdout.splitlines()])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError):  # the last two of output that is none
        return None


def _source(graph: Graph) -> str:
    """The graph in Graphviz's language: every node by its number."""
    numbers = {node.key: number for number, node in enumerate(graph.nodes)}
    return "\n".join(["digraph {", *_statements(graph, numbers), "}"])


def _statements(graph: Graph, numbers: Mapping[str, int]) -> Iterator[str]:
    direction = "TB" if graph.down else "LR"
    yield f"graph [rankdir={direction}, nodesep={graph.apart / _INCH:.3f}, ranksep={graph.gap / _INCH:.3f}]"
    yield 'node [shape=box, fixedsize=true, label=""]'
    yield "edge [arrowhead=none]"
    for node in graph.nodes:
        shape = "box" if node.square or graph.down or node.width != node.height else "circle"
        yield f"n{numbers[node.key]} [width={node.width / _INCH:.4f}, height={node.height / _INCH:.4f}, shape={shape}]"
    sizes = {node.key: (node.width, node.height) for node in graph.nodes}
    ends = [(edge.source, edge.target) for edge in graph.edges]
    path = spine(Ranks(sizes, ends, graph.apart)) if graph.down else []
    straight = set(pairwise(path))
    for source, target in ends:
        weight = _STRAIGHT if (source, target) in straight else 1
        yield f"n{numbers[source]} -> n{numbers[target]} [weight={weight}]"


def _read(graph: Graph, lines: Sequence[Sequence[str]]) -> Placed:
    """The places of nodes and the points of edges, as `dot -Tplain` writes them: in inches, y upward."""
    centres = {words[1]: _point(words[2], words[3]) for words in lines if words and words[0] == "node"}
    curves = {(words[1], words[2]): _points(words) for words in lines if words and words[0] == "edge"}
    called = {node.key: f"n{number}" for number, node in enumerate(graph.nodes)}
    ends = [(called[edge.source], called[edge.target]) for edge in graph.edges]
    nodes = {node.key: moved(node, *centres[called[node.key]]) for node in graph.nodes}
    edges = []
    for edge, pair in zip(graph.edges, ends, strict=True):
        first, *between, last = curves[pair]  # to Graphviz, all nodes have corners
        points = nodes[edge.source].entered(first), *between, nodes[edge.target].entered(last)
        edges.append(replace(edge, points=points))
    return tuple(nodes.values()), tuple(edges)


def _points(words: Sequence[str]) -> tuple[Point, ...]:
    """The points of an edge."""
    numbers = words[4 : 4 + 2 * int(words[3])]
    return tuple(_point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def _point(x: str, y: str) -> Point:
    return float(x) * _INCH, -float(y) * _INCH
