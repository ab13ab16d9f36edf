"""What a small chain of dense layers is drawn with: neurons, biases, losses and named weights; where they stand is `columns`'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from symprop.drawing.captions import column_caption, loss_caption
from symprop.drawing.figure import Kind, Label, Node
from symprop.drawing.numbers import number
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.spelling import symbol
from symprop.prose import Prose

MOST_LABELS, MOST_IN_ALL, MOST_LAYERS = 36, 90, 6  # of one layer, of the network: what still can be read

ROUND = 56.0  # inputs
SMALL = 34.0  # the 1 that biases come from
NARROWEST = 34.0  # half of a neuron
CAPTION = 12.5


def is_small(spec: NetworkSpec) -> bool:
    """Whether a network can be drawn neuron by neuron so that each label stands apart."""
    if not spec.is_chain or spec.batch is not None or len(spec.layers) > MOST_LAYERS:
        return False
    sizes = [*spec.shapes["x"], *(layer.units for layer in spec.layers if isinstance(layer, Dense))]
    lines = [(n + 1) * m for n, m in pairwise(sizes)]
    return max(lines) <= MOST_LABELS and sum(lines) <= MOST_IN_ALL


@dataclass(frozen=True)
class Line:
    """A weight or a bias: from which node to which, and its name, empty where it is the node's."""

    source: str
    target: str
    name: str


