"""A drawing as PDF, painted by matplotlib, which is imported only then; the same drawing gives the same bytes."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

from symprop.drawing.colours import INK, LAYERS, LIGHT, LINE, LIT, SOFT, STROKE, shade
from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.reading import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

INCH = 96.0  # pixels of a drawing in an inch
POINTS = 72.0 / INCH
_FADED = 0.35
_ARC = 0.5523  # how far along the tangents the handles of a quarter of a circle stand


def pdf(drawing: Drawing) -> bytes:
    """The drawing as a PDF page of its size."""
    import matplotlib
    from matplotlib.figure import Figure

    picture = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks
        matplotlib.rcdefaults()  # a reader's own settings would make another picture
        matplotlib.rcParams.update({"mathtext.fontset": "stix", "font.family": ["STIXGeneral", "DejaVu Sans"]})
        figure = Figure(figsize=(drawing.width / INCH, drawing.height / INCH), facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
        axes.set_axis_off()
        _paint(drawing, axes)
        figure.savefig(picture, format="pdf", metadata={"CreationDate": None})
    return picture.getvalue()


def _paint(drawing: Drawing, axes: Axes) -> None:
    """Lines first, what stands on them next, the nodes on top."""
    faded = drawing.highlight is not None
    for edge in drawing.edges:
        _line(edge, axes, _FADED if faded and not edge.lit else 1.0)
    for edge in drawing.edges:
        _on_line(edge, axes, _FADED if faded and not edge.lit else 1.0)
    for node in drawing.nodes:
        _node(node, axes, _FADED if faded and not node.lit else 1.0)
    for label in drawing.captions:
        _text(label, axes, 1.0)


def _line(edge: Edge, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    colour = LIT if edge.lit else LIGHT if edge.light else LINE
    code = Path.CURVE4 if len(edge.points) > 3 else Path.LINETO
    path = Path(list(edge.shaft), [Path.MOVETO, *[code] * (len(edge.points) - 1)])
    width = (3.0 if edge.lit else 1.2) * POINTS
    axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width, alpha=alpha, capstyle="butt"))
    axes.add_patch(Polygon(list(edge.head), facecolor=colour, linewidth=0, alpha=alpha))


def _on_line(edge: Edge, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import Rectangle

    if edge.halo is not None:
        left, top, right, low = edge.halo
        axes.add_patch(Rectangle((left, top), right - left, low - top, facecolor="white", linewidth=0))
    for label in edge.labels:
        _text(label, axes, alpha)


def _node(node: Node, axes: Axes, alpha: float) -> None:
    from matplotlib.patches import PathPatch

    _, top, _, low = node.box
    dashed = node.kind in (Kind.BIAS, Kind.TARGET)
    stroke = LIT if node.lit else LIGHT if dashed else STROKE
    width = (2.6 if node.lit else 1.8 if node.kind is Kind.LOSS else 1.3) * POINTS
    fill = "white" if node.layer is None else LAYERS[shade(node.layer)]
    style = {"linewidth": width, "linestyle": (0, (3, 2)) if dashed else "-", "alpha": alpha}
    axes.add_patch(PathPatch(_outline(node), facecolor=fill, edgecolor=stroke, **style))
    if node.split:
        axes.plot([node.x, node.x], [top, low], color=stroke, linewidth=width, alpha=alpha)
    for label in node.labels:
        _text(label, axes, alpha)


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


def _text(label: Label, axes: Axes, alpha: float) -> None:
    font: dict[str, Any] = {"fontsize": label.size * POINTS, "alpha": alpha, "ha": "center", "va": "center_baseline"}
    colour = SOFT if label.style == "text" else INK
    is_math = label.style == "math" and _is_readable(label.text)
    text = f"${label.text}$" if is_math else plain(label.text) if label.style == "math" else label.text
    if label.style == "value":
        font["fontfamily"] = "DejaVu Sans"
        font["fontsize"] *= 0.9  # its figures are wide
    if label.style == "title":
        font["fontweight"] = "bold"
    axes.text(label.x, label.y, text, color=colour, parse_math=is_math, **font)


def _is_readable(latex: str) -> bool:
    """Whether matplotlib's own reader of LaTeX takes a name's look."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${latex}$")
    except ValueError:
        return False
    return True
