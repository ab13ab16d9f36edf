"""Whole networks by `autograd.numpy`, written from the papers: no equation of ours is read, and nothing is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import singledispatch
from itertools import product
from math import prod
from typing import Any

import autograd.numpy as anp

from symprop.layers.attention import Attention, MultiHeadAttention
from symprop.layers.convolution import Conv1d, Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from symprop.layers.own import IndexLayer
from symprop.layers.pooling import AvgPool, GlobalAvgPool, MaxPool
from symprop.layers.recurrent import GRU, LSTM, RNN
from symprop.layers.shaping import Activation, Add, Concatenate, Dropout, Flatten, Multiply
from symprop.layers.softmax import LogSoftmax, Softmax
from symprop.rules.joint_losses import JointLoss
from tests.derivation.nets import OF_ACTIVATION, OF_LOSS
from tests.layers.networks import Network, declared
from tests.layers.own_layers import OWN

Array = Any
Arrays = Mapping[str, Array]  # by the name in the network, or in the layer's declaration


def loss(network: Network, given: Arrays) -> Array:
    """The loss of the whole network on its inputs, targets, parameters and constants."""
    spec = network.spec
    batch = spec.batch if network.training else spec.evaluation_batch
    batched = {name: a if batch else a[None] for name, a in given.items() if name in (*spec.shapes, "t")}
    known: dict[str, Array] = {name: batched[name] for name in spec.shapes}
    output, penalties, waiting = None, 0.0, list(enumerate(spec.layers, start=1))
    while waiting:
        number, layer = waiting.pop(0)
        if not all(name in known for name in layer.inputs):
            waiting.append((number, layer))
            continue
        names = _own(layer, number, [name for name in given if name not in batched])
        own = {stem: given[name] for stem, name in names.items()}
        a = forward(layer, own, *(known[name] for name in layer.inputs), training=network.training)
        known[layer.name or ""] = a
        output = a if number == len(spec.layers) else output
        penalties = penalties + _penalty(layer, names, given)
    return _loss(spec.loss, output, batched["t"]) + penalties


def _own(layer: Layer, number: int, given: Iterable[str]) -> dict[str, str]:
    """The network's names of the layer's own parameters and constants, by the name in its declaration."""
    stems = {name: declared(name) for name in given}
    own = {stem: name for name, (stem, layer) in stems.items() if layer == str(number)}
    return {**own, **layer.share}


def _penalty(layer: Layer, names: Mapping[str, str], given: Arrays) -> Array:
    """Of a parameter with two uses in the layer, once."""
    constants = ("mask", "mean", "variance")
    if isinstance(layer, IndexLayer):
        found = {names[stem] for stem in layer.penalised}
    else:
        found = {name for name in names.values() if not name.startswith(constants) and given[name].ndim >= 2}
    weights = [given[name] for name in sorted(found)] if layer.trainable else []
    return sum((layer.l1 * anp.sum(anp.abs(w)) + layer.l2 * anp.sum(w**2) for w in weights), 0.0)


def _loss(rule: Any, a: Array, t: Array) -> Array:
    """The mean over the examples."""
    examples = a.shape[0]
    if isinstance(rule, str) and rule in OF_LOSS:
        outputs = prod(a.shape[1:]) if rule == "mean_squared_error" else 1
        return anp.sum(OF_LOSS[rule](a, t)) / examples / outputs
    name = rule.name if isinstance(rule, JointLoss) else rule
    smoothing = float(rule.numbers.get("smoothing", 0)) if isinstance(rule, JointLoss) else 0.0
    t = (1 - smoothing) * t + smoothing / a.shape[-1]
    log_p = {"from_logits": _log_softmax, "likelihood": lambda a: a}.get(_ending(name), anp.log)(a)
    entropy = anp.sum(t * anp.log(t)) if name.startswith("kl") else 0.0
    return (entropy - anp.sum(t * log_p)) / examples


def _ending(name: str) -> str:
    return next((end for end in ("from_logits", "likelihood") if name.endswith(end)), "")


def _log_softmax(x: Array) -> Array:
    shifted = x - anp.max(x, axis=-1, keepdims=True)
    return shifted - anp.log(anp.sum(anp.exp(shifted), axis=-1, keepdims=True))


@singledispatch
def forward(layer: Layer, p: Arrays, *inputs: Array, training: bool) -> Array:
    """The layer's output; the inputs have the axis of the batch first, of extent 1 where there is no batch."""
    raise NotImplementedError(type(layer).__name__)


