"""Random dense nets, and their losses by `autograd.numpy` from the declarations alone: no equation of ours is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
from autograd import grad
from hypothesis import strategies as st

from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.derivation.evaluation import Point, erf

Draw = Any
PROBABILITIES = ("sigmoid", "hard_sigmoid")


@st.composite
def nets(
    draw: Draw,
    activations: tuple[str, ...] = tuple(ACTIVATIONS),
    losses: tuple[str, ...] = tuple(LOSSES),
    most_layers: int = 4,
    widest: int = 4,
) -> NetworkSpec:
    """A net of unequal widths, with biases of each kind, fixed parameters, and now and then a weight matrix used twice."""
    loss = draw(st.sampled_from(losses))
    count = draw(st.integers(1, most_layers))
    widths = [draw(st.integers(1, widest)) for _ in range(count + 1)]
    layers = [_layer(draw, units, activations) for units in widths[1:]]
    if LOSSES[loss].domain == (0, 1):
        layers[-1] = _with(layers[-1], activation=draw(st.sampled_from(PROBABILITIES)))
    if count >= 2 and draw(st.booleans()):
        # Two layers of one shape, one after the other, that share their weights.
        first = draw(st.integers(0, count - 2))
        widths[first + 1] = widths[first + 2] = widths[first]
        shared = {"weights": "V", "units": widths[first], "trainable": draw(st.integers(0, 4)) > 0}
        layers[first], layers[first + 1] = _with(layers[first], **shared), _with(layers[first + 1], **shared)
    return NetworkSpec(widths[0], layers, loss)


def _layer(draw: Draw, units: int, activations: tuple[str, ...]) -> Dense:
    bias = draw(st.sampled_from(["unit", "layer", False]))
    return Dense(
        units,
        draw(st.sampled_from(activations)),
        bias=bias,
        trainable=draw(st.integers(0, 4)) > 0,
        bias_trainable=draw(st.sampled_from([None, True, False])) if bias else None,
    )


def _with(layer: Dense, **changes: Any) -> Dense:
    fields = ("units", "activation", "bias", "trainable", "bias_trainable", "weights")
    return Dense(**{field: changes.get(field, getattr(layer, field)) for field in fields})


def autograd_gradients(net: NetworkSpec, names: Names, point: Point, wrt: list[str]) -> dict[str, float]:
    """The derivative of a net's loss by each of the scalars `wrt`, in float64."""
    at = anp.array([float(point[name]) for name in wrt])

    def loss(vector: Any) -> Any:
        values = {**{n: float(v) for n, v in point.items()}, **{n: vector[k] for k, n in enumerate(wrt)}}
        return _loss(net, names, values) + 0.0 * anp.sum(vector)

    return dict(zip(wrt, map(float, grad(loss)(at)), strict=True))


def _loss(net: NetworkSpec, names: Names, values: dict[str, Any]) -> Any:
    def array(name: str, *extents: int) -> Any:
        rows = [values[names.element(name, tuple(map(int, p)), extents)] for p in anp.ndindex(*extents)]
        return anp.array(rows).reshape(extents)

    width, a = net.inputs, array("x", net.inputs)
    for number, layer in enumerate(net.layers, start=1):
        z = anp.dot(array(layer.weights or f"W{number}", layer.units, width), a)
        if layer.bias == "unit":
            z = z + array(f"b{number}", layer.units)
        elif layer.bias == "layer":
            z = z + values[f"b{number}"]
        a, width = OF_ACTIVATION[str(layer.activation)](z), layer.units
    each = OF_LOSS[str(net.loss)](a, array("t", width))
    return anp.mean(each) if net.loss == "mean_squared_error" else anp.sum(each)


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + anp.exp(-z))


def _softplus(z: Any) -> Any:
    return anp.logaddexp(0.0, z)


def _exponential_unit(z: Any, alpha: float, scale: float) -> Any:
    return scale * anp.where(z > 0, z, alpha * (anp.exp(anp.minimum(z, 0.0)) - 1))


OF_ACTIVATION: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: _exponential_unit(z, 1.0, 1.0),
    "selu": lambda z: _exponential_unit(z, 1.6732632423543772, 1.0507009873554805),
    "softplus": _softplus,
    "softsign": lambda z: z / (1 + anp.abs(z)),
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * anp.tanh(_softplus(z)),
    "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z * (1 + anp.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
    "hard_sigmoid": lambda z: anp.where(z <= -3, 0.0, anp.where(z >= 3, 1.0, z / 6 + 0.5)),
    "hard_tanh": lambda z: anp.where(z <= -1, -1.0, anp.where(z >= 1, 1.0, z)),
    "exp": anp.exp,
    "sin": anp.sin,
}
OF_LOSS: dict[str, Callable[[Any, Any], Any]] = {
    "half_squared_error": lambda a, t: (t - a) ** 2 / 2,
    "squared_error": lambda a, t: (t - a) ** 2,
    "mean_squared_error": lambda a, t: (t - a) ** 2,
    "absolute_error": lambda a, t: anp.abs(a - t),
    "huber": lambda a, t: anp.where(anp.abs(a - t) <= 1, (a - t) ** 2 / 2, anp.abs(a - t) - 0.5),
    "log_cosh": lambda a, t: anp.log(anp.cosh(a - t)),
    "binary_cross_entropy_from_logits": lambda a, t: _softplus(a) - t * a,
    "binary_cross_entropy": lambda a, t: -t * anp.log(a) - (1 - t) * anp.log(1 - a),
    "hinge": lambda a, t: anp.where(t * a < 1, 1 - t * a, 0.0),
}
