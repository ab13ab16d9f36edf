"""What the ladder's rows compute: the nets, their data and where their parameters start; who computes it is in `entrants`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod, sqrt
from typing import Any

import numpy as np

from symprop.ir.program import Program
from symprop.ir.tensor import Role, Tensor
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer
from symprop.layers.normalisation import LayerNorm
from symprop.layers.shaping import Add
from symprop.layers.softmax import Softmax
from symprop.lowering.batch import batch
from symprop.network import NetworkSpec
from symprop.network_file import load

Array = Any


@dataclass(frozen=True)
class Work:
    """One row: updates of a net by plain descent on one batch, or calls that give the loss and its gradients.

    `kind` tells the entrants which net it is: "class" (sigmoids, half the squared error, no biases, one example), "dense"
    (sigmoids, then softmax with cross-entropy; `sizes` are the units), "convolutional" or "transformer". The program stands
    `copies` times for `rows` examples. Losses agree to `close`, relatively.
    """

    name: str
    kind: str
    spec: NetworkSpec
    rows: int
    copies: int
    dtype: str = "float32"
    rate: float = 0.1
    sizes: tuple[int, ...] = ()
    calls: bool = False
    extra: dict[str, int] = field(default_factory=dict)

    @property
    def close(self) -> float:
        if self.kind == "convolutional":
            return 2e-3  # sums over a batch's 50,000 places, one by one or in blocks, and kinks that a rounding crosses
        return 1e-9 if self.dtype == "float64" else 2e-4

    @cached_property
    def program(self) -> Program:
        """The forward program of the whole batch."""
        program = self.spec.elaborate()
        return batch(program, self.copies) if self.copies > 1 else program

    @cached_property
    def data(self) -> dict[str, Array]:
        """The inputs `x` and targets `t`, in float64."""
        random = np.random.default_rng(3)
        found = {"x": random.normal(size=self.program.tensors["x"].extents)}
        shape = self.program.tensors["t"].extents
        if self.kind in ("dense", "convolutional"):
            return {**found, "t": np.eye(shape[-1])[random.integers(shape[-1], size=shape[0])]}
        return {**found, "t": random.uniform(0, 1, shape)}

    @cached_property
    def start(self) -> dict[str, Array]:
        """Every parameter and state, by name, in float64: Glorot's weights, biases that are not zero."""
        random = np.random.default_rng(5)
        return {tensor.name: _drawn(tensor, random) for tensor in self.program.learnt}


def _drawn(tensor: Tensor, random: np.random.Generator) -> Array:
    if tensor.role is Role.STATE:
        return np.full(tensor.extents, float(tensor.name.startswith("variance")))
    if len(tensor.extents) == 1:
        return float(tensor.name.startswith("g")) + random.uniform(-0.1, 0.1, tensor.extents)
    limit = sqrt(6 / (tensor.extents[0] + prod(tensor.extents[1:])))
    return random.uniform(-limit, limit, tensor.extents)


def dense(*sizes: int) -> NetworkSpec:
    """Sigmoid layers, the last one's units a softmax, with biases and cross-entropy."""
    inputs, *hidden, outputs = sizes
    layers = [*(Dense(units, "sigmoid") for units in hidden), Dense(outputs), Softmax()]
    return NetworkSpec(inputs, layers, loss="categorical_cross_entropy")


def block(positions: int, dimension: int, heads: int, hidden: int) -> NetworkSpec:
    """A transformer block as in the example of that name, of other sizes."""
    layers: list[Layer] = [
        LayerNorm(),
        MultiHeadAttention(heads, causal=True, name="attention"),
        Add(name="first", inputs=("x", "attention")),
        LayerNorm(),
        Dense(hidden, "gelu"),
        Dense(dimension, name="feed_forward"),
        Add(inputs=("first", "feed_forward")),
    ]
    return NetworkSpec((positions, dimension), layers, loss="mean_squared_error")


def _network(name: str) -> NetworkSpec:
    spec = load(name)
    assert isinstance(spec, NetworkSpec)
    return spec


def _dense(rows: int, *sizes: int) -> Work:
    rate = 6.4 / max(sizes)  # at which the loss falls
    return Work("-".join(map(str, sizes)), "dense", dense(*sizes), rows, rows, rate=rate, sizes=sizes)


def _block(name: str, **extra: int) -> Work:
    return Work(name, "transformer", block(**extra), 32, 32, extra=extra)


def works() -> list[Work]:
    """The rows of the ladder, small ones first."""
    classroom = Work("2-2-2", "class", _network("classroom"), 1, 1, "float64", 0.5, (2, 2, 2))
    return [
        classroom,
        replace(classroom, name="2-2-2 value_and_gradient", calls=True),
        _dense(32, 64, 32, 10),
        _dense(64, 784, 128, 10),
        _dense(128, 784, 512, 256, 10),
        _dense(512, 784, 2048, 2048, 10),
        Work("mnist_cnn", "convolutional", replace(_network("mnist_cnn"), batch=64), 64, 1),
        _block("transformer_block", positions=4, dimension=6, heads=2, hidden=8),
        _block("transformer 32x64", positions=32, dimension=64, heads=4, hidden=256),
    ]
