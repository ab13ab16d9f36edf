"""Layers without parameters that join, rearrange or thin out what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import ClassVar

from symprop.errors import UserError, option
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Range, Shape
from symprop.layers.sums import added_up
from symprop.scalar.function import ScalarFunction


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """A function of every element: `activation`, by its name or as declared."""

    activation: str | ScalarFunction

    def declare(self, *shapes: Shape) -> Declaration:
        return Declaration(())


@dataclass(frozen=True, repr=False)
class Add(Layer):
    """The sum of its inputs, all of one shape; with the layer's own input among them, a residual connection.

    Source: He et al., Deep residual learning for image recognition, CVPR 2016.
    """

    least_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    def declare(self, *shapes: Shape) -> Declaration:
        checks.same(self, shapes)
        return Declaration(added_up("y", "...", [f"{name}[...]" for name in names(shapes)]))

    def output_range(self, *read: Range) -> Range:
        return sum(low for low, _ in read), sum(high for _, high in read)


@dataclass(frozen=True, repr=False)
class Multiply(Layer):
    """The product of its inputs, element by element, all of one shape: a gate.

    Source: Hochreiter and Schmidhuber, Long short-term memory, Neural Computation 9, 1997.
    """

    least_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    def declare(self, *shapes: Shape) -> Declaration:
        checks.same(self, shapes)
        return Declaration((f"y[...] = {' * '.join(f'{name}[...]' for name in names(shapes))}",))

    def output_range(self, *read: Range) -> Range:
        return reduce(_product, read)


@dataclass(frozen=True, repr=False)
class Concatenate(Layer):
    """Its inputs one after the other along their last axis; the other axes must agree.

    Source: Huang et al., Densely connected convolutional networks, CVPR 2017.
    """

    least_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    def declare(self, *shapes: Shape) -> Declaration:
        for shape in shapes:
            checks.rank(self, shape, least=1, axes="(…, features)")
        if len({shape[:-1] for shape in shapes}) > 1:
            expected, got = "shapes that agree but in the last axis", " and ".join(map(str, shapes))
            remedy = "Let a layer before make the other axes as long as each other."
            error = UserError(
                "the inputs do not fit", where=option("inputs"), expected=expected, got=got, remedy=remedy
            )
            raise error.at(checks.kind(self))
        parts, start = [], 0
        for name, shape in zip(names(shapes), shapes, strict=True):
            parts.append(f"{name}[..., k - {start}]")
            start += shape[-1]
        return Declaration(added_up("y", "..., k", parts), extents={"k": start})

    def output_range(self, *read: Range) -> Range:
        return min(low for low, _ in read), max(high for _, high in read)


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """All axes of one example as one, the last running fastest."""

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        letters = [f"i{n}" for n in range(len(shape))]
        strides = [_stride(shape, n) for n in range(len(shape))]
        target = " + ".join(f"{stride}*{letter}" for stride, letter in zip(strides, letters, strict=True))
        return Declaration((f"y[..., {target}] = x[..., {', '.join(letters)}]",))

    def output_range(self, *read: Range) -> Range:
        return read[0]


def _product(one: Range, other: Range) -> Range:
    """Where products lie; what is never larger than 0 makes no infinity."""
    ends = [low * high if low and high else 0.0 for low in one for high in other]
    return min(ends), max(ends)


def _stride(shape: Shape, axis: int) -> int:
    stride = 1
    for extent in shape[axis + 1 :]:
        stride *= extent
    return stride


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """Zeroes each input with probability `rate` and divides the others by 1 - rate, by a mask of zeros and ones.

    Training draws the mask for each example and update anew, by its seed.

    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR 15, 2014.
    """

    rate: float = 0.5

    meanings: ClassVar[Mapping[str, str]] = {
        "mask": "1 where an entry is kept and 0 where it is dropped, drawn at random",
        "y": "what is kept, divided by the probability that an entry is kept, so that the mean stays what it was",
    }

    def check(self) -> None:
        checks.below_one(self, rate=self.rate)

    def declare(self, *shapes: Shape) -> Declaration:
        kept = 1 / (1 - Fraction(str(self.rate)))
        return Declaration(
            ("y[...] = scale*mask[...]*x[...]",), numbers={"scale": kept}, constants={"mask": 1 - self.rate}
        )

    def output_range(self, *read: Range) -> Range:
        return _product(read[0], (0, 1 / (1 - self.rate)))

    def evaluate(self, *shapes: Shape) -> Declaration:
        """Nothing is left out once the network is trained."""
        return Declaration(("y[...] = x[...]",))


def names(shapes: tuple[Shape, ...]) -> list[str]:
    """What the equations of a layer call its inputs."""
    return ["x"] if len(shapes) == 1 else [f"x{n}" for n in range(1, len(shapes) + 1)]
