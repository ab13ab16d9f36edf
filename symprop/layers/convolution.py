"""Convolutions, as cross-correlation like every framework has it, along one axis or two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from symprop.errors import UserError
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.layers.windows import Option, check_window, windows
from symprop.scalar.function import ScalarFunction


@dataclass(frozen=True, repr=False)
class _Convolution(Layer):
    """Each output channel sums windows of the input channels of its group, weighted; ``W`` is (channels, in/groups, kernel…)."""

    channels: int
    kernel: Option
    activation: str | ScalarFunction | None = None
    stride: Option = 1
    padding: Option = 0
    dilation: Option = 1
    groups: int = 1
    bias: bool = True

    axes: ClassVar[int]
    meanings: ClassVar[Mapping[str, str]] = {"W": "kernels", "b": "biases"}

    def check(self) -> None:
        checks.positive(self, channels=self.channels, groups=self.groups)
        check_window(self, self.kernel, self.stride, self.dilation, padding=self.padding)

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        checks.exactly(self, shape, 1 + self.axes, "(channels" + ", extent" * self.axes + ")")
        sources, each = shape[0] // self.groups, self.channels // self.groups
        if shape[0] % self.groups or self.channels % self.groups:
            what = f"{shape[0]} channels in and {self.channels} out do not make {self.groups} groups of one size"
            raise UserError(what, where=checks.kind(self), remedy="Choose a common divisor of both.")
        w = windows(self, shape[1:], self.kernel, self.stride, self.padding, self.dilation)
        out, source = ("o", "c") if self.groups == 1 else (f"{each}*q + o", f"{sources}*q + c")
        inner, outer = ", ".join(w.inner), ", ".join(w.outer)
        bias = f" + b[{out}]" if self.bias else ""
        text = f"z[..., {out}, {outer}] = Sum(W[{out}, c, {inner}]*x[..., {source}, {', '.join(w.places)}], c, {inner}){bias}"
        extents = {"o": each, "c": sources, **({"q": self.groups} if self.groups > 1 else {}), **w.extents}
        given = {"W": (self.channels, sources, *w.sizes), "b": (self.channels,)}
        return Declaration((text,), extents, shapes=given if self.groups > 1 else {})


@dataclass(frozen=True, repr=False)
class Conv1d(_Convolution):
    """A convolution along one axis: input (…, channels, extent).

    Source: Waibel et al., Phoneme recognition using time-delay neural networks, IEEE ASSP 37, 1989.
    """

    axes: ClassVar[int] = 1


@dataclass(frozen=True, repr=False)
class Conv2d(_Convolution):
    """A convolution along two axes: input (…, channels, height, width).

    Source: LeCun et al., Gradient-based learning applied to document recognition, Proceedings of the IEEE 86, 1998.
    """

    axes: ClassVar[int] = 2
