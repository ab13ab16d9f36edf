"""A drawing as PDF, painted by matplotlib, which is imported only then; the same drawing gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symprop.drawing import styles
from symprop.drawing.figure import Drawing, Edge, Label, Node
from symprop.drawing.reading import plain
from symprop.drawing.styles import INK, PAPER, POINT, Colour, Stroke, opacity
from symprop.pictures import is_drawable, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

INCH = 72 / POINT  # pixels of a drawing in an inch
_ARC = 0.5523  # how far along the tangents the handles of a quarter of a circle stand
_FONTS = {"mathtext.fontset": "stix", "font.family": ["STIXGeneral", "DejaVu Sans"]}


def pdf(drawing: Drawing) -> bytes:
    """The drawing as a PDF page of its size."""

    def drawn(figure: Figure) -> None:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
        axes.set_axis_off()
        _paint(drawing, axes)

    size = drawing.width / INCH, drawing.height / INCH
    return picture(drawn, ".pdf", size, layout=None, settings=_FONTS)


def _paint(drawing: Drawing, axes: Axes) -> None:
    """Lines first, what stands on them next, the nodes on top."""
    highlighted = drawing.highlight is not None
    for edge in drawing.edges:
        _line(edge, axes, opacity(edge, highlighted=highlighted))
    for edge in drawing.edges:
        _on_line(edge, axes, opacity(edge, highlighted=highlighted))
    for node in drawing.nodes:
        _node(node, axes, opacity(node, highlighted=highlighted))
    for label in drawing.captions:
        _text(label, axes, 1.0, styles.caption(label))


def _line(edge: Edge, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    stroke = styles.line(edge)
    code = Path.CURVE4 if len(edge.points) > 3 else Path.LINETO
    path = Path(list(edge.shaft), [Path.MOVETO, *[code] * (len(edge.points) - 1)])
    axes.add_patch(PathPatch(path, fill=False, capstyle="butt", alpha=alpha, **_look(stroke)))
    axes.add_patch(Polygon(list(edge.head), facecolor=stroke.colour.light, linewidth=0, alpha=alpha))


def _on_line(edge: Edge, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import Rectangle

    if edge.halo is not None:
        left, top, right, low = edge.halo
        axes.add_patch(Rectangle((left, top), right - left, low - top, facecolor=PAPER.light, linewidth=0))
    for label in edge.labels:
        _text(label, axes, alpha)


def _node(node: Node, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    _, top, _, low = node.box
    look = _look(styles.outline(node))
    axes.add_patch(PathPatch(_outline(node), facecolor=styles.fill(node).light, alpha=alpha, **look))
    if node.split:
        middle = Path([(node.x, top), (node.x, low)])
        axes.add_patch(PathPatch(middle, capstyle="butt", alpha=alpha, **_look(styles.split(node))))
    for label in node.labels:
        _text(label, axes, alpha)


def _look(stroke: Stroke) -> dict[str, Any]:
    """A patch's edge, whose dashes matplotlib counts in line widths."""
    dashes = (0, tuple(length / stroke.width for length in stroke.dash)) if stroke.dash else "-"
    return {"edgecolor": stroke.colour.light, "linewidth": stroke.width * POINT, "linestyle": dashes}


def _outline(node: Node) -> Path:
    """The rounded box of a node, from its upper left around with the clock."""
    from matplotlib.path import Path

    (left, top, right, low), r = node.box, node.corner
    k = r * (1 - _ARC)
    points = [
        (left + r, top), (right - r, top), (right - k, top), (right, top + k), (right, top + r),
        (right, low - r), (right, low - k), (right - k, low), (right - r, low),
        (left + r, low), (left + k, low), (left, low - k), (left, low - r),
        (left, top + r), (left, top + k), (left + k, top), (left + r, top),
    ]  # fmt: skip
    side = [Path.LINETO, *[Path.CURVE4] * 3]
    return Path(points, [Path.MOVETO, *side * 4])


def _text(label: Label, axes: Axes, alpha: float, colour: Colour = INK) -> None:
    font: dict[str, Any] = {"fontsize": label.size * POINT, "alpha": alpha, "ha": "center", "va": "center_baseline"}
    is_math = label.style == "math" and is_drawable(f"${label.text}$")
    text = f"${label.text}$" if is_math else plain(label.text) if label.style == "math" else label.text
    if label.style == "value":
        font["fontfamily"] = "DejaVu Sans"
        font["fontsize"] *= 0.9  # its figures are wide
    if label.style == "title":
        font["fontweight"] = "bold"
    axes.text(label.x, label.y, text, color=colour.light, parse_math=is_math, **font)
