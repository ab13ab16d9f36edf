"""Every layer by JAX, written from the papers and from JAX's own library; no equation of ours is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

import jax
import jax.numpy as jnp

from symprop.layers.attention import Attention, MultiHeadAttention
from symprop.layers.convolution import Conv1d, Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from symprop.layers.pooling import AvgPool, GlobalAvgPool, MaxPool
from symprop.layers.recurrent import GRU, LSTM, RNN
from symprop.layers.shaping import Add, Concatenate, Dropout, Flatten, Multiply
from symprop.layers.softmax import LogSoftmax, Softmax

jax.config.update("jax_enable_x64", True)

Array = Any
Parameters = Mapping[str, Array]  # by the name in the layer's declaration

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "softsign": jax.nn.soft_sign,
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "gelu_tanh": lambda z: jax.nn.gelu(z, approximate=True),
    "hard_sigmoid": jax.nn.hard_sigmoid,
    "hard_tanh": jax.nn.hard_tanh,
    "exp": jnp.exp,
    "sin": jnp.sin,
}


@singledispatch
def forward(layer: Layer, parameters: Parameters, *inputs: Array) -> Array:
    """The layer's output; the inputs have the axis of the batch first, of extent 1 where there is no batch."""
    raise NotImplementedError(type(layer).__name__)


def _activated(layer: Any, z: Array) -> Array:
    return z if layer.activation is None else ACTIVATIONS[layer.activation](z)


@forward.register
def _(layer: Dense, parameters: Parameters, x: Array) -> Array:
    return _activated(layer, x @ parameters["W"].T + parameters.get("b", 0.0))


@forward.register
def _(layer: Add, parameters: Parameters, *inputs: Array) -> Array:
    return sum(inputs[1:], inputs[0])


@forward.register
def _(layer: Multiply, parameters: Parameters, *inputs: Array) -> Array:
    return jnp.prod(jnp.stack(inputs), axis=0)


@forward.register
def _(layer: Concatenate, parameters: Parameters, *inputs: Array) -> Array:
    return jnp.concatenate(inputs, axis=-1)


@forward.register
def _(layer: Flatten, parameters: Parameters, x: Array) -> Array:
    return x.reshape(x.shape[0], -1)


@forward.register
def _(layer: Dropout, parameters: Parameters, x: Array) -> Array:
    return x * parameters["mask"] / (1 - layer.rate)


@forward.register
def _(layer: Softmax, parameters: Parameters, x: Array) -> Array:
    return jax.nn.softmax(x, axis=-1)


@forward.register
def _(layer: LogSoftmax, parameters: Parameters, x: Array) -> Array:
    return jax.nn.log_softmax(x, axis=-1)


@forward.register
def _(layer: LayerNorm, parameters: Parameters, x: Array) -> Array:
    return parameters["g"] * jax.nn.standardize(x, axis=-1, epsilon=layer.epsilon) + parameters["b"]


@forward.register
def _(layer: RMSNorm, parameters: Parameters, x: Array) -> Array:
    return parameters["g"] * x / jnp.sqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + layer.epsilon)


@forward.register
def _(layer: BatchNorm, parameters: Parameters, x: Array) -> Array:
    axes = (0, *range(2, x.ndim))
    return _by_channel(parameters["g"], x) * jax.nn.standardize(x, axis=axes, epsilon=layer.epsilon) + _by_channel(
        parameters["b"], x
    )


@forward.register
def _(layer: GroupNorm, parameters: Parameters, x: Array) -> Array:
    grouped = x.reshape(x.shape[0], layer.groups, -1)
    flat = jax.nn.standardize(grouped, axis=-1, epsilon=layer.epsilon).reshape(x.shape)
    return _by_channel(parameters["g"], x) * flat + _by_channel(parameters["b"], x)


def _by_channel(numbers: Array, x: Array) -> Array:
    return numbers.reshape(-1, *(1,) * (x.ndim - 2))


@forward.register
def _(layer: Attention, parameters: Parameters, q: Array, k: Array, v: Array) -> Array:
    return _attend(q, k, v, layer.causal)


@forward.register
def _(layer: MultiHeadAttention, parameters: Parameters, x: Array) -> Array:
    q, k, v = (jnp.einsum("hdi,...si->...hsd", parameters[name], x) for name in "QKV")
    return jnp.einsum("jhe,...hse->...sj", parameters["O"], _attend(q, k, v, layer.causal))


