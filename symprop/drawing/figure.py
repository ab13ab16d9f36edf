"""A drawing as data: nodes, edges and labels with their places, in pixels, y downward; no format of a file is known here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import hypot

from symprop.drawing.reading import runs, width

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

HEIGHT, TALL = 1.3, 1.55  # of a line of text, and of a name with something above and below, in its size
_HEAD, _LIT_HEAD = 8.0, 12.0  # lengths of arrows' heads
_WIDTHS = {"value": 0.52, "text": 0.5, "title": 0.55}  # of a character, in the text's size


class Kind(StrEnum):
    """What a node stands for; each has its own shape and line."""

    INPUT = "input"
    NEURON = "neuron"
    BIAS = "bias"
    LOSS = "loss"
    TARGET = "target"
    BLOCK = "block"
    PARAMETER = "parameter"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Label:
    """A piece of text around its centre: mathematics in LaTeX, a number (a "value"), or plain text.

    `of` is the element or tensor whose name or value it is.
    """

    text: str
    x: float
    y: float
    size: float = 15.0
    style: str = "math"  # or "value", "text", "title"
    of: str = ""

    @property
    def width(self) -> float:
        """About how wide it is printed."""
        if self.style == "math":
            return width(runs(self.text)) * self.size
        return _WIDTHS[self.style] * len(self.text) * self.size

    @property
    def is_tall(self) -> bool:
        """Whether something stands above and below its letters."""
        return self.style == "math" and any(run.back > 0 for run in runs(self.text))

    @property
    def box(self) -> Box:
        """The room that it takes."""
        half, high = self.width / 2, (TALL if self.is_tall else HEIGHT) * self.size / 2
        return self.x - half, self.y - high, self.x + half, self.y + high


@dataclass(frozen=True, slots=True)
class Node:
    """A shape around its centre: round at the ends, or a `square` box; `names` are the elements or tensors it stands for.

    Nodes of one `layer` share a colour; `split` ones have a line through the middle. `lit` is None where nothing is
    highlighted.
    """

    key: str
    kind: Kind
    names: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float
    layer: int | None = None
    labels: tuple[Label, ...] = ()
    split: bool = False
    lit: bool | None = None

    @property
    def square(self) -> bool:
        """Whether it is a box, and not round at its ends."""
        return self.kind in (Kind.LOSS, Kind.BLOCK)

    @property
    def corner(self) -> float:
        """The radius of the corners."""
        return 7.0 if self.square else min(self.width, self.height) / 2

    @property
    def box(self) -> Box:
        """Its outline's left, top, right and bottom, in pixels."""
        return (
            self.x - self.width / 2,
            self.y - self.height / 2,
            self.x + self.width / 2,
            self.y + self.height / 2,
        )

    def port(self, side: int, toward: Point) -> Point:
        """Where a line that leaves on the right (side 1) or comes in on the left (-1) meets the outline."""
        end = self.x + side * (self.width / 2 - self.corner)
        if self.square:
            return self.x + side * self.width / 2, self.y
        across, down = toward[0] - end, toward[1] - self.y
        length = hypot(across, down) or 1.0
        return end + self.corner * across / length, self.y + self.corner * down / length

    def entered(self, start: Point) -> Point:
        """Where the straight way from a point to the middle meets the outline, whose corners count."""
        outside, inside = 0.0, 1.0
        for _ in range(20):
            half = (outside + inside) / 2
            outside, inside = (outside, half) if self._holds(self._toward(start, half)) else (half, inside)
        return self._toward(start, inside)

    def _toward(self, start: Point, part: float) -> Point:
        return start[0] + part * (self.x - start[0]), start[1] + part * (self.y - start[1])

    def _holds(self, point: Point) -> bool:
        beyond = (
            max(0.0, abs(point[0] - self.x) - self.width / 2 + self.corner),
            max(0.0, abs(point[1] - self.y) - self.height / 2 + self.corner),
        )
        return hypot(*beyond) <= self.corner


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from one node to another: a line between two points, or Bézier curves through each third point."""

    source: str
    target: str
    points: tuple[Point, ...]
    names: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    lit: bool | None = None
    light: bool = False  # drawn lightly: what no weight stands on

    @property
    def halo(self) -> Box | None:
        """What its labels cover of the lines below them."""
        boxes = [label.box for label in self.labels]
        if not boxes:
            return None
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        return left - 2, min(box[1] for box in boxes) + 1, right + 2, max(box[3] for box in boxes) - 1

    @property
    def head(self) -> tuple[Point, Point, Point]:
        """The triangle at its end."""
        (x, y), (ux, uy) = self.points[-1], self._direction
        long, wide = self._head, 0.38 * self._head
        left = (x - long * ux - wide * uy, y - long * uy + wide * ux)
        right = (x - long * ux + wide * uy, y - long * uy - wide * ux)
        return (x, y), left, right

    @property
    def shaft(self) -> tuple[Point, ...]:
        """The line as it is drawn: up to the triangle, whose tip a thick line would blunt."""
        (x, y), (ux, uy) = self.points[-1], self._direction
        return (*self.points[:-1], (x - 0.8 * self._head * ux, y - 0.8 * self._head * uy))

    @property
    def _head(self) -> float:
        return _LIT_HEAD if self.lit else _HEAD

    @property
    def _direction(self) -> Point:
        """Where it points at its end, as a vector of length one."""
        (x, y), (bx, by) = self.points[-1], self.points[-2]
        length = hypot(x - bx, y - by) or 1.0
        return (x - bx) / length, (y - by) / length


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network drawn: a `style` ("neurons", "blocks" or "quantities"), its parts, and a sentence for who cannot see it.

    `paths` are the quantities through which what is highlighted reaches the loss, itself first.
    """

    title: str
    says: str
    style: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    captions: tuple[Label, ...] = ()
    width: float = 0.0
    height: float = 0.0
    highlight: str | None = None
    paths: tuple[str, ...] = ()

    def _repr_svg_(self) -> str:
        from symprop.drawing.svg import svg

        return svg(self)

    @property
    def labels(self) -> Iterator[Label]:
        """Every label, those in nodes first."""
        for node in self.nodes:
            yield from node.labels
        for edge in self.edges:
            yield from edge.labels
        yield from self.captions
