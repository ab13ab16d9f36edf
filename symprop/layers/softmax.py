"""Softmax and its logarithm, by way of a log of a sum of exponentials that cannot overflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Range, Shape

_SUM = "the logarithm of the sum of the exponentials"


@dataclass(frozen=True, repr=False)
class Softmax(Layer):
    """The last axis as probabilities, ``exp(x_k) / Σ exp(x)``.

    Source: Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.
    """

    meanings: ClassVar[Mapping[str, str]] = {"l": _SUM, "p": "the probabilities"}

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, classes)")
        return Declaration(("l[...] = LogSumExp(x[..., k], k)", "p[..., k] = exp(x[..., k] - l[...])"))

    def output_range(self, *read: Range) -> Range:
        return 0, 1


@dataclass(frozen=True, repr=False)
class LogSoftmax(Layer):
    """The logarithms of the last axis as probabilities, ``x_k - log Σ exp(x)``.

    Source: Bishop, Pattern Recognition and Machine Learning, 2006, §4.3.4.
    """

    meanings: ClassVar[Mapping[str, str]] = {"l": _SUM, "y": "the logarithms of the probabilities"}

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, classes)")
        return Declaration(("l[...] = LogSumExp(x[..., k], k)", "y[..., k] = x[..., k] - l[...]"))

    def output_range(self, *read: Range) -> Range:
        return -inf, 0