def _attend(q: Array, k: Array, v: Array, causal: bool) -> Array:
    """In float64; `jax.nn.dot_product_attention` takes its softmax in float32."""
    scores = q @ jnp.swapaxes(k, -1, -2) / jnp.sqrt(q.shape[-1])
    if causal:
        scores = jnp.where(jnp.tril(jnp.ones(scores.shape[-2:], bool)), scores, -jnp.inf)
    return jax.nn.softmax(scores, axis=-1) @ v


@forward.register(Conv1d)
@forward.register(Conv2d)
def _(layer: Any, parameters: Parameters, x: Array) -> Array:
    rank = x.ndim - 2
    z = jax.lax.conv_general_dilated(
        x,
        parameters["W"],
        window_strides=_each(layer.stride, rank),
        padding=[(p, p) for p in _each(layer.padding, rank)],
        rhs_dilation=_each(layer.dilation, rank),
        feature_group_count=layer.groups,
    )
    return _activated(layer, z + _by_channel(parameters["b"], z) if layer.bias else z)


def _each(option: Any, rank: int) -> tuple[int, ...]:
    return (option,) * rank if isinstance(option, int) else tuple(option)


@forward.register
def _(layer: MaxPool, parameters: Parameters, x: Array) -> Array:
    return _windows(layer, x, -jnp.inf, jax.lax.max)


@forward.register
def _(layer: AvgPool, parameters: Parameters, x: Array) -> Array:
    size = 1
    for extent in _each(layer.kernel, x.ndim - 2):
        size *= extent
    return _windows(layer, x, 0.0, jax.lax.add) / size


def _windows(layer: Any, x: Array, start: float, join: Any) -> Array:
    rank = x.ndim - 2
    kernel = _each(layer.kernel, rank)
    stride = kernel if layer.stride is None else _each(layer.stride, rank)
    padding = [(0, 0), (0, 0), *((p, p) for p in _each(layer.padding, rank))]
    return jax.lax.reduce_window(x, start, join, (1, 1, *kernel), (1, 1, *stride), padding)


@forward.register
def _(layer: GlobalAvgPool, parameters: Parameters, x: Array) -> Array:
    return x.mean(axis=tuple(range(2, x.ndim)))


@forward.register
def _(layer: Embedding, parameters: Parameters, x: Array) -> Array:
    return jnp.take(parameters["W"], x.astype(int), axis=0)


@forward.register
def _(layer: RNN, parameters: Parameters, x: Array) -> Array:
    def step(h: Array, here: Array) -> tuple[Array, Array]:
        h = jnp.tanh(_affine(parameters, "", here, h))
        return h, h

    return _scanned(layer, step, jnp.zeros(_state(layer, x)), x)


@forward.register
def _(layer: LSTM, parameters: Parameters, x: Array) -> Array:
    def step(carry: tuple[Array, Array], here: Array) -> tuple[tuple[Array, Array], Array]:
        h, c = carry
        i, f, o = (jax.nn.sigmoid(_affine(parameters, gate, here, h)) for gate in "ifo")
        c = f * c + i * jnp.tanh(_affine(parameters, "g", here, h))
        h = o * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros(_state(layer, x))
    return _scanned(layer, step, (zero, zero), x)


@forward.register
def _(layer: GRU, parameters: Parameters, x: Array) -> Array:
    def step(h: Array, here: Array) -> tuple[Array, Array]:
        r, u = (jax.nn.sigmoid(_affine(parameters, gate, here, h)) for gate in "ru")
        h = (1 - u) * jnp.tanh(_affine(parameters, "g", here, r * h)) + u * h
        return h, h

    return _scanned(layer, step, jnp.zeros(_state(layer, x)), x)


def _affine(parameters: Parameters, gate: str, x: Array, h: Array) -> Array:
    w, u, b = (parameters[f"{name}_{gate}" if gate else name] for name in "WUb")
    return x @ w.T + h @ u.T + b


def _state(layer: Any, x: Array) -> tuple[int, ...]:
    return (*x.shape[:-2], layer.units)


def _scanned(layer: Any, step: Any, start: Any, x: Array) -> Array:
    _, states = jax.lax.scan(step, start, jnp.moveaxis(x, -2, 0))
    return jnp.moveaxis(states, 0, -2) if layer.sequence else states[-1]
