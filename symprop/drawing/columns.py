"""Where the neurons of a small network stand, so that no label on a line touches another; what they are is `neurons`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from symprop.drawing.figure import Drawing, Edge, Label, Node, Point
from symprop.drawing.fit import fitted, moved
from symprop.drawing.neurons import Line, Neurons
from symprop.drawing.words import layer_words, loss_words, neurons_words
from symprop.errors import InternalError

ROW, WIDEST_ROW, BIAS_ROW = 78.0, 140.0, 86.0
LOSS_ROW, TARGET_DOWN = 122.0, 58.0  # where targets stand below the losses
FURTHEST = 0.45  # where on a line its label stands, of its length, so that it is seen which source it belongs to
LINE, COMFORT = 21.0, 26.0  # from one weight's label to the next: at least, and best
CLEAR = 12.0  # from a label to a neuron
GAPS = (150.0, 180.0, 220.0, 270.0, 320.0)  # between two columns
LOSS_GAP = 64.0
STRETCH, MOST_STRETCH = 1.08, 60
CAPTION = 12.5


def neurons(network: Neurons) -> Drawing:
    """The drawing of a small network, neuron by neuron."""
    for stretched in range(MOST_STRETCH):
        rows = _Rows(network, STRETCH**stretched)
        gaps = [rows.gap(layer) for layer in range(1, len(network.columns))]
        if None not in gaps:
            return _Columns(rows, [gap for gap in gaps if gap is not None]).drawing()
    raise InternalError("no room for the labels of a small network", got=network.spec.sizes)


@dataclass(frozen=True)
class _Rows:
    """The heights of all nodes at one stretch of the drawing."""

    network: Neurons
    stretch: float

    @cached_property
    def columns(self) -> list[list[Node]]:
        """The columns of neurons in their heights, each with the biases of the next layer below it."""
        network = self.network
        tallest = max(map(len, network.columns)) * ROW * self.stretch
        found = []
        for place, column in enumerate(network.columns):
            is_last = place == len(network.columns) - 1
            row = max(ROW, min(tallest / len(column), WIDEST_ROW * self.stretch))
            row = max(row, LOSS_ROW) if is_last and len(network.losses) > 1 else row
            bias = None if is_last else network.bias(place + 1)
            placed = [moved(node, 0.0, (k - (len(column) - 1) / 2) * row) for k, node in enumerate(column)]
            below = placed[-1].y + min(row, BIAS_ROW * self.stretch)
            found.append(placed if bias is None else [*placed, moved(bias, 0.0, below)])
        return found

    def gap(self, layer: int) -> tuple[float, float] | None:
        """How wide the gap before a layer has to be, and where on its lines the labels stand; None where none will do."""
        for gap in GAPS:
            best = self._best(layer, gap)
            if best is not None:
                return gap, best
        return None

    def _best(self, layer: int, gap: float) -> float | None:
        """The distance from the left at which the labels keep apart, the least one, where few lines have crossed yet."""
        lines = self.lines(layer, 0.0, gap)
        labels = [self.network.label(line.name) for line, _, _ in lines if line.name]
        half = max((reach(label) for label in labels), default=0.0)
        places = [p for p in range(int(gap * FURTHEST)) if half + CLEAR <= p <= gap - half - CLEAR]
        named = [(start, end) for line, start, end in lines if line.name]
        found = []
        for place in places:
            heights = sorted(at(start, end, place) for start, end in named)
            found.append((min((b - a for a, b in pairwise(heights)), default=COMFORT), -place))
        room, place = max(((min(room, COMFORT), place) for room, place in found), default=(0.0, 0))
        return float(-place) if room >= LINE else None

    def lines(self, layer: int, left: float, right: float) -> list[tuple[Line, Point, Point]]:
        """Every line to a layer between the outlines of its nodes, where the gap lies between `left` and `right`."""
        before, after = self.columns[layer - 1], self.columns[layer]
        wide, far = max(n.width for n in before) / 2, max(n.width for n in after) / 2
        ends = {n.key: moved(n, left - wide, n.y) for n in before} | {n.key: moved(n, right + far, n.y) for n in after}
        found = []
        for line in self.network.lines(layer):
            source, target = ends[line.source], ends[line.target]
            found.append((line, source.port(1, (target.x, target.y)), target.port(-1, (source.x, source.y))))
        return found


@dataclass(frozen=True)
class _Columns:
    """The drawing, once the heights and the gaps are settled."""

    rows: _Rows
    gaps: Sequence[tuple[float, float]]

    @property
    def network(self) -> Neurons:
        return self.rows.network

    @cached_property
    def places(self) -> list[float]:
        """The middle of each column of neurons."""
        wide = [max(node.width for node in column) for column in self.rows.columns]
        found = [0.0]
        for k, (gap, _) in enumerate(self.gaps):
            found.append(found[-1] + wide[k] / 2 + gap + wide[k + 1] / 2)
        return found

    def drawing(self) -> Drawing:
        network = self.network
        neurons = [moved(n, x, n.y) for x, column in zip(self.places, self.rows.columns, strict=True) for n in column]
        edges = [edge for layer in range(1, len(network.columns)) for edge in self._weights(layer)]
        last = [moved(n, self.places[-1], n.y) for n in self.rows.columns[-1]]
        losses, errors = self._losses(last)
        nodes = (*neurons, *losses)
        low = max(node.box[3] for node in nodes) + 20
        captions = [Label(text, x, low, CAPTION, "text") for x, text in self._captions(losses)]
        spec = network.spec
        drawing = Drawing(spec.name, neurons_words(spec), "neurons", nodes, (*edges, *errors), tuple(captions))
        return fitted(drawing)

    def _captions(self, losses: Sequence[Node]) -> Iterator[tuple[float, str]]:
        for place, x in enumerate(self.places):
            yield x, layer_words(self.network.spec, place)
        yield (losses[0].x + losses[-1].x) / 2, loss_words(self.network.spec)

    def _weights(self, layer: int) -> Iterator[Edge]:
        wide = max(node.width for node in self.rows.columns[layer - 1]) / 2
        left, (gap, place) = self.places[layer - 1] + wide, self.gaps[layer - 1]
        for line, start, end in self.rows.lines(layer, left, left + gap):
            y = at(start, end, left + place)
            labels = [
                replace(la, x=la.x + left + place, y=la.y + y) for la in self.network.label(line.name) if line.name
            ]
            yield Edge(line.source, line.target, (start, end), (line.name,) if line.name else (), tuple(labels))

    def _losses(self, outputs: Sequence[Node]) -> tuple[list[Node], list[Edge]]:
        """The losses beside the outputs, their targets below them, and the whole loss."""
        network, first = self.network, outputs[0]
        x = first.x + first.width / 2 + LOSS_GAP + network.losses[0].width / 2
        ys = [node.y for node in outputs] if len(network.losses) > 1 else [0.0]
        losses = [moved(node, x, y) for node, y in zip(network.losses, ys, strict=True)]
        targets = [moved(node, x, y + TARGET_DOWN) for node, y in zip(network.targets, ys, strict=True)]
        wide = max(node.width for node in losses)
        total = moved(network.total, x + wide / 2 + LOSS_GAP + network.total.width / 2, 0.0)
        edges = [joined(o, e) for o, e in zip(outputs, losses * len(outputs), strict=False)]
        for loss, target in zip(losses, targets, strict=True):
            up = ((x, target.box[1]), (x, loss.box[3]))
            edges += [Edge(target.key, loss.key, up, light=True), joined(loss, total)]
        return [*losses, *targets, total], edges


def at(start: Point, end: Point, x: float) -> float:
    """The height of a line at x."""
    return start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])


def reach(labels: Sequence[Label]) -> float:
    """How far labels on a line reach to each side of their place."""
    return max((max(-label.box[0], label.box[2]) for label in labels), default=0.0)


def joined(source: Node, target: Node) -> Edge:
    """The straight line from one node's right to another's left, with no weight on it."""
    points = (source.port(1, (target.x, target.y)), target.port(-1, (source.x, source.y)))
    return Edge(source.key, target.key, points, light=True)
