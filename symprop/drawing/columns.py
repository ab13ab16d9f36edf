"""Where the neurons of a small network stand, so that no label on a line touches another; what they are is `neurons`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

from symprop.drawing.captions import of_neurons
from symprop.drawing.figure import Drawing, Edge, Label, Node, Point
from symprop.drawing.fit import fitted, moved
from symprop.drawing.neurons import Line, Neurons

ROW, WIDEST_ROW, BIAS_ROW = 78.0, 140.0, 86.0
LOSS_ROW, TARGET_DOWN = 132.0, 66.0  # where targets stand below the losses
FURTHEST = 0.45  # where on a line its label stands, of its length, so that it is seen which source it belongs to
COMFORT = 5.0  # between the labels of two weights
CLEAR = 12.0  # from a label to a neuron
STEP = 3  # between the places that are tried for labels
GAP, WIDER = 150.0, (1.0, 1.2, 1.45, 1.8, 2.1)  # between two columns, and how much more it may be
EARLIEST = 0.3  # where on a line its label may stand in the narrowest gap
LOSS_GAP = 64.0
STRETCH, MOST_STRETCH, MOST_FOR_GROUPS = 1.08, 25, 7
HIGHEST = 1100.0  # more than a page holds


def neurons(network: Neurons) -> Drawing | None:
    """The drawing of a small network, neuron by neuron; None where its labels would take too much room to keep apart."""
    tries = [(k, True) for k in range(MOST_FOR_GROUPS)] + [(k, False) for k in range(MOST_STRETCH)]
    for stretched, grouped in tries:
        rows = _Rows(network, STRETCH**stretched, grouped)
        if rows.height > HIGHEST:
            continue
        gaps = [rows.gap(layer) for layer in range(1, len(network.columns))]
        if None not in gaps:
            return _Columns(rows, [gap for gap in gaps if gap is not None]).drawing()
    return None


@dataclass(frozen=True)
class _Rows:
    """The heights of all nodes at one stretch of the drawing; labels may have to be `grouped` by where their lines begin."""

    network: Neurons
    stretch: float
    grouped: bool

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

    @cached_property
    def line(self) -> float:
        """How far one label's middle is from the next one's at least."""
        low, high = (self.network.label(self.network.lines(1)[0].name)[0].box[k] for k in (1, 3))
        return high - low + 2.0

    @property
    def height(self) -> float:
        """From the highest node to the lowest."""
        places = [node.y for column in self.columns for node in column]
        return max(places) - min(places)

    def gap(self, layer: int) -> tuple[float, float] | None:
        """How wide the gap before a layer has to be, and where on its lines the labels stand; None where none will do."""
        half = max(
            (reach(self.network.label(line.name)) for line in self.network.lines(layer) if line.name), default=0.0
        )
        least = max(GAP, (half + CLEAR) / EARLIEST, self._room_for_captions(layer))
        for wider in WIDER:
            best = self._best(layer, least * wider, half)
            if best is not None:
                return least * wider, best
        return None

    def _room_for_captions(self, layer: int) -> float:
        """The gap in which what stands below the two columns keeps apart."""
        before, after = self.network.captions[layer - 1 : layer + 1]
        inside = max(n.width for n in self.columns[layer - 1]) + max(n.width for n in self.columns[layer])
        return (before.width + after.width - inside) / 2 + CLEAR

    def _best(self, layer: int, gap: float, half: float) -> float | None:
        """The distance from the left at which the labels keep apart, the least one, where few lines have crossed yet."""
        lines = self.lines(layer, 0.0, gap)
        places = [p for p in range(0, int(gap * FURTHEST), STEP) if half + CLEAR <= p <= gap - half - CLEAR]
        found = []
        for place in places:
            heights = sorted((at(start, end, place), line.source) for line, start, end in lines if line.name)
            room = min((b[0] - a[0] for a, b in pairwise(heights)), default=self.line + COMFORT)
            if not self.grouped or len(list(groupby(heights, key=_source))) == len({source for _, source in heights}):
                found.append((min(room, self.line + COMFORT), -place))
        room, place = max(found, default=(0.0, 0))
        return float(-place) if room >= self.line else None

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
        middles = [*self.places, (losses[0].x + losses[-1].x) / 2]
        captions = tuple(replace(label, x=x, y=low) for x, label in zip(middles, network.captions, strict=True))
        spec = network.spec
        return fitted(
            Drawing(spec.name, of_neurons(network.prose, spec), "neurons", nodes, (*edges, *errors), captions)
        )

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
        wide = max(node.width for node in (*network.losses, *network.targets))
        right = max(node.x + node.width / 2 for node in outputs)
        width = wide + LOSS_GAP + network.total.width
        before, below = network.captions[-2:]
        x = max(right + LOSS_GAP, first.x + (before.width + below.width - width) / 2 + CLEAR) + wide / 2
        ys = [node.y for node in outputs] if len(network.losses) > 1 else [0.0]
        losses = [moved(node, x, y) for node, y in zip(network.losses, ys, strict=True)]
        targets = [moved(node, x, y + TARGET_DOWN) for node, y in zip(network.targets, ys, strict=True)]
        total = moved(network.total, x + wide / 2 + LOSS_GAP + network.total.width / 2, 0.0)
        edges = [joined(o, e) for o, e in zip(outputs, losses * len(outputs), strict=False)]
        for loss, target in zip(losses, targets, strict=True):
            up = ((x, target.box[1]), (x, loss.box[3]))
            edges += [Edge(target.key, loss.key, up, light=True), joined(loss, total)]
        return [*losses, *targets, total], edges


def _source(height: tuple[float, str]) -> str:
    return height[1]


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
