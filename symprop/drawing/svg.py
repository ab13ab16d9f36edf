"""A drawing as SVG that needs nothing else, to be read alone or to stand in a page; its colours can be set by the page.

What pages rely on: the root has the class ``symprop-drawing``. Each node is a ``g.node`` with ``data-key`` and, in
``data-names``, the names it stands for; each edge a ``g.edge`` with ``data-names``, ``data-from`` and ``data-to``, which are keys
of nodes; what stands on it a ``g.edge-label`` with ``data-label-of``. A name is a ``text.name`` with ``data-name-of``, a number a
``text.value`` with ``data-value-of``. Colours are ``--layer-0`` to ``--layer-7``, ``--node-ink`` for the text on them, ``--ink``,
``--paper``, ``--lit`` and others of the style sheet. What is highlighted has the class ``lit``, and the root then ``has-paths``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from symprop.drawing import styles
from symprop.drawing.figure import Box, Drawing, Edge, Label, Node, Point
from symprop.drawing.reading import SCRIPT, TextRun, above_first, runs
from symprop.drawing.styles import Colour, Stroke
from symprop.templating import Safe, size, template, xml_text

_BASE = 0.33  # how far below the middle of a line its letters stand, in the text's size
_DROP, _RISE = 0.26, -0.38  # of sub- and superscripts, in the text's size


def svg(drawing: Drawing, prefix: str = "", *, fixed: bool = False) -> str:
    """The drawing as SVG; its ids begin with `prefix`, or with a letter and figures that no other drawing has.

    With `fixed` its colours are those of light paper, and no page can set them: for programs that know no properties of CSS.
    """
    own = _fixed if fixed else _property

    def colour(of: Colour) -> Safe:
        return own(of.name, of.light)

    def stroke(of: Stroke) -> Safe:
        dash = f";stroke-dasharray:{' '.join(map(size, of.dash))}" if of.dash else ""
        return Safe(f"stroke:{colour(of.colour)};stroke-width:{size(of.width)}px{dash}")

    content = {
        "prefix": prefix or f"d{hashlib.sha256(repr(drawing).encode()).hexdigest()[:8]}",
        "title": drawing.title,
        "says": drawing.says,
        "width": drawing.width,
        "height": drawing.height,
        "lit": drawing.highlight is not None,
        "style": styles,
        "own": own,
        "colour": colour,
        "stroke": stroke,
        "nodes": [_node(node) for node in drawing.nodes],
        "edges": [_edge(edge) for edge in drawing.edges],
        "captions": [_label(label) for label in drawing.captions],
    }
    return template("symprop.drawing", "drawing.svg.jinja", xml_text).render(content)


def _property(name: str, value: object) -> Safe:
    """A value of CSS: a page's own, if it has set one."""
    return Safe(f"var(--{name},{value})")


def _fixed(name: str, value: object) -> Safe:
    return Safe(value)


def _node(node: Node) -> dict[str, Any]:
    left, top, _, low = node.box
    colour = "" if node.layer is None else f" {styles.fill(node).name}"
    return {
        "key": node.key,
        "kind": node.kind,
        "classes": colour + _lit(node.lit),
        "names": " ".join(node.names),
        "left": left,
        "top": top,
        "width": node.width,
        "height": node.height,
        "corner": node.corner,
        "split": Safe(_path([(node.x, top), (node.x, low)])) if node.split else "",
        "labels": [_label(label) for label in node.labels],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "classes": (" light" if edge.light else "") + _lit(edge.lit),
        "lit": _lit(edge.lit),
        "names": " ".join(edge.names),
        "source": edge.source,
        "target": edge.target,
        "d": Safe(_path(edge.shaft)),
        "head": Safe(_path(edge.head) + "Z"),
        "halo": _box(edge.halo),
        "labels": [_label(label) for label in edge.labels],
    }


def _box(box: Box | None) -> dict[str, float]:
    left, top, right, low = box or (0.0, 0.0, 0.0, 0.0)
    return {"x": left, "y": top, "width": right - left, "height": low - top}


def _lit(lit: bool | None) -> str:
    return " lit" if lit else ""


def _path(points: Sequence[Point]) -> str:
    """Lines from point to point, or Bézier curves where there are four points or more."""
    first, *rest = (f"{size(x)} {size(y)}" for x, y in points)
    return f"M{first}{'C' if len(points) > 3 else 'L'}{' '.join(rest)}"


def _label(label: Label) -> dict[str, Any]:
    content: dict[str, Any] = {
        "style": label.style,
        "of": label.of,
        "x": label.x,
        "y": label.y + _BASE * label.size,
        "size": label.size,
        "text": label.text,
    }
    if label.style != "math":
        return content
    order, beyond = above_first(runs(label.text))
    return content | {"spans": _spans(order, label.size), "x": label.x - beyond * label.size / 2}


def _spans(order: Sequence[TextRun], letter: float) -> list[dict[str, Any]]:
    """The runs of a name, each with how far it steps from where the last one ended."""
    spans, level = [], 0
    heights = {-1: _DROP, 0: 0.0, 1: _RISE}
    for run in order:
        spans.append(
            {
                "style": run.style,
                "text": run.text,
                "dx": -run.back * letter if run.back else 0.0,
                "dy": (heights[run.level] - heights[level]) * letter,
                "size": SCRIPT * letter if run.level else 0.0,
            }
        )
        level = run.level
    return spans
