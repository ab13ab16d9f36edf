"""Networks for Jacobians and Hessians of every kind, their numbers at a point, and the same by JAX."""

from __future__ import annotations

from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symprop import (
    Add,
    AvgPool,
    BatchNorm,
    Conv1d,
    Conv2d,
    Dense,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    MultiHeadAttention,
    Multiply,
    Softmax,
)
from symprop.derivation.jacobian import Jacobians
from symprop.derivation.unroll import elements
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.layers.recurrent import RNN
from symprop.network import NetworkSpec
from symprop.scalar.numeric import FLOAT
from tests.layers.jax_layers import forward

jax.config.update("jax_enable_x64", True)

Array = Any
NETS: dict[str, NetworkSpec] = {
    "dense": NetworkSpec(3, [Dense(4, "tanh"), Dense(2, "sigmoid")], "squared_error"),
    "linear": NetworkSpec(3, [Dense(4), Dense(2, bias=False)], "squared_error"),
    "batch": NetworkSpec(3, [Dense(4, "silu"), Dense(2, "gelu")], "squared_error", batch=5),
    "softmax": NetworkSpec(2, [Dense(4, "tanh"), Dense(3), Softmax()], "squared_error"),
    "layer norm": NetworkSpec((2, 3), [LayerNorm(epsilon=0.1), Dense(4, "tanh")], "squared_error"),
    "batch norm": NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(epsilon=0.1)], "squared_error", batch=4),
    "attention": NetworkSpec((3, 2), [MultiHeadAttention(2, causal=True)], "squared_error"),
    "windows": NetworkSpec((2, 5), [Conv1d(3, 2, stride=2, padding=1, activation="tanh"), Flatten(), Dense(2)], "squared_error"),
    "convolution": NetworkSpec((1, 3, 4), [Conv2d(1, 2, activation="tanh"), AvgPool(2, stride=1)], "squared_error"),
    "maxima": NetworkSpec((2, 5), [Conv1d(3, 2), MaxPool(2), Flatten()], "squared_error"),
    "embedding": NetworkSpec((3,), [Embedding(4, 2), Flatten(), Dense(2, "tanh")], "squared_error", values={"x": [1, 3, 1]}),
    "residual": NetworkSpec(
        3,
        [Dense(4, "tanh", name="h"), Dense(4, "sigmoid", name="g"), Add(inputs=("h", "g"), name="r"),
         Multiply(inputs=("r", "h"), name="m"), Add(inputs=("m", "r"))],
        "squared_error",
    ),
    "tied": NetworkSpec(
        3, [Dense(3, "tanh", share={"W": "W"}), Dense(3, "sigmoid", share={"W": "W"}), Dense(2)], "squared_error"
    ),
    "recurrent": NetworkSpec((2, 3), [RNN(2)], "squared_error"),
}  # fmt: skip


def point(program: Program, seed: int = 0) -> dict[str, Array]:
    """A number for each element of each free tensor but the integers."""
    random = Random(seed)
    free = (t for t in program.free if t.role is not Role.INDEX)
    return {t.name: np.array([random.uniform(-1, 1) for _ in elements(t)]).reshape(t.extents) for t in free}


def arrays(found: Jacobians, given: dict[str, Array]) -> dict[str, Array]:
    """Every tensor's numbers, those of blocks as wholes."""
    program = found.derivation.program
    boxed = {name: array.astype(object) for name, array in given.items()}
    known = {name: array.astype(float) for name, array in evaluate_arrays(program, boxed, FLOAT).items()}
    return {**known, **{name: whole(known[name], found, name) for name in found.blocks if name in known}}


def whole(array: Array, found: Jacobians, name: str) -> Array:
    """A block as a whole: zero, but where the indices that are tied are equal."""
    block = found.blocks[name]
    result = np.zeros(block.whole.extents)
    for position in np.ndindex(array.shape):
        result[block.rows.whole(position)] = array[position]
    return result


def predicted(spec: NetworkSpec, given: dict[str, Array]) -> Array:
    """The network's output by JAX, layer by layer."""
    inputs = {name: given.get(name) for name in spec.inputs} if isinstance(spec.inputs, dict) else {"x": given.get("x")}
    inputs = {name: jnp.asarray(spec.values[name]) if array is None else array for name, array in inputs.items()}
    known = inputs if spec.batch else {name: array[None] for name, array in inputs.items()}
    last = next(iter(known))
    for number, layer in enumerate(spec.layers, 1):
        own = {name.removesuffix(str(number)): given[name] for name in given if name.endswith(str(number))}
        own |= {stem: given[name] for stem, name in layer.share.items()}
        name = layer.name or f"layer {number}"
        known[name] = forward(layer, own, *(known[source] for source in layer.inputs or (last,)))
        last = name
    return known[last] if spec.batch else known[last][0]


def loss(spec: NetworkSpec, given: dict[str, Array]) -> Array:
    """The squared error, the mean over a batch."""
    return jnp.sum((given["t"] - predicted(spec, given)) ** 2) / (spec.batch or 1)
