"""Layers that a user may write as equations, each beside the same by `autograd.numpy`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp

from symprop.layers.layer import Shape

Array = Any


@dataclass(frozen=True)
class Own:
    """Equations, the sizes of their indices for inputs of some shapes, and what they mean, the batch's axis first.

    `penalised` are their weights.
    """

    equations: tuple[str, ...]
    forward: Callable[..., Array]
    sizes: Callable[[Sequence[Shape]], dict[str, int]] = lambda shapes: {}
    inputs: int = 1
    penalised: tuple[str, ...] = ()


def _squares(p: Mapping[str, Array], x: Array) -> Array:
    return anp.dot(x**2, p["W"].T) + anp.tanh(p["b"])


def _gated_by_largest(p: Mapping[str, Array], x: Array) -> Array:
    return x / (1 + anp.exp(anp.max(x, axis=-1, keepdims=True) - x))


def _shares(p: Mapping[str, Array], x: Array) -> Array:
    s = anp.exp(-(x**2) / 2)
    return s / (1 + anp.sum(s, axis=-1, keepdims=True))


def _smoothed(p: Mapping[str, Array], x: Array) -> Array:
    zero = anp.zeros((*x.shape[:-1], 1))
    return p["a"] * anp.concatenate([zero, x[..., :-1]], -1) + p["c"] * anp.concatenate([x[..., 1:], zero], -1)


def _steps(p: Mapping[str, Array], x: Array) -> Array:
    following = anp.concatenate([x[..., 1:], anp.zeros((*x.shape[:-1], 1))], -1)
    return anp.tanh(following - x)


def _soft_windows(p: Mapping[str, Array], x: Array) -> Array:
    later = anp.log(anp.exp(x[..., 1:]) + anp.exp(x[..., :-1]))
    return anp.concatenate([x[..., :1], later], -1)


def _products(p: Mapping[str, Array], one: Array, other: Array) -> Array:
    return one[:, :, None] * other[:, None, :]


_DECLARED = (
    Own(("y[..., j] = Sum(W[j,i]*x[..., i]**2, i) + tanh(b[j])",), _squares, lambda shapes: {"j": 2}, 1, ("W",)),
    Own(("m[...] = Max(x[..., i], i)", "y[..., i] = x[..., i]*sigmoid(x[..., i] - m[...])"), _gated_by_largest),
    Own(("s[..., i] = exp(-x[..., i]**2/2)", "y[..., i] = s[..., i]/(1 + Sum(s[..., j], j))"), _shares),
    Own(("y[..., i] = a*x[..., i - 1] + c*x[..., i + 1]",), _smoothed, lambda shapes: {"i": shapes[0][-1]}, 1, ("c",)),
    Own(("y[..., i] = tanh(x[..., i + 1] - x[..., i])",), _steps, lambda shapes: {"i": shapes[0][-1]}),
    Own(("y[..., p] = LogSumExp(x[..., p + u - 1], u)",), _soft_windows, lambda shapes: {"p": shapes[0][-1], "u": 2}),
    Own(("y[..., i, j] = x1[..., i]*x2[..., j]",), _products, inputs=2),
)

OWN: dict[tuple[str, ...], Own] = {own.equations: own for own in _DECLARED}
