"""Normalisation layers: over the last axis, over groups of channels, over the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from symprop.errors import UserError
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape

_STARTS = {"g": 1.0, "b": 0.0, "mean": 0.0, "variance": 1.0}
_STATES = ("mean", "variance")
_MEANINGS: Mapping[str, str] = {
    "m": "the mean",
    "c": "what is left without the mean",
    "v": "the variance",
    "r": "one over the root of the variance",
    "g": "gain",
    "b": "bias",
}


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """The last axis with mean 0 and variance 1, then scaled by a gain ``g`` and moved by a bias ``b``, of its extent.

    `epsilon` is added to the variance. Source: Ba, Kiros and Hinton, Layer normalization, 2016.
    """

    epsilon: float = 1e-5

    meanings: ClassVar[Mapping[str, str]] = _MEANINGS

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, features)")
        equations = (
            "m[...] = Mean(x[..., k], k)",
            "c[..., k] = x[..., k] - m[...]",
            "v[...] = Mean(c[..., k]**2, k)",
            "r[...] = 1/sqrt(v[...] + epsilon)",
            "y[..., k] = g[k]*c[..., k]*r[...] + b[k]",
        )
        return Declaration(equations, numbers={"epsilon": Fraction(str(self.epsilon))}, starts=_STARTS)


@dataclass(frozen=True, repr=False)
class RMSNorm(Layer):
    """The last axis divided by the root of its mean square, then scaled by a gain ``g`` of its extent.

    Source: Zhang and Sennrich, Root mean square layer normalization, NeurIPS 2019.
    """

    epsilon: float = 1e-5

    meanings: ClassVar[Mapping[str, str]] = {
        "v": "the mean square",
        "r": "one over the root of the mean square",
        "g": "gain",
    }

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, features)")
        equations = (
            "v[...] = Mean(x[..., k]**2, k)",
            "r[...] = 1/sqrt(v[...] + epsilon)",
            "y[..., k] = g[k]*x[..., k]*r[...]",
        )
        return Declaration(equations, numbers={"epsilon": Fraction(str(self.epsilon))}, starts={"g": 1.0})


@dataclass(frozen=True, repr=False)
class GroupNorm(Layer):
    """Each of `groups` groups of channels, over all places, with mean 0 and variance 1.

    ``g`` and ``b`` have one number a channel; inputs have the shape (channels, …).
    Source: Wu and He, Group normalization, ECCV 2018.
    """

    groups: int
    epsilon: float = 1e-5

    meanings: ClassVar[Mapping[str, str]] = _MEANINGS

    def check(self) -> None:
        checks.positive(self, groups=self.groups)

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        checks.rank(self, shape, least=1, axes="(channels, …)")
        each, rest = divmod(shape[0], self.groups)
        if rest:
            what = f"{shape[0]} channels do not make {self.groups} groups of one size"
            raise UserError(what, where=checks.kind(self), remedy="Choose a divisor of the number of channels.")
        places = [f"i{n}" for n in range(1, len(shape))]
        inner = ", ".join(["e", *places])
        channel = ", ".join([f"{each}*q + e", *places])
        equations = (
            f"m[..., q] = Mean(x[..., {channel}], {inner})",
            f"c[..., q, {inner}] = x[..., {channel}] - m[..., q]",
            f"v[..., q] = Mean(c[..., q, {inner}]**2, {inner})",
            "r[..., q] = 1/sqrt(v[..., q] + epsilon)",
            f"y[..., {channel}] = g[{each}*q + e]*c[..., q, {inner}]*r[..., q] + b[{each}*q + e]",
        )
        extents = {"q": self.groups, "e": each, **dict(zip(places, shape[1:], strict=True))}
        shapes_ = {"g": shape[:1], "b": shape[:1]}
        return Declaration(equations, extents, {"epsilon": Fraction(str(self.epsilon))}, shapes_, starts=_STARTS)


@dataclass(frozen=True, repr=False)
class BatchNorm(Layer):
    """Each channel with mean 0 and variance 1 over the batch and all places; ``g`` and ``b`` have one number a channel.

    The channels are the first axis of an example. In training the statistics are the batch's, and the gradient runs
    through them; in evaluation they are the running ones, which each update moves by `momentum` towards the batch's
    (of the variance, the mean square, as in training).
    Source: Ioffe and Szegedy, Batch normalization, ICML 2015.
    """

    epsilon: float = 1e-5
    momentum: float = 0.1

    whole_batch: ClassVar[bool] = True
    meanings: ClassVar[Mapping[str, str]] = {**_MEANINGS, "mean": "running mean", "variance": "running variance"}

    def check(self) -> None:
        checks.below_one(self, momentum=self.momentum)

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        checks.rank(self, shape, least=1, axes="(channels, …)")
        inner = "".join(f", i{n}" for n in range(1, len(shape)))
        equations = (
            f"m[k] = Mean(x[n, k{inner}], n{inner})",
            f"c[n, k{inner}] = x[n, k{inner}] - m[k]",
            f"v[k] = Mean(c[n, k{inner}]**2, n{inner})",
            "next_mean[k] = mean[k] + momentum*m[k] - momentum*mean[k]",
            "next_variance[k] = variance[k] + momentum*v[k] - momentum*variance[k]",
            "r[k] = 1/sqrt(v[k] + epsilon)",
            f"y[n, k{inner}] = g[k]*c[n, k{inner}]*r[k] + b[k]",
        )
        numbers = {"epsilon": Fraction(str(self.epsilon)), "momentum": Fraction(str(self.momentum))}
        return Declaration(equations, numbers=numbers, states=_STATES, starts=_STARTS)

    def evaluate(self, *shapes: Shape) -> Declaration:
        """The equations of a network that is trained: running statistics in place of the batch's."""
        inner = "".join(f", i{n}" for n in range(1, len(shapes[0])))
        equations = (
            "r[k] = 1/sqrt(variance[k] + epsilon)",
            f"y[..., k{inner}] = g[k]*r[k]*x[..., k{inner}] - g[k]*r[k]*mean[k] + b[k]",
        )
        numbers, extents = {"epsilon": Fraction(str(self.epsilon))}, {"k": shapes[0][0]}
        return Declaration(equations, extents, numbers, states=_STATES, starts=_STARTS)
