"""Checks of layers' options and of the shapes they are given; each says which layer, what was expected and what came."""

from __future__ import annotations

from symprop.errors import SympropError, UserError, Where, option
from symprop.layers.layer import Layer, Shape
from symprop.whole import whole_number


def positive(layer: Layer, **options: object) -> None:
    """Makes ints of options, NumPy's among them; UserError for one that is no whole number from 1."""
    for name, value in options.items():
        whole = whole_number(value)
        if whole is None or whole < 1:
            expected = "a whole number from 1"
            raise _wrong(layer, name, expected, value)
        object.__setattr__(layer, name, whole)


def below_one(layer: Layer, **options: float) -> None:
    """Raises UserError for a number from 1."""
    for name, value in options.items():
        if value >= 1:
            expected = "a number from 0, below 1"
            raise _wrong(layer, name, expected, value)


def _wrong(layer: Layer, name: str, expected: str, value: object) -> SympropError:
    error = UserError(f"wrong value for {name}", where=option(name), expected=expected, got=repr(value))
    return error.at(kind(layer))


def rank(layer: Layer, shape: Shape, *, least: int, axes: str) -> None:
    """Raises UserError where an input has fewer axes than the layer works on."""
    if len(shape) < least:
        remedy = f"Let what it reads have {least} axes or more."
        where, got = kind(layer), f"shape {shape}"
        raise UserError("the input has too few axes", where=where, expected=axes, got=got, remedy=remedy)


def same(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    """Raises UserError where the inputs are not of one shape."""
    if len(set(shapes)) > 1:
        got = " and ".join(str(shape) for shape in shapes)
        what, expected, remedy = (
            "the inputs have different shapes",
            "one shape for all",
            "Let a layer before make them one.",
        )
        raise UserError(what, where=option("inputs"), expected=expected, got=got, remedy=remedy).at(kind(layer))


def kind(layer: Layer, number: int | None = None) -> Where:
    """What messages call a layer, with its `number` in the network where that is known."""
    called = f"{type(layer).__name__}{f' {layer.name!r}' if layer.name else ''}"
    return Where(called if number is None else f"layer {number}, {called}", "layer", number)


def exactly(layer: Layer, shape: Shape, count: int, axes: str) -> None:
    """Raises UserError where an input has not as many axes as the layer works on."""
    if len(shape) != count:
        what, remedy = "the input has a wrong number of axes", f"Let what it reads have {count} axes."
        raise UserError(what, where=kind(layer), expected=axes, got=f"shape {shape}", remedy=remedy)
