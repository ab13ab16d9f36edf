"""The fully connected layer; on an input with several axes it works on the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from symprop.errors import UserError, option
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.scalar.function import ScalarFunction

BIASES = {"unit": " + b[j]", "layer": " + b", False: ""}


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """``z = W x + b`` on the last axis, and then ``a = activation(z)``.

    `units` is the number of outputs; ``W`` has the shape (units, inputs). `bias` is "unit" (or True; one for each unit),
    "layer" (one that all units share) or False. `weights` names the weight matrix, as ``share={"W": …}`` does;
    `bias_trainable` says whether the bias is trained, by default as the weights are.

    >>> Dense(3, activation="tanh").declare((2,)).equations
    ('z[..., j] = Sum(W[j,k]*x[..., k], k) + b[j]',)
    """

    units: int
    activation: str | ScalarFunction = "identity"
    bias: bool | str = "unit"
    weights: str | None = field(default=None, kw_only=True)
    bias_trainable: bool | None = field(default=None, kw_only=True)

    meanings: ClassVar[Mapping[str, str]] = {"W": "weights", "b": "biases"}

    def check(self) -> None:
        checks.positive(self, units=self.units)
        if self.bias is True:
            object.__setattr__(self, "bias", "unit")
        if self.bias not in BIASES:
            raise UserError(
                "unknown kind of bias", where=option("bias"), expected='"unit", "layer" or false', got=repr(self.bias)
            )
        if self.bias is False and self.bias_trainable:
            remedy = "Leave out one of the two keys."
            raise UserError("'bias_trainable' is true, and there is no bias", where=option("bias"), remedy=remedy)

    @property
    def shared(self) -> Mapping[str, str]:
        return self.share if self.weights is None else {**self.share, "W": self.weights}

    def shared_by(self, parameter: str) -> str:
        return "weights" if parameter == "W" and self.weights is not None else "share"

    def trains(self, parameter: str) -> bool:
        is_own = parameter == "b" and self.bias_trainable is not None
        return bool(self.bias_trainable) if is_own else self.trainable

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=1, axes="(…, features)")
        return Declaration((f"z[..., j] = Sum(W[j,k]*x[..., k], k){BIASES[self.bias]}",), extents={"j": self.units})
