"""Softmax and its logarithm, by way of a log of a sum of exponentials that cannot overflow."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape


@dataclass(frozen=True, repr=False)
class Softmax(Layer):
    """The last axis as probabilities, ``exp(x_k) / Σ exp(x)``.

    Source: Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.
    """

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, classes)")
        return Declaration(("l[...] = LogSumExp(x[..., k], k)", "p[..., k] = exp(x[..., k] - l[...])"))


@dataclass(frozen=True, repr=False)
class LogSoftmax(Layer):
    """The logarithms of the last axis as probabilities, ``x_k - log Σ exp(x)``.

    Source: Bishop, Pattern Recognition and Machine Learning, 2006, §4.3.4.
    """

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, classes)")
        return Declaration(("l[...] = LogSumExp(x[..., k], k)", "y[..., k] = x[..., k] - l[...]"))
