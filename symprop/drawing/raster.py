"""A drawing as PNG, painted by Pillow, which is imported only then; the same drawing gives the same bytes.

matplotlib could paint it too, as it does PDF pages, but takes a second to be imported and to read names as mathematics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from itertools import pairwise
from math import ceil, cos, hypot, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.drawing import styles
from symprop.drawing.figure import Drawing, Edge, Label, Node, Point
from symprop.drawing.reading import SCRIPT, runs
from symprop.drawing.styles import INK, PAPER, Colour, Stroke, opacity

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_DOTS, _FINE = 2, 2  # dots of the picture for a pixel of the drawing; how much finer it is painted, for smooth edges
_STEPS = 24  # lines that make a curve
_BASE, _HEIGHTS = 0.33, {-1: 0.26, 0: 0.0, 1: -0.38}  # below a label's middle; of scripts; in the text's size
_FONTS = {"upright": "STIXGeneral", "italic": "STIXGeneralItalic", "bold": "STIXGeneralBol", "value": "DejaVuSans"}
_FIGURES = 0.9  # the size of numbers, whose figures are wide


def png(drawing: Drawing) -> bytes:
    """The drawing as a PNG picture, at twice the size of a screen's pixels."""
    from PIL import Image, ImageDraw

    width, height = (round(side * _DOTS) for side in (drawing.width, drawing.height))
    image = Image.new("RGB", (width * _FINE, height * _FINE), PAPER.light)
    _Painter(ImageDraw.Draw(image), drawing.highlight is not None).paint(drawing)
    picture = BytesIO()
    image.resize((width, height), Image.Resampling.BOX).save(picture, "PNG", dpi=(96 * _DOTS, 96 * _DOTS))
    return picture.getvalue()


class _Painter:
    """Paints in the drawing's pixels; what is not highlighted fades where something is."""

    def __init__(self, on: ImageDraw, highlighted: bool) -> None:
        self.on, self.highlighted, self.scale = on, highlighted, _DOTS * _FINE

    def paint(self, drawing: Drawing) -> None:
        """Lines first, what stands on them next, the nodes on top."""
        for edge in drawing.edges:
            self._edge(edge)
        for edge in drawing.edges:
            if edge.halo is not None:
                self.on.rectangle([self.scale * side for side in edge.halo], fill=PAPER.light)
            self._labels(edge.labels, self._seen(edge))
        for node in drawing.nodes:
            self._node(node)
        for label in drawing.captions:
            self._text(label, styles.caption(label).light)

    def _seen(self, part: Edge | Node) -> float:
        return opacity(part, highlighted=self.highlighted)

    def _edge(self, edge: Edge) -> None:
        stroke = styles.line(edge)
        self._line(list(_curve(edge.shaft)), stroke, self._seen(edge))
        self.on.polygon(self._scaled(edge.head), fill=_mixed(stroke.colour, self._seen(edge)))

    def _node(self, node: Node) -> None:
        _, top, _, low = node.box
        seen, outline, stroke = self._seen(node), list(_outline(node)), styles.outline(node)
        self.on.polygon(self._scaled(outline), fill=_mixed(styles.fill(node), seen))
        closed = [*outline, *outline[:2]]  # twice the first line, for a round corner there
        for line in _dashes(closed[:-1], stroke.dash) if stroke.dash else [closed]:
            self._line(line, stroke, seen)
        if node.split:
            self._line([(node.x, top), (node.x, low)], styles.split(node), seen)
        self._labels(node.labels, seen)

    def _labels(self, labels: Sequence[Label], seen: float) -> None:
        for label in labels:
            self._text(label, _mixed(INK, seen))

    def _text(self, label: Label, colour: str) -> None:
        if label.style == "math":
            self._name(label, colour)
        else:
            self.on.text(self._at(label.x, label), label.text, colour, _font(*_look(label), self.scale), anchor="ms")

    def _name(self, label: Label, colour: str) -> None:
        """A name's runs, one after the other, around its middle."""
        found = [
            (run, _font(run.style, label.size * (SCRIPT if run.level else 1.0), self.scale)) for run in runs(label.text)
        ]
        places, base, across = list[float](), 0.0, 0.0
        for run, font in found:
            places.append(base if run.back > 0 else across)  # what stands above begins where what stands below does
            across = max(across, places[-1] + font.getlength(run.text) / self.scale)
            base = base if run.level else across
        for place, (run, font) in zip(places, found, strict=True):
            x, y = self._at(label.x - across / 2 + place, label)
            self.on.text((x, y + _HEIGHTS[run.level] * label.size * self.scale), run.text, colour, font, anchor="ls")

    def _at(self, x: float, label: Label) -> Point:
        return x * self.scale, (label.y + _BASE * label.size) * self.scale

    def _line(self, points: Sequence[Point], stroke: Stroke, seen: float) -> None:
        width = round(stroke.width * self.scale)
        self.on.line(self._scaled(points), _mixed(stroke.colour, seen), width, joint="curve")

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]


def _look(label: Label) -> tuple[str, float]:
    if label.style == "value":
        return "value", label.size * _FIGURES
    return ("bold" if label.style == "title" else "upright"), label.size


@cache
def _font(style: str, size: float, scale: int) -> Any:
    """A font of matplotlib's, which has letters for mathematics; it is not imported for it."""
    from PIL import ImageFont

    found = find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations is not None
    name = _FONTS.get(style, _FONTS["value"])
    file = Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
    return ImageFont.truetype(file, size * scale, layout_engine=ImageFont.Layout.BASIC)


def _mixed(colour: Colour, seen: float) -> str:
    """The colour, with as much white in it as it is not seen.

    >>> _mixed(Colour("own", "#004080"), 0.5)
    '#80a0c0'
    """
    parts = (int(colour.light[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - seen * (255 - part)):02x}" for part in parts)


def _curve(points: Sequence[Point]) -> Iterator[Point]:
    """The points as they are, or those of Bézier curves where there are four or more."""
    if len(points) < 4:
        yield from points
        return
    yield points[0]
    for k in range(0, len(points) - 3, 3):
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            x, y = (
                sum(w * point[axis] for w, point in zip(weights, points[k : k + 4], strict=True)) for axis in (0, 1)
            )
            yield x, y


def _outline(node: Node) -> Iterator[Point]:
    """The rounded box of a node, from its upper right around with the clock."""
    (left, top, right, low), r = node.box, node.corner
    middles = [(right - r, top + r), (right - r, low - r), (left + r, low - r), (left + r, top + r)]
    for quarter, (x, y) in enumerate(middles, start=-1):
        for step in range(_STEPS + 1):
            angle = pi / 2 * (quarter + step / _STEPS)
            yield x + r * cos(angle), y + r * sin(angle)


def _dashes(points: Sequence[Point], lengths: Sequence[float]) -> Iterator[list[Point]]:
    """Pieces of a line, of the first of two lengths, with gaps of the second between them."""
    dash, gap = lengths
    piece, used = list[Point](), 0.0
    for (x, y), (u, v) in pairwise(points):
        length = hypot(u - x, v - y)
        steps = ceil(length * 2) or 1  # half a pixel
        for step in range(steps):
            if used % (dash + gap) < dash:
                piece.append((x + (u - x) * step / steps, y + (v - y) * step / steps))
            elif piece:
                yield piece
                piece = []
            used += length / steps
    if len(piece) > 1:
        yield piece