def _activated(layer: Any, z: Array) -> Array:
    return z if layer.activation is None else OF_ACTIVATION[layer.activation](z)


@forward.register
def _(layer: Dense, p: Arrays, x: Array, training: bool) -> Array:
    return _activated(layer, anp.dot(x, p["W"].T) + p.get("b", 0.0))


@forward.register
def _(layer: Activation, p: Arrays, x: Array, training: bool) -> Array:
    return _activated(layer, x)


@forward.register
def _(layer: IndexLayer, p: Arrays, *inputs: Array, training: bool) -> Array:
    return OWN[layer.equations].forward(p, *inputs)


@forward.register
def _(layer: Add, p: Arrays, *inputs: Array, training: bool) -> Array:
    return sum(inputs[1:], inputs[0])


@forward.register
def _(layer: Multiply, p: Arrays, *inputs: Array, training: bool) -> Array:
    return prod(inputs[1:], start=inputs[0])


@forward.register
def _(layer: Concatenate, p: Arrays, *inputs: Array, training: bool) -> Array:
    return anp.concatenate(inputs, axis=-1)


@forward.register
def _(layer: Flatten, p: Arrays, x: Array, training: bool) -> Array:
    return anp.reshape(x, (x.shape[0], -1))


@forward.register
def _(layer: Dropout, p: Arrays, x: Array, training: bool) -> Array:
    return x * p["mask"] / (1 - layer.rate) if training else x


@forward.register
def _(layer: Softmax, p: Arrays, x: Array, training: bool) -> Array:
    return anp.exp(_log_softmax(x))


@forward.register
def _(layer: LogSoftmax, p: Arrays, x: Array, training: bool) -> Array:
    return _log_softmax(x)


def _standardised(x: Array, axis: Any, epsilon: float) -> Array:
    centred = x - anp.mean(x, axis=axis, keepdims=True)
    return centred / anp.sqrt(anp.mean(centred**2, axis=axis, keepdims=True) + epsilon)


def _by_channel(numbers: Array, x: Array) -> Array:
    return anp.reshape(numbers, (-1, *(1,) * (x.ndim - 2)))


@forward.register
def _(layer: LayerNorm, p: Arrays, x: Array, training: bool) -> Array:
    return p["g"] * _standardised(x, -1, layer.epsilon) + p["b"]


@forward.register
def _(layer: RMSNorm, p: Arrays, x: Array, training: bool) -> Array:
    return p["g"] * x / anp.sqrt(anp.mean(x**2, axis=-1, keepdims=True) + layer.epsilon)


@forward.register
def _(layer: BatchNorm, p: Arrays, x: Array, training: bool) -> Array:
    gain, bias = _by_channel(p["g"], x), _by_channel(p["b"], x)
    if training:
        return gain * _standardised(x, (0, *range(2, x.ndim)), layer.epsilon) + bias
    root = anp.sqrt(_by_channel(p["variance"], x) + layer.epsilon)
    return gain * (x - _by_channel(p["mean"], x)) / root + bias


@forward.register
def _(layer: GroupNorm, p: Arrays, x: Array, training: bool) -> Array:
    grouped = anp.reshape(x, (x.shape[0], layer.groups, -1))
    flat = anp.reshape(_standardised(grouped, -1, layer.epsilon), x.shape)
    return _by_channel(p["g"], x) * flat + _by_channel(p["b"], x)


@forward.register
def _(layer: Attention, p: Arrays, q: Array, k: Array, v: Array, training: bool) -> Array:
    return _attend(q, k, v, layer.causal)


@forward.register
def _(layer: MultiHeadAttention, p: Arrays, x: Array, training: bool) -> Array:
    q, k, v = (anp.einsum("hdi,...si->...hsd", p[name], x) for name in "QKV")
    return anp.einsum("jhe,...hse->...sj", p["O"], _attend(q, k, v, layer.causal))


def _attend(q: Array, k: Array, v: Array, causal: bool) -> Array:
    scores = anp.einsum("...sd,...md->...sm", q, k) / anp.sqrt(q.shape[-1])
    if causal:
        scores = anp.where(anp.tril(anp.ones(scores.shape[-2:])) > 0, scores, -1e30)
    return anp.einsum("...sm,...me->...se", anp.exp(_log_softmax(scores)), v)


