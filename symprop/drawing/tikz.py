r"""A drawing as TikZ: a picture for a document of one's own, or a document that compiles; names are LaTeX as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symprop.drawing.colours import INK, LAYERS, LIGHT, LINE, LIT, SOFT, STROKE, shade
from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node, Point
from symprop.drawing.numbers import RAISED
from symprop.drawing.templating import Safe, filled, size
from symprop.notation.looks import letters

POINTS = 0.75  # of a pixel
_BASE = 10.0  # the size in points from which labels are scaled
_LOOSE = 1.06  # how much wider than by estimate a label may be set
_MATHS = {"−": "{-}", "∞": r"\infty", "×": r"{\times}", "…": r"\ldots ", "·": r"{\cdot}"}
_MATHS |= {chr(raised): f"{{}}^{{{chr(plain)}}}" for plain, raised in RAISED.items()}
_COLOURS = {"ink": INK, "soft": SOFT, "line": LINE, "light": LIGHT, "stroke": STROKE, "lit": LIT}
_DASHED = (Kind.BIAS, Kind.TARGET)


def tikz(drawing: Drawing) -> str:
    r"""The drawing as a ``tikzpicture``, for a document that loads TikZ."""
    return _filled("picture.tex.jinja", drawing)


def document(drawing: Drawing) -> str:
    """The drawing as a LaTeX document of one page of its size."""
    return _filled("drawing.tex.jinja", drawing)


def maths(text: str, style: str = r"\mathrm") -> str:
    r"""Any text as LaTeX mathematics that compiles.

    >>> maths("4 × 6"), maths("−2")
    ('\\mathrm{4{\\ }{\\times}{\\ }6}', '\\mathrm{{-}2}')
    """
    return f"{style}{{{''.join(_MATHS.get(c) or letters(c) for c in text)}}}"


def _filled(template: str, drawing: Drawing) -> str:
    faded = drawing.highlight is not None
    colours = {Safe(f"symprop{name}"): Safe(value[1:].upper()) for name, value in _COLOURS.items()}
    colours |= {Safe(f"symproplayer{_letter(k)}"): Safe(value[1:].upper()) for k, value in enumerate(LAYERS)}
    content = {
        "colours": colours,
        "width": drawing.width,
        "height": drawing.height,
        "paper_width": drawing.width * POINTS + 8.0,
        "paper_height": drawing.height * POINTS + 8.0,
        "points": POINTS,
        "edges": [_edge(edge, faded=faded) for edge in drawing.edges],
        "nodes": [_node(node, faded=faded) for node in drawing.nodes],
        "captions": [_label(label) for label in drawing.captions],
    }
    return filled(template, maths, content, braces=False)


def _letter(number: int) -> str:
    return "abcdefgh"[number]


def _edge(edge: Edge, *, faded: bool) -> dict[str, Any]:
    colour = "lit" if edge.lit else "light" if edge.light else "line"
    halo = edge.halo
    corners = () if halo is None else (halo[:2], halo[2:])
    return {
        "colour": Safe(f"symprop{colour}"),
        "thick": 2.2 if edge.lit else 0.8,
        "opacity": 0.35 if faded and not edge.lit else 1.0,
        "line": Safe(_path(edge.shaft)),
        "head": Safe(" -- ".join(map(_place, edge.head)) + " -- cycle"),
        "halo": Safe(" rectangle ".join(map(_place, corners))),
        "labels": [_label(label) for label in edge.labels],
    }


def _node(node: Node, *, faded: bool) -> dict[str, Any]:
    left, top, right, low = node.box
    fill = "white" if node.layer is None else f"symproplayer{_letter(shade(node.layer))}"
    return {
        "stroke": Safe("symproplit" if node.lit else "symproplight" if node.kind in _DASHED else "sympropstroke"),
        "fill": Safe(fill),
        "dashed": node.kind in _DASHED,
        "thick": 2.0 if node.lit else 1.35 if node.kind is Kind.LOSS else 0.95,
        "corner": node.corner * POINTS - 0.01,
        "opacity": 0.35 if faded and not node.lit else 1.0,
        "box": Safe(f"{_place((left, top))} rectangle {_place((right, low))}"),
        "split": Safe(_path([(node.x, top), (node.x, low)])) if node.split else "",
        "labels": [_label(label) for label in node.labels],
    }


def _label(label: Label) -> dict[str, Any]:
    styles = {"math": label.text, "title": maths(label.text, r"\mathbf"), "value": maths(label.text, r"\mathsf")}
    return {
        "scale": label.size * POINTS / _BASE,
        "most": _LOOSE * label.width * _BASE / label.size,
        "place": Safe(_place((label.x, label.y))),
        "colour": Safe("sympropsoft" if label.style == "text" else "sympropink"),
        "look": Safe(styles.get(label.style) or maths(label.text)),
    }


def _place(point: Point) -> str:
    return f"({size(point[0])},{size(point[1])})"


def _path(points: Sequence[Point]) -> str:
    """A straight line, or Bézier curves one after the other."""
    first, *rest = map(_place, points)
    if len(points) < 4:
        return " -- ".join([first, *rest])
    threes = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return first + "".join(f" .. controls {a} and {b} .. {end}" for a, b, end in threes)
