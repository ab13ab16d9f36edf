"""A drawing as a graph in Graphviz's language, for those who lay it out themselves: its nodes, arrows and names, no places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.reading import runs
from symprop.drawing.styles import INK, POINT, Colour, fill, line, opacity, outline
from symprop.templating import Safe, template, xml_text

_SHAPES = {Kind.LOSS: "box", Kind.BLOCK: "box", Kind.NEURON: "box"}
_TAGS = {"italic": "I", "typed": "U"}
_SCRIPTS = {-1: "SUB", 1: "SUP"}
_SCRIPT = 'POINT-SIZE="12"'  # of 14: Graphviz makes scripts smaller in PNG and PDF by itself, and in SVG not


def dot(drawing: Drawing) -> str:
    """The drawing in Graphviz's language."""
    highlighted = drawing.highlight is not None
    content = {
        "title": Safe(quoted(drawing.title)),
        "direction": Safe("TB" if drawing.style == "blocks" else "LR"),
        "nodes": [_node(node, opacity(node, highlighted=highlighted)) for node in drawing.nodes],
        "edges": [_edge(edge, opacity(edge, highlighted=highlighted)) for edge in drawing.edges],
    }
    return template("symprop.drawing", "drawing.dot.jinja", xml_text).render(content)


def quoted(text: str) -> str:
    r"""Text as a string of Graphviz's language.

    >>> print(quoted('a "b" \\n'))
    "a \"b\" \\n"
    """
    line = " ".join(text.replace("\0", " ").split())
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _node(node: Node, seen: float) -> dict[str, Any]:
    rounded = "rounded," if node.kind is not Kind.LOSS else ""
    stroke = outline(node)
    dashed = "dashed," if stroke.dash else ""
    return {
        "key": Safe(quoted(node.key)),
        "shape": Safe(_SHAPES.get(node.kind, "ellipse")),
        "style": Safe(f"{rounded}{dashed}filled"),
        "fill": _colour(fill(node), seen),
        "colour": _colour(stroke.colour, seen),
        "ink": _colour(INK, seen),
        "thick": stroke.width * POINT,
        "lines": [Safe(" ".join(map(_marked, line))) for line in _lines(node.labels)],
    }


def _lines(labels: Iterable[Label]) -> list[list[Label]]:
    """The labels of a node, line by line."""
    found: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: label.y):
        if found and label.y - found[-1][0].y < label.size / 2:
            found[-1].append(label)
        else:
            found.append([label])
    return [sorted(line, key=lambda label: label.x) for line in found]


def _edge(edge: Edge, seen: float) -> dict[str, Any]:
    return {
        "source": Safe(quoted(edge.source)),
        "target": Safe(quoted(edge.target)),
        "colour": _colour(line(edge).colour, seen),
        "ink": _colour(INK, seen),
        "thick": line(edge).width * POINT,
        "label": Safe(" ".join(map(_marked, edge.labels))),
    }


def _colour(of: Colour, seen: float) -> Safe:
    """A colour, with how much of it is seen."""
    return Safe(of.light if seen == 1 else f"{of.light}{round(255 * seen):02x}")


def _marked(label: Label) -> str:
    """A label in the HTML-like language of Graphviz."""
    if label.style != "math":
        return f"<B>{xml_text(label.text)}</B>" if label.style == "title" else xml_text(label.text)
    parts = []
    for run in runs(label.text):
        text = xml_text(run.text)
        for tag in (_TAGS.get(run.style), _SCRIPTS.get(run.level)):
            text = f"<{tag}>{text}</{tag}>" if tag else text
        if run.level:
            text = f"<FONT {_SCRIPT}>{text}</FONT>"
        parts.append(text)
    return "".join(parts)