def _each(option: Any, rank: int) -> tuple[int, ...]:
    return (option,) * rank if isinstance(option, int) else tuple(option)


def _slices(x: Array, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: float) -> list[Array]:
    """The input's places under each element of the kernel, row by row."""
    rank = x.ndim - 2
    kernel, stride, padding, dilation = (_each(option, rank) for option in (kernel, stride, padding, dilation))
    for axis, size in enumerate(padding, start=2):
        edge = anp.full((*x.shape[:axis], size, *x.shape[axis + 1 :]), fill)
        x = anp.concatenate([edge, x, edge], axis=axis) if size else x
    counts = [(e - d * (k - 1) - 1) // s + 1 for e, d, k, s in zip(x.shape[2:], dilation, kernel, stride, strict=True)]
    return [
        x[
            (
                slice(None),
                slice(None),
                *(
                    slice(u * d, u * d + s * (n - 1) + 1, s)
                    for u, d, s, n in zip(place, dilation, stride, counts, strict=True)
                ),
            )
        ]
        for place in product(*map(range, kernel))
    ]


@forward.register(Conv1d)
@forward.register(Conv2d)
def _(layer: Any, p: Arrays, x: Array, training: bool) -> Array:
    slices = _slices(x, layer.kernel, layer.stride, layer.padding, layer.dilation, 0.0)
    weights = anp.reshape(p["W"], (*p["W"].shape[:2], -1))
    out, each = layer.channels // layer.groups, x.shape[1] // layer.groups
    groups = [
        sum(
            anp.einsum("oc,nc...->no...", weights[g * out : (g + 1) * out, :, k], s[:, g * each : (g + 1) * each])
            for k, s in enumerate(slices)
        )
        for g in range(layer.groups)
    ]
    z = anp.concatenate(groups, axis=1)
    return _activated(layer, z + _by_channel(p["b"], z) if layer.bias else z)


@forward.register(MaxPool)
@forward.register(AvgPool)
def _(layer: Any, p: Arrays, x: Array, training: bool) -> Array:
    stride = layer.kernel if layer.stride is None else layer.stride
    largest = isinstance(layer, MaxPool)
    slices = anp.array(_slices(x, layer.kernel, stride, layer.padding, 1, -anp.inf if largest else 0.0))
    return anp.max(slices, axis=0) if largest else anp.mean(slices, axis=0)


@forward.register
def _(layer: GlobalAvgPool, p: Arrays, x: Array, training: bool) -> Array:
    return anp.mean(x, axis=tuple(range(2, x.ndim)))


@forward.register
def _(layer: Embedding, p: Arrays, x: Array, training: bool) -> Array:
    return p["W"][x]


def _affine(p: Arrays, gate: str, x: Array, h: Array) -> Array:
    w, u, b = (p[f"{name}_{gate}" if gate else name] for name in "WUb")
    return anp.dot(x, w.T) + anp.dot(h, u.T) + b


def _gate(p: Arrays, gate: str, x: Array, h: Array) -> Array:
    return OF_ACTIVATION["sigmoid"](_affine(p, gate, x, h))


def _steps(layer: Any, x: Array, step: Any, states: int) -> Array:
    state = tuple(anp.zeros((*x.shape[:-2], layer.units)) for _ in range(states))
    seen = []
    for t in range(x.shape[-2]):
        state = step(x[..., t, :], *state)
        seen.append(state[0])
    return anp.stack(seen, axis=-2) if layer.sequence else seen[-1]


@forward.register
def _(layer: RNN, p: Arrays, x: Array, training: bool) -> Array:
    return _steps(layer, x, lambda here, h: (anp.tanh(_affine(p, "", here, h)),), 1)


@forward.register
def _(layer: LSTM, p: Arrays, x: Array, training: bool) -> Array:
    def step(here: Array, h: Array, c: Array) -> tuple[Array, Array]:
        i, f, o = (_gate(p, gate, here, h) for gate in "ifo")
        c = f * c + i * anp.tanh(_affine(p, "g", here, h))
        return o * anp.tanh(c), c

    return _steps(layer, x, step, 2)


@forward.register
def _(layer: GRU, p: Arrays, x: Array, training: bool) -> Array:
    def step(here: Array, h: Array) -> tuple[Array]:
        r, u = (_gate(p, gate, here, h) for gate in "ru")
        return ((1 - u) * anp.tanh(_affine(p, "g", here, r * h)) + u * h,)

    return _steps(layer, x, step, 1)
