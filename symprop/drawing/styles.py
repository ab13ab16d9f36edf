"""How drawings look, once for all formats: colours, widths and dashes of lines and outlines; where things stand is `figure`'s.

Lengths are in pixels of a drawing, as in SVG. A page may set a colour by the CSS property of its name; pages with a dark side
have the dark ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symprop.drawing.figure import Edge, Kind, Label, Node
from symprop.palette import DARK_LAYERS, LAYERS, shade

POINT = 0.75  # points in a pixel
FADED = 0.35  # the opacity of what is not highlighted, where something is


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by the name of its property, on light and on dark paper; a page's text and paper are its own, on dark too."""

    name: str
    light: str
    dark: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line's colour and width, and the lengths of its dashes and of the gaps between them, if it has any."""

    colour: Colour
    width: float
    dash: tuple[float, ...] = ()


PAPER, INK = Colour("paper", "#ffffff"), Colour("ink", "#111111")
SOFT = Colour("soft", "#555555", "#a9a79f")
PLAIN = Colour("plain", "#ffffff", "#17181a")
FILLS = tuple(Colour(f"layer-{k}", *pair) for k, pair in enumerate(zip(LAYERS, DARK_LAYERS, strict=True)))

LINE = Stroke(Colour("line", "#555555", "#a9a79f"), 1.2)
LIGHT_LINE = Stroke(Colour("light", "#999999", "#8b8982"), 1.2)
SHAPE = Stroke(Colour("stroke", "#333333", "#c9c7bf"), 1.3)
DASHED = Stroke(Colour("dashed", "#777777", "#8b8982"), 1.3, (3.0, 2.5))
LOSS = Stroke(SHAPE.colour, 1.8)
LIT_LINE = Stroke(Colour("lit", "#b3400a", "#ff9a5c"), 3.0)
LIT_SHAPE = Stroke(LIT_LINE.colour, 2.6)

OUTLINES = {Kind.BIAS: DASHED, Kind.TARGET: DASHED, Kind.LOSS: LOSS}  # of the others: SHAPE
COLOURS = (
    PAPER, INK, SOFT, PLAIN, LINE.colour, LIGHT_LINE.colour, SHAPE.colour, DASHED.colour, LIT_LINE.colour, *FILLS
)  # fmt: skip


def line(edge: Edge) -> Stroke:
    """The line and the head of an arrow."""
    return LIT_LINE if edge.lit else LIGHT_LINE if edge.light else LINE


def outline(node: Node) -> Stroke:
    """The outline of a node's shape; what is highlighted keeps its dashes."""
    own = OUTLINES.get(node.kind, SHAPE)
    return replace(LIT_SHAPE, dash=own.dash) if node.lit else own


def split(node: Node) -> Stroke:
    """The line through the middle of a node."""
    return replace(SHAPE, colour=LIT_SHAPE.colour) if node.lit else SHAPE


def fill(node: Node) -> Colour:
    """What a node's shape is filled with."""
    return PLAIN if node.layer is None else FILLS[shade(node.layer)]


def caption(label: Label) -> Colour:
    """The colour of a text that stands beside the drawing; texts within it have that of ink."""
    return SOFT if label.style == "text" else INK


def opacity(part: Edge | Node, *, highlighted: bool) -> float:
    """How much of a part is seen, in a drawing in which something is `highlighted` or not."""
    return FADED if highlighted and not part.lit else 1.0


def properties(*, dark: bool) -> str:
    """The colours as declarations of CSS, for a page around drawings, on its light or its dark side.

    >>> properties(dark=True)[:34]
    '--soft: #a9a79f; --plain: #17181a;'
    """
    return " ".join(f"--{each.name}: {each.dark if dark else each.light};" for each in COLOURS if each.dark)
