"""Pooling: windows, or everything, of each channel as one number."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Range, Shape
from symprop.layers.windows import Option, check_padding, check_window, windows


@dataclass(frozen=True, repr=False)
class _Pool(Layer):
    """Windows over all axes but the channels' (the first), by default side by side."""

    kernel: Option
    stride: Option | None = None
    padding: Option = 0

    def check(self) -> None:
        check_window(self, self.kernel, self.kernel if self.stride is None else self.stride, padding=self.padding)

    def _declaration(self, shape: Shape, fold: str) -> Declaration:
        checks.rank(self, shape, least=2, axes="(channels, extent, …)")
        w = windows(self, shape[1:], self.kernel, self.kernel if self.stride is None else self.stride, self.padding)
        check_padding(self, w)
        inner, outer = ", ".join(w.inner), ", ".join(w.outer)
        return Declaration((f"y[..., {outer}] = {fold}(x[..., {', '.join(w.places)}], {inner})",), w.extents)


@dataclass(frozen=True, repr=False)
class MaxPool(_Pool):
    """The largest element of each window; padding is never the largest. Ties share the gradient evenly.

    Source: Riesenhuber and Poggio, Hierarchical models of object recognition in cortex, Nature Neuroscience 2, 1999.
    """

    def declare(self, *shapes: Shape) -> Declaration:
        return self._declaration(shapes[0], "Max")

    def output_range(self, *read: Range) -> Range:
        return read[0]


@dataclass(frozen=True, repr=False)
class AvgPool(_Pool):
    """The mean of each window, padding counted as zeros.

    Source: LeCun et al., Gradient-based learning applied to document recognition, Proceedings of the IEEE 86, 1998.
    """

    def declare(self, *shapes: Shape) -> Declaration:
        return self._declaration(shapes[0], "Mean")

    def output_range(self, *read: Range) -> Range:
        return min(0, read[0][0]), max(0, read[0][1])


@dataclass(frozen=True, repr=False)
class GlobalAvgPool(Layer):
    """The mean of each channel: (channels, …) becomes (channels,).

    Source: Lin, Chen and Yan, Network in network, ICLR 2014.
    """

    def declare(self, *shapes: Shape) -> Declaration:
        checks.rank(self, shapes[0], least=2, axes="(channels, extent, …)")
        inner = ", ".join(f"u{n}" for n in range(1, len(shapes[0])))
        return Declaration((f"y[..., c] = Mean(x[..., c, {inner}], {inner})",))

    def output_range(self, *read: Range) -> Range:
        return read[0]
