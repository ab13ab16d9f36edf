"""Where the neurons of a small network stand, so that no label on a line touches another; what they are is `neurons`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.drawing.along import Way, places
from symprop.drawing.captions import of_neurons
from symprop.drawing.figure import Drawing, Edge, Kind, Node, Point
from symprop.drawing.fit import fitted, moved, shifted
from symprop.drawing.neurons import Line, Neurons

ROW, WIDEST_ROW, BIAS_ROW = 78.0, 140.0, 86.0
LOSS_ROW, TARGET_DOWN = 132.0, 66.0  # where targets stand below the losses
CLEAR, CLEAR_OF_HEAD = 10.0, 20.0  # from a label to the neurons on its left and right
GAP, WIDEST_GAP, WIDER = 150.0, 420.0, 1.12  # between two columns, and by how much more it is tried
STEEPEST = 2.0  # how many steps down a line goes for one to the right
LOSS_GAP, STUB = 64.0, 16.0
STRETCH, MOST_STRETCH = 1.15, 8
WIDE, HIGH = 800.0, 820.0  # what a page holds
LARGEST = 2.4  # of that; what is larger could not be read
VARIANTS = (
    (True, False, 1.0),
    (True, True, 1.0),
    (False, False, 1.4),
    (False, True, 1.4),
)  # numbered, own biases, how bad


def neurons(network: Neurons) -> Drawing | None:
    """The drawing of a small network, neuron by neuron; None where its labels would take too much room to keep apart.

    Where that makes it much larger in print, each neuron's bias is a node of its own, or the lines carry no numbers.
    """
    best, least = None, LARGEST
    for numbered, own, worse in VARIANTS:
        found = _smallest(replace(network, numbered=numbered, own_biases=own), least / worse)
        if found is not None:
            best, least = found, worse * largeness(found)
        if least <= worse:
            break
    return best


def _smallest(network: Neurons, least: float) -> Drawing | None:
    """The drawing in the heights with which it is largest in print, if any is better than the `least`."""
    best = None
    for stretched in range(MOST_STRETCH):
        rows = _Rows(network, STRETCH**stretched)
        if rows.height / HIGH >= least:
            break
        gaps = rows.gaps(least * WIDE)
        if gaps is not None and largeness(drawing := _Columns(rows, gaps).drawing()) < least:
            best, least = drawing, largeness(drawing)
        if best is not None and least <= 1.0:
            break
    return best


def largeness(drawing: Drawing) -> float:
    """By how much it has to be made smaller to stand on a page."""
    return max(drawing.width / WIDE, drawing.height / HIGH, 1.0)


@dataclass(frozen=True)
class _Rows:
    """The heights of all nodes at one stretch of the drawing."""

    network: Neurons
    stretch: float

    @cached_property
    def columns(self) -> list[list[Node]]:
        """The columns of neurons in their heights, each with the biases of the next layer below it."""
        network = self.network
        least = ROW + max((node.height + STUB - 4.0 for node in network.own), default=0.0)
        tallest = max(map(len, network.columns)) * least * self.stretch
        found = []
        for place, column in enumerate(network.columns):
            is_last = place == len(network.columns) - 1
            row = max(least, min(tallest / len(column), max(WIDEST_ROW * self.stretch, least)))
            row = max(row, LOSS_ROW) if is_last and len(network.losses) > 1 else row
            bias = None if is_last else network.bias(place + 1)
            placed = [moved(node, 0.0, (k - (len(column) - 1) / 2) * row) for k, node in enumerate(column)]
            below = placed[-1].y + min(row, BIAS_ROW * self.stretch + (least - ROW if place else 0.0))
            found.append(placed if bias is None else [*placed, moved(bias, _aside(bias, column), below)])
        return found

    @property
    def height(self) -> float:
        """From the highest node to the lowest."""
        places = [node.y for column in self.columns for node in column]
        return max(places) - min(places)

    def gaps(self, most: float) -> list[tuple[float, list[float]]] | None:
        """All gaps, where there are some that are not wider than `most` together."""
        found: list[tuple[float, list[float]]] = []
        for layer in range(1, len(self.network.columns)):
            gap = self.gap(layer)
            if gap is None or sum(wide for wide, _ in found) + gap[0] > most:
                return None
            found.append(gap)
        return found

    def gap(self, layer: int) -> tuple[float, list[float]] | None:
        """How wide the gap before a layer has to be, and where on its lines the labels stand; None where none will do."""
        gap = max(GAP, self._room_for_captions(layer))
        while gap <= WIDEST_GAP:
            lines = self.lines(layer, 0.0, gap)
            found = (
                None if self._is_steep(lines) else places([self._way(*n) for n in lines], CLEAR, gap - CLEAR_OF_HEAD)
            )
            if found is not None:
                return gap, found
            gap *= WIDER
        return None

    def _is_steep(self, lines: Sequence[tuple[Line, Point, Point]]) -> bool:
        """Whether a line between two neurons leads across the ones next to them."""
        biases = {node.key for column in self.columns for node in column if node.kind is Kind.BIAS}
        return any(abs(Way(a, b).slope) > STEEPEST for line, a, b in lines if line.source not in biases)

    def _way(self, line: Line, start: Point, end: Point) -> Way:
        return Way(start, end, *self.network.reach(line.name)) if line.name else Way(start, end)

    def _room_for_captions(self, layer: int) -> float:
        """The gap in which what stands below the two columns keeps apart."""
        before, after = self.network.captions[layer - 1 : layer + 1]
        inside = max(n.width for n in self.columns[layer - 1]) + max(n.width for n in self.columns[layer])
        return (before.width + after.width - inside) / 2 + CLEAR

    def lines(self, layer: int, left: float, right: float) -> list[tuple[Line, Point, Point]]:
        """Every line to a layer between the outlines of its nodes, where the gap lies between `left` and `right`."""
        before, after = self.columns[layer - 1], self.columns[layer]
        wide, far = max(n.width for n in before) / 2, max(n.width for n in after) / 2
        ends = {n.key: moved(n, n.x + left - wide, n.y) for n in before}
        ends |= {n.key: moved(n, right + far, n.y) for n in after}
        found = []
        for line in self.network.lines(layer):
            source, target = ends[line.source], ends[line.target]
            found.append((line, source.port(1, (target.x, target.y)), target.port(-1, (source.x, source.y))))
        return found


@dataclass(frozen=True)
class _Columns:
    """The drawing, once the heights and the gaps are settled."""

    rows: _Rows
    gaps: Sequence[tuple[float, list[float]]]

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
        neurons = [
            moved(n, n.x + x, n.y) for x, column in zip(self.places, self.rows.columns, strict=True) for n in column
        ]
        edges = [edge for layer in range(1, len(network.columns)) for edge in self._weights(layer)]
        last = [moved(n, self.places[-1], n.y) for n in self.rows.columns[-1]]
        losses, errors = self._losses(last)
        own, stubs = self._own_biases(neurons)
        nodes = (*neurons, *own, *losses)
        low = max(node.box[3] for node in nodes) + 20
        middles = [*self.places, (losses[0].x + losses[-1].x) / 2]
        captions = tuple(replace(label, x=x, y=low) for x, label in zip(middles, network.captions, strict=True))
        spec = network.spec
        return fitted(
            Drawing(spec.name, of_neurons(network.prose, spec), "neurons", nodes, (*edges, *stubs, *errors), captions)
        )

    def _weights(self, layer: int) -> Iterator[Edge]:
        wide = max(node.width for node in self.rows.columns[layer - 1]) / 2
        left, (gap, found) = self.places[layer - 1] + wide, self.gaps[layer - 1]
        for (line, start, end), place in zip(self.rows.lines(layer, left, left + gap), found, strict=True):
            x, y = left + place, Way(start, end).at(left + place)
            labels = shifted(self.network.label(line.name), x, y) if line.name else ()
            yield Edge(line.source, line.target, (start, end), (line.name,) if line.name else (), labels)

    def _own_biases(self, neurons: Sequence[Node]) -> tuple[list[Node], list[Edge]]:
        """The biases that stand below their neurons."""
        below = {node.key: node for node in neurons}
        nodes, edges = [], []
        for line, bias in zip(self.network.own_lines, self.network.own, strict=True):
            neuron = below[line.target]
            placed = moved(bias, neuron.x, neuron.box[3] + STUB + bias.height / 2)
            nodes.append(placed)
            edges.append(Edge(bias.key, neuron.key, ((neuron.x, placed.box[1]), (neuron.x, neuron.box[3]))))
        return nodes, edges

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


def _aside(bias: Node, column: Sequence[Node]) -> float:
    """Where a bias stands below a column: so far to the right that its lines pass by the neurons."""
    return max(0.0, (max(node.width for node in column) - bias.width) / 2)


def joined(source: Node, target: Node) -> Edge:
    """The straight line from one node's right to another's left, with no weight on it."""
    points = (source.port(1, (target.x, target.y)), target.port(-1, (source.x, source.y)))
    return Edge(source.key, target.key, points, light=True)
