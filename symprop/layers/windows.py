"""The arithmetic of sliding windows that convolutions and pooling share: options, extents, and indices into the input."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.errors import UserError
from symprop.layers import checks
from symprop.layers.layer import Layer, Shape
from symprop.whole import whole_number

Option = int | tuple[int, ...]


@dataclass(frozen=True)
class Windows:
    """Windows over some axes: along each its size, step, padding on either side, and the distance between its elements."""

    sizes: Shape
    strides: Shape
    paddings: Shape
    dilations: Shape
    inputs: Shape

    @property
    def counts(self) -> Shape:
        """The number of windows along each axis. Source: Dumoulin and Visin, A guide to convolution arithmetic, 2016."""
        return tuple(
            (extent + 2 * padding - dilation * (size - 1) - 1) // stride + 1
            for extent, size, stride, padding, dilation in zip(
                self.inputs, self.sizes, self.strides, self.paddings, self.dilations, strict=True
            )
        )

    @property
    def outer(self) -> list[str]:
        """The indices that count the windows."""
        return [f"p{n}" for n in range(1, len(self.sizes) + 1)]

    @property
    def inner(self) -> list[str]:
        """The indices within a window."""
        return [f"u{n}" for n in range(1, len(self.sizes) + 1)]

    @property
    def places(self) -> list[str]:
        """The indices into the input, such as ``2*p1 + u1 - 1``."""
        return [
            f"{stride}*{p} + {dilation}*{u} - {padding}"
            for stride, p, dilation, u, padding in zip(
                self.strides, self.outer, self.dilations, self.inner, self.paddings, strict=True
            )
        ]

    @property
    def extents(self) -> dict[str, int]:
        return dict(zip((*self.outer, *self.inner), (*self.counts, *self.sizes), strict=True))


def windows(
    layer: Layer, inputs: Shape, kernel: Option, stride: Option, padding: Option = 0, dilation: Option = 1
) -> Windows:
    """The windows of a layer over axes of these extents; an option is one number for all axes or one for each.

    Raises UserError where the counts differ, and for a window that is larger than its padded input.
    """
    options = [_each(layer, option, len(inputs)) for option in (kernel, stride, padding, dilation)]
    found = Windows(options[0], options[1], options[2], options[3], inputs)
    if any(count < 1 for count in found.counts):
        reach = tuple(d * (k - 1) + 1 for k, d in zip(found.sizes, found.dilations, strict=True))
        raise UserError(
            "the kernel is larger than its input",
            where=checks.kind(layer),
            expected=f"a reach of at most {tuple(i + 2 * p for i, p in zip(inputs, found.paddings, strict=True))}, padded",
            got=f"{reach}",
            remedy="Choose a smaller kernel, or more padding.",
        )
    return found


def _each(layer: Layer, option: Option, count: int) -> Shape:
    each = tuple(map(int, option)) if isinstance(option, tuple | list) else (int(option),) * count
    if len(each) != count:
        got = f"{len(each)} numbers for {count} axes"
        raise UserError("an option has one number for all axes or one for each", where=checks.kind(layer), got=got)
    return each


def check_padding(layer: Layer, found: Windows) -> None:
    """Raises UserError where a window would hold nothing but padding, which has no largest element."""
    if any(padding >= size for size, padding in zip(found.sizes, found.paddings, strict=True)):
        raise UserError(
            "the padding is as large as the window",
            where=checks.kind(layer),
            expected=f"padding below {found.sizes}",
            got=str(found.paddings),
            remedy="Choose less padding, or a larger window.",
        )


def check_window(layer: Layer, *positive: Option, padding: Option = 0) -> None:
    """Raises UserError unless the options are whole numbers: the padding from 0, the others from 1."""
    for least, options in ((1, positive), (0, (padding,))):
        for option in options:
            for number in option if isinstance(option, tuple | list) else (option,):
                whole = whole_number(number)
                if whole is None or whole < least:
                    expected = f"whole numbers from {least}"
                    raise UserError(
                        "wrong size of a window", where=checks.kind(layer), expected=expected, got=repr(option)
                    )