@dataclass(frozen=True)
class Neurons:
    """The drawing of one network; `values` are the numbers known, by element.

    Those of weights stand on their lines if they are `numbered`. A layer's biases come from one node, or with `own_biases` each
    neuron's from its own.
    """

    spec: NetworkSpec
    program: Program
    names: Names
    values: Mapping[str, float]
    prose: Prose
    numbered: bool = True
    own_biases: bool = False

    @cached_property
    def columns(self) -> list[list[Node]]:
        """The inputs, then the neurons of each layer, without places."""
        inputs = self.program.tensors["x"]
        found = [[self._round(name, Kind.INPUT, 0) for name in self.names.elements(inputs)]]
        for layer in range(1, len(self.spec.layers) + 1):
            parts = [self._elements(e.target.tensor) for e in self._of_layer(layer)]
            widest = max(label.width for name in (*parts[0], *parts[-1]) for label in self._lines(name, 0.0))
            half = max(NARROWEST, widest + 14.0)
            found.append([self._neuron(names, layer, half) for names in zip(*parts, strict=True)])
        return found

    @cached_property
    def captions(self) -> list[Label]:
        """What stands below each column and below the losses."""
        words = [column_caption(self.prose, self.spec, place) for place in range(len(self.spec.layers) + 1)]
        return [Label(text, 0.0, 0.0, CAPTION, "text") for text in (*words, loss_caption(self.prose, self.spec))]

    def _of_layer(self, number: int) -> list[Equation]:
        """The equations of a layer that its neurons stand for: the sum, the activation, and what that names."""
        return [e for e in self.program.equations if e.origin.layer == number and e.origin.rule != "penalty"]

    def _elements(self, tensor: Tensor) -> list[str]:
        return list(self.names.elements(tensor))

    def _look(self, name: str) -> str:
        return symbol(name, self.names)

    def _lines(self, name: str, x: float, size: float = 15.0) -> tuple[Label, ...]:
        """A name, and below it its number if there is one."""
        if name not in self.values:
            return (Label(self._look(name), x, 0.0, size, of=name),)
        value = Label(number(self.values[name]), x, 9.0 + self._more / 2, 11.5, "value", name)
        return Label(self._look(name), x, -8.0 - self._more / 4, size, of=name), value

    @cached_property
    def _more(self) -> float:
        """How much higher nodes are where names have something above and below."""
        sums = self._of_layer(1)[0].target.tensor
        return 8.0 if Label(self._look(self._elements(sums)[0]), 0.0, 0.0).is_tall else 0.0

    def _round(self, name: str, kind: Kind, layer: int | None, high: float = ROUND) -> Node:
        """A circle, or as much wider as what stands in it needs."""
        labels = self._lines(name, 0.0)
        high += self._more
        wide = max(high, *(label.width + 16.0 for label in labels))
        return Node(name, kind, (name,), 0, 0, wide, high, layer, labels)

    def _neuron(self, names: Sequence[str], layer: int, half: float) -> Node:
        """A neuron: its sum on the left, what it hands on at the right, each `half` of it wide."""
        first, last = names[0], names[-1]
        labels = (*self._lines(first, -half / 2 + 1), *self._lines(last, half / 2 - 1))
        return Node(first, Kind.NEURON, tuple(names), 0, 0, 2 * half, 48.0 + self._more, layer, labels, split=True)

    @cached_property
    def losses(self) -> list[Node]:
        """The losses of the outputs; one for all where the loss is of all outputs together."""
        own = [e.target.tensor for e in self.program.equations if e.origin.rule == "loss"]
        if own[-1].extents:
            return [self._box(name, (name,)) for name in self._elements(own[-1])]
        others = [name for tensor in own[:-1] for name in self._elements(tensor)]
        return [self._box(own[-1].name, (own[-1].name, *others))]

    @cached_property
    def total(self) -> Node:
        """The loss as a whole, with its penalties."""
        penalties = [e.target.tensor for e in self.program.equations if e.origin.rule == "penalty"]
        names = [name for tensor in penalties for name in self._elements(tensor)]
        return self._box(self.program.loss, (self.program.loss, *names))

    def _box(self, name: str, names: Sequence[str]) -> Node:
        labels = self._lines(name, 0.0)
        wide = max(62.0, *(label.width + 16 for label in labels))
        return Node(name, Kind.LOSS, tuple(names), 0, 0, wide, 46.0 + self._more, None, labels)

    @cached_property
    def targets(self) -> list[Node]:
        """The targets, one to a loss; one for all where the loss is."""
        (tensor,) = self.program.with_role(Role.TARGET)
        names = self._elements(tensor)
        if len(names) == len(self.losses):
            return [self._round(name, Kind.TARGET, None, 44.0) for name in names]
        label = Label(self._look(tensor.name), 0.0, 0.0, of=tensor.name)
        return [Node(tensor.name, Kind.TARGET, tuple(names), 0, 0, max(44.0, label.width + 16.0), 44.0, None, (label,))]

    def lines(self, layer: int) -> list[Line]:
        """The weights that lead to a layer's neurons, row by row, and then its biases."""
        sources, neurons = self.columns[layer - 1], self.columns[layer]
        matrix, bias, node = self._parameter(layer, 2), self._parameter(layer, 1), self.bias(layer)
        names = [] if matrix is None else self._elements(matrix)
        ends = [(source.key, neuron.key) for neuron in neurons for source in sources]
        found = [Line(*pair, name) for pair, name in zip(ends, names, strict=True)]
        if bias is None or node is None:
            return found
        names = self._elements(bias) if bias.extents else [""] * len(neurons)
        return found + [Line(node.key, neuron.key, name) for neuron, name in zip(neurons, names, strict=True)]

    def bias(self, layer: int) -> Node | None:
        """The node that a layer's biases come from: a 1, or the one bias that the neurons share."""
        tensor = self._parameter(layer, 1)
        if tensor is None or (tensor.extents and self.own_biases):
            return None
        if not tensor.extents:
            return self._round(tensor.name, Kind.BIAS, layer - 1, 46.0)
        label = (Label("1", 0.0, 0.0, 14.0),)
        return Node(f"bias-{layer}", Kind.BIAS, (), 0, 0, SMALL, SMALL, layer - 1, label)

    @cached_property
    def own_lines(self) -> list[Line]:
        """From each bias that is a node of its own to its neuron."""
        tensors = [(layer, self._parameter(layer, 1)) for layer in range(1, len(self.columns))]
        return [
            Line(name, neuron.key, name)
            for layer, tensor in tensors
            if tensor is not None and tensor.extents and self.own_biases
            for name, neuron in zip(self._elements(tensor), self.columns[layer], strict=True)
        ]

    @cached_property
    def own(self) -> list[Node]:
        """The biases that are nodes of their own."""
        return [
            self._round(n, Kind.BIAS, None, 44.0 if n in self.values else SMALL)
            for n in (line.name for line in self.own_lines)
        ]

    def _parameter(self, layer: int, axes: int) -> Tensor | None:
        """The weights of a layer, which have two axes, or its bias, which has fewer."""
        read = (access.tensor for access in self._of_layer(layer)[0].value.accesses)
        parameters = (tensor for tensor in read if tensor.role is Role.PARAMETER)
        return next((t for t in parameters if (len(t.indices) == 2) == (axes == 2)), None)

    def label(self, name: str) -> tuple[Label, ...]:
        """What stands on a weight's line, around no place yet: its name, and its number if there is one."""
        shown = Label(self._look(name), 0.0, 0.0, 14.5, of=name)
        if name not in self.values or not self.numbered:
            return (shown,)
        value = Label(number(self.values[name]), 0.0, 0.5, 12.0, "value", name)
        whole = shown.width + 5.0 + value.width
        return replace(shown, x=(shown.width - whole) / 2), replace(value, x=(whole - value.width) / 2)

    def reach(self, name: str) -> tuple[float, float]:
        """How far that reaches to each side, and up and down."""
        return self._reaches[name]

    @cached_property
    def _reaches(self) -> dict[str, tuple[float, float]]:
        lines = [line for layer in range(1, len(self.columns)) for line in self.lines(layer) if line.name]
        boxes = {line.name: [label.box for label in self.label(line.name)] for line in lines}
        return {
            name: (max(max(-box[0], box[2]) for box in found), max(max(-box[1], box[3]) for box in found))
            for name, found in boxes.items()
        }
