r"""A drawing as TikZ: a picture for a document of one's own, or a document that compiles; names are LaTeX as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symprop.drawing import styles
from symprop.drawing.figure import Drawing, Edge, Label, Node, Point
from symprop.drawing.numbers import RAISED
from symprop.drawing.styles import POINT, Colour
from symprop.notation.looks import letters
from symprop.templating import ANGLES, Safe, size, template

_BASE = 10.0  # the size in points from which labels are scaled
_LOOSE = 1.06  # how much wider than by estimate a label may be set
_MATHS = {"−": "{-}", "∞": r"\infty", "×": r"{\times}", "…": r"\ldots ", "·": r"{\cdot}"}
_MATHS |= {chr(raised): f"{{}}^{{{chr(plain)}}}" for plain, raised in RAISED.items()}


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


def _filled(name: str, drawing: Drawing) -> str:
    highlighted = drawing.highlight is not None
    content = {
        "colours": {_colour(colour): Safe(colour.light[1:].upper()) for colour in styles.COLOURS},
        "paper": _colour(styles.PAPER),
        "width": drawing.width,
        "height": drawing.height,
        "paper_width": drawing.width * POINT + 8.0,
        "paper_height": drawing.height * POINT + 8.0,
        "points": POINT,
        "edges": [_edge(edge, highlighted=highlighted) for edge in drawing.edges],
        "nodes": [_node(node, highlighted=highlighted) for node in drawing.nodes],
        "captions": [_label(label, styles.caption(label)) for label in drawing.captions],
    }
    return template("symprop.drawing", name, maths, ANGLES).render(content)


def _colour(of: Colour) -> Safe:
    """What LaTeX calls a colour."""
    return Safe(f"symprop{of.name.replace('-', '')}")


def _dashes(lengths: Sequence[float]) -> Safe:
    """Lengths that are drawn and left out, by turns."""
    return Safe(" ".join(f"{'off' if k % 2 else 'on'} {size(length * POINT)}pt" for k, length in enumerate(lengths)))


def _edge(edge: Edge, *, highlighted: bool) -> dict[str, Any]:
    stroke, halo = styles.line(edge), edge.halo
    corners = () if halo is None else (halo[:2], halo[2:])
    return {
        "colour": _colour(stroke.colour),
        "thick": stroke.width * POINT,
        "opacity": styles.opacity(edge, highlighted=highlighted),
        "line": Safe(_path(edge.shaft)),
        "head": Safe(" -- ".join(map(_place, edge.head)) + " -- cycle"),
        "halo": Safe(" rectangle ".join(map(_place, corners))),
        "labels": [_label(label) for label in edge.labels],
    }


def _node(node: Node, *, highlighted: bool) -> dict[str, Any]:
    left, top, right, low = node.box
    stroke, split = styles.outline(node), styles.split(node)
    return {
        "stroke": _colour(stroke.colour),
        "fill": _colour(styles.fill(node)),
        "dashes": _dashes(stroke.dash),
        "thick": stroke.width * POINT,
        "split_thick": split.width * POINT,
        "corner": node.corner * POINT - 0.01,
        "opacity": styles.opacity(node, highlighted=highlighted),
        "box": Safe(f"{_place((left, top))} rectangle {_place((right, low))}"),
        "split": Safe(_path([(node.x, top), (node.x, low)])) if node.split else "",
        "labels": [_label(label) for label in node.labels],
    }


def _label(label: Label, colour: Colour = styles.INK) -> dict[str, Any]:
    looks = {"math": label.text, "title": maths(label.text, r"\mathbf"), "value": maths(label.text, r"\mathsf")}
    return {
        "scale": label.size * POINT / _BASE,
        "most": _LOOSE * label.width * _BASE / label.size,
        "place": Safe(_place((label.x, label.y))),
        "colour": _colour(colour),
        "look": Safe(looks.get(label.style) or maths(label.text)),
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
