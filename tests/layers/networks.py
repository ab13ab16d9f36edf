"""Random networks over every layer: directed acyclic graphs with skips, branches, tied and fixed parameters, penalties."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers import HOMES, layer_class
from symprop.layers.layer import Layer, LayerEquations, Shape, spell_out
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES
from tests.layers.own_layers import OWN

Draw = Any
Given = dict[str, Any]
Maker = Callable[[Draw, Sequence[Shape]], Given | None]

MOST_ELEMENTS = 24  # of one layer's output, for one example
MOST_EQUATIONS = 300  # scalar ones, forward
PROBABILITIES = ("sigmoid", "hard_sigmoid")


@dataclass(frozen=True)
class Network:
    """A network, and whether the equations of its training are meant or those of its evaluation."""

    spec: NetworkSpec
    training: bool

    def __repr__(self) -> str:
        spec = self.spec
        declared = (
            f"NetworkSpec({spec.inputs}, {list(spec.layers)}, {spec.loss!r}, values={spec.values}, batch={spec.batch})"
        )
        return f"Network({declared}, training={self.training})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # Hypothesis would spell out every default


class _Growing:
    """A network under construction: what can be read, by name, and what nothing reads yet."""

    def __init__(self, draw: Draw, batch: int | None) -> None:
        self.draw, self.batch = draw, batch
        self.inputs: dict[str, Shape] = {}
        self.integers: dict[str, int] = {}
        self.layers: list[Layer] = []
        self.shapes: dict[str, Shape] = {}
        self.unread: list[str] = []

    def add(self, kind: str) -> None:
        """Appends a layer of a kind, on sources that fit it: what is there already, else a new input."""
        if kind == "Embedding":
            return self._embed()
        wanted = self.draw(st.integers(2, 3)) if kind in SEVERAL else SOURCES.get(kind, 1)
        for _ in range(2):
            for first in [n for n in self.draw(st.permutations(list(self.shapes))) if n not in self.integers]:
                sources = self._sources(kind, first, wanted)
                options = sources and MAKERS[kind](self.draw, [self.shapes[name] for name in sources])
                if sources and options is not None:
                    return self._append(layer_class(kind)(inputs=tuple(sources), **options, **self._common()))
            self._new_input(self.draw(st.sampled_from(FITTING.get(kind, ((3,), (2, 3))))))
        return assume(False)

    def _sources(self, kind: str, first: str, count: int) -> list[str] | None:
        fits = FITS.get(kind, lambda one, other: one == other)
        others = [n for n, s in self.shapes.items() if n not in self.integers and fits(self.shapes[first], s)]
        return (
            [first, *(self.draw(st.sampled_from(others)) for _ in range(count - 1))] if others or count == 1 else None
        )

    def _embed(self) -> None:
        name = self._new_input(self.draw(st.sampled_from([(2,), (3,), (2, 2)])))
        self.integers[name] = self.draw(st.integers(2, 4))
        options = {"vocabulary": self.integers[name], "dimension": self.draw(st.integers(1, 3))}
        self._append(layer_class("Embedding")(inputs=(name,), **options, **self._common()))

    def _new_input(self, shape: Shape) -> str:
        name = f"in{len(self.inputs) + 1}"
        self.inputs[name] = self.shapes[name] = shape
        self.unread.append(name)
        return name

    def _common(self) -> Given:
        """What any layer may have."""
        l1, l2 = self.draw(st.sampled_from([(0, 0), (0, 0), (0, 0.5), (0.25, 0), (0.125, 2)]))
        return {"l1": l1, "l2": l2, "trainable": self.draw(st.integers(0, 4)) > 0}

    def _append(self, layer: Layer) -> None:
        name = f"part{len(self.layers) + 1}"
        spelled_out = self._spelled_out(layer)
        shape = spelled_out.output.extents[1:]
        assume(prod(shape) <= MOST_ELEMENTS)
        own = [(n, t) for n, t in spelled_out.tensors.items() if t.role is Role.PARAMETER and t.trainable]
        if not any(layer.penalises(n, len(t.extents)) for n, t in own):
            layer = replace(layer, l1=0, l2=0)  # a penalty on nothing is refused
        self.layers.append(replace(layer, name=name))
        self.shapes[name] = shape
        self.unread = [n for n in self.unread if n not in layer.inputs] + [name]

    def _spelled_out(self, layer: Layer) -> LayerEquations:
        """What the layer makes of its sources."""
        shapes = [(self.batch or 1, *self.shapes[name]) for name in layer.inputs]
        role = Role.INDEX if layer.integers else Role.INPUT
        sources = [
            Tensor(f"s{k}", tuple(Index(f"a{n}", e) for n, e in enumerate(s)), role) for k, s in enumerate(shapes)
        ]
        return spell_out(layer, 1, tuple(sources), 1)

    def join(self) -> None:
        """Brings everything that nothing reads together in one layer."""
        if len(self.unread) > 1 and len({self.shapes[name] for name in self.unread}) > 1:
            for name in [n for n in self.unread if len(self.shapes[n]) != 1]:
                self._append(layer_class("Flatten")(inputs=(name,)))
        if len(self.unread) > 1:
            same = len({self.shapes[name] for name in self.unread}) == 1
            kind = self.draw(st.sampled_from(["Add", "Multiply", "Concatenate"] if same else ["Concatenate"]))
            self._append(layer_class(kind)(inputs=tuple(self.unread)))

    def end(self, loss: str) -> None:
        """Appends a last layer whose outputs the loss takes, where one is needed."""
        if loss == "negative_log_likelihood":
            return self._append(layer_class("LogSoftmax")(inputs=(self.unread[0],)))
        if loss in ("categorical_cross_entropy", "kl_divergence") and self.draw(st.booleans()):
            return self._append(layer_class("Softmax")(inputs=(self.unread[0],)))
        domain = {**LOSSES, **JOINT_LOSSES}[loss].domain
        if domain == (0, 1) or not self.layers or self.unread[0] in self.inputs or self.draw(st.booleans()):
            activation = self.draw(st.sampled_from(PROBABILITIES if domain == (0, 1) else tuple(ACTIVATIONS)))
            options = {"units": self.draw(st.integers(1, 3)), "activation": activation}
            self._append(layer_class("Dense")(inputs=(self.unread[0],), **options, **self._common()))


@st.composite
def networks(draw: Draw, most_layers: int = 3) -> Network:
    """A network of one to `most_layers` layers of any kind, and of those that join what they leave."""
    batch = draw(st.sampled_from([None, 1, 2, 3]))
    growing = _Growing(draw, batch)
    for kind in draw(st.permutations(list(HOMES) * 2))[: draw(st.integers(1, most_layers))]:
        assume(kind != "BatchNorm" or batch is not None)
        growing.add(kind)
    growing.join()
    loss = draw(st.sampled_from([*LOSSES, *JOINT_LOSSES]))
    growing.end(loss)
    smoothing = draw(st.sampled_from([0, 0.1])) if loss in JOINT_LOSSES else 0
    rule = JOINT_LOSSES[loss].smoothed(smoothing) if smoothing else loss
    layers = _tied(draw, _shuffled(draw, growing.layers), growing.inputs, batch)
    values = {
        name: draw(_integers((batch, *s) if batch else s, growing.integers[name]))
        for name, s in growing.inputs.items()
        if name in growing.integers
    }
    spec = NetworkSpec(growing.inputs, layers, rule, values=values, batch=batch)
    network = Network(spec, training=draw(st.integers(0, 4)) > 0)
    program = spec.elaborate(network.training)
    assume(sum(prod(equation.target.tensor.extents) for equation in program.equations) <= MOST_EQUATIONS)
    return network


def _shuffled(draw: Draw, layers: list[Layer]) -> list[Layer]:
    """In another order, in which a layer may stand before what it reads; the last stays."""
    return [*draw(st.permutations(layers[:-1])), layers[-1]] if draw(st.integers(0, 3)) == 0 else layers


def _integers(shape: Shape, below: int) -> Any:
    inner = _integers(shape[1:], below) if len(shape) > 1 else st.integers(0, below - 1)
    return st.lists(inner, min_size=shape[0], max_size=shape[0])


def _tied(draw: Draw, layers: list[Layer], inputs: dict[str, Shape], batch: int | None) -> list[Layer]:
    """Two parameters of one shape as one, of two layers or of one, where there are such."""
    if draw(st.booleans()):
        return layers
    program = NetworkSpec(inputs, layers, "squared_error", batch=batch).elaborate()
    parameters = list(program.with_role(Role.PARAMETER))
    pairs = [(p, q) for p in parameters for q in parameters if p.name < q.name and _alike(p, q)]
    if not pairs:
        return layers
    for parameter in draw(st.sampled_from(pairs)):
        own, number = declared(parameter.name)
        place = int(number) - 1
        layers[place] = replace(layers[place], share={**layers[place].share, own: "tied"})
    return layers


def declared(name: str) -> tuple[str, str]:
    """A parameter's name in its layer's declaration, and the number of the layer: ``W_i`` and 2 for ``W2_i``."""
    found = re.fullmatch(r"([^\W\d_]+)([0-9]*)((?:_\w+)?)", name)
    return (found[1] + found[3], found[2]) if found else (name, "")


def _alike(p: Any, q: Any) -> bool:
    return (p.extents, p.trainable) == (q.extents, q.trainable)


def _options(**given: Any) -> Maker:
    """A maker for layers that any shape fits: each option is drawn."""
    return lambda draw, shapes: {name: draw(strategy) for name, strategy in given.items()}


def _ranked(least: int, most: int, maker: Maker) -> Maker:
    return lambda draw, shapes: maker(draw, shapes) if all(least <= len(s) <= most for s in shapes) else None


def _divisor(axis: int, name: str, more: Maker) -> Maker:
    def make(draw: Draw, shapes: Sequence[Shape]) -> Given | None:
        extent = shapes[0][axis]
        return {name: draw(st.sampled_from([n for n in (1, 2, 3) if extent % n == 0])), **(more(draw, shapes) or {})}

    return make


def _windows(draw: Draw, shape: Shape) -> Given:
    """Sizes, steps, padding and distances that fit; of two axes, each may have its own."""
    kernel = tuple(draw(st.integers(1, min(2, extent))) for extent in shape[1:])
    return {
        "kernel": kernel,
        "padding": tuple(draw(st.integers(0, size - 1)) for size in kernel),
        "stride": tuple(draw(st.integers(1, 2)) for _ in kernel),
    }


def _convolution(draw: Draw, shapes: Sequence[Shape]) -> Given:
    groups = draw(st.sampled_from([n for n in (1, 2) if shapes[0][0] % n == 0]))
    options = {
        "channels": groups * draw(st.integers(1, 2)),
        "activation": draw(st.none() | ACTIVATION),
        "dilation": draw(st.integers(1, 1 if min(shapes[0][1:]) < 3 else 2)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    return {**_windows(draw, shapes[0]), **options}


def _pool(draw: Draw, shapes: Sequence[Shape]) -> Given:
    found = _windows(draw, shapes[0])
    return {**found, "stride": draw(st.sampled_from([None, found["stride"]]))}


def _own(draw: Draw, shapes: Sequence[Shape]) -> Given | None:
    own = draw(st.sampled_from([own for own in OWN.values() if own.inputs == len(shapes)]))
    if any(len(shape) != 1 for shape in shapes) and own.inputs > 1:
        return None
    return {"equations": own.equations, "sizes": own.sizes(shapes), "penalised": own.penalised}


ACTIVATION = st.sampled_from(list(ACTIVATIONS))
EPSILON = st.sampled_from([1e-5, 0.1])
UNITS = st.integers(1, 3)
_recurrent = _ranked(2, 3, _options(units=st.integers(1, 2), sequence=st.booleans()))
_nothing = _options()

MAKERS: dict[str, Maker] = {
    "Activation": _options(activation=ACTIVATION),
    "Add": _nothing,
    "Attention": _ranked(2, 3, _options(causal=st.booleans())),
    "AvgPool": _ranked(2, 3, _pool),
    "BatchNorm": _options(epsilon=EPSILON),
    "Concatenate": _nothing,
    "Conv1d": _ranked(2, 2, _convolution),
    "Conv2d": _ranked(3, 3, _convolution),
    "Dense": _options(units=UNITS, activation=ACTIVATION, bias=st.sampled_from(["unit", "layer", False])),
    "Dropout": _options(rate=st.sampled_from([0.0, 0.5, 0.2])),
    "Flatten": _nothing,
    "GlobalAvgPool": _ranked(2, 3, _nothing),
    "GroupNorm": _divisor(0, "groups", _options(epsilon=EPSILON)),
    "GRU": _recurrent,
    "IndexLayer": _own,
    "LayerNorm": _options(epsilon=EPSILON),
    "LogSoftmax": _nothing,
    "LSTM": _recurrent,
    "MaxPool": _ranked(2, 3, _pool),
    "MultiHeadAttention": _ranked(2, 3, _divisor(-1, "heads", _options(causal=st.booleans()))),
    "Multiply": _nothing,
    "RMSNorm": _options(epsilon=EPSILON),
    "RNN": _recurrent,
    "Softmax": _nothing,
}
SEVERAL = ("Add", "Multiply", "Concatenate")
SOURCES = {"Attention": 3}
FITS: dict[str, Callable[[Shape, Shape], bool]] = {"Concatenate": lambda one, other: one[:-1] == other[:-1]}
# Shapes of a new input for kinds that not every shape fits.
_SEQUENCES, _PLACES = ((2, 3), (3, 1), (3, 2)), ((2, 3), (1, 5), (2, 4))
FITTING: dict[str, tuple[Shape, ...]] = {
    **dict.fromkeys(("Attention", "RNN", "LSTM", "GRU"), _SEQUENCES),
    "MultiHeadAttention": ((2, 4), (3, 2)),
    **dict.fromkeys(("Conv1d", "AvgPool", "MaxPool", "GlobalAvgPool"), _PLACES),
    "Conv2d": ((1, 3, 4), (2, 2, 3)),
    "GroupNorm": ((4,), (2, 3)),
}
