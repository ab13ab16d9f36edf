"""The short way to a value and its gradient, for arrays that need no conversion; what does not fit is for `Model` to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from symprop.backends.executable import Executable
from symprop.backends.loading import load_source
from symprop.errors import UserError
from symprop.ir.tensor import Role
from symprop.training.layout import Layout

Array = Any
Shape = tuple[int, ...]
Quick = Callable[[Mapping[str, Array], Any, Any], tuple[float, dict[str, Array]] | None]

# What is no array, or none of the right kind.
_UNFIT = (AttributeError, IndexError, KeyError, TypeError, ValueError, UserError)

# Written out for one network, since a loop over its parameters takes longer than a small network itself.
_CODE = """def call(parameters, x, t):
    try:
        if len(parameters) != {count}:
            return None
        {found} = run({arguments})
    except unfit:
        return None
    loss = float(loss)
    return (loss, {{{gradients}}}) if isfinite(loss) else None
"""


def quick_call(
    executable: Executable,
    gradients: Mapping[str, str],
    feed: Mapping[str, Array],
    layout: Layout,
    shapes: tuple[Shape, Shape],
) -> Quick | None:
    """The loss and the gradients by parameter, of x and t of those shapes; None where the loss does not depend on all.

    `feed` is what the executable is called with then, `gradients` are their names by parameter. The call gives None where
    something is no array of the right kind, or the loss is not finite.
    """
    names = [*layout.parameters, *map(layout.name_of, (Role.INPUT, Role.TARGET))]
    if {*executable.arguments} != {*names}:
        return None
    texts = {name: f"parameters[{name!r}]" for name in layout.parameters}
    for letter, name, shape in zip("xt", names[-2:], shapes, strict=True):
        texts[name] = _shaped(letter, shape, feed[name].shape)
    by = {gradient: name for name, gradient in gradients.items()}
    slopes = {f"slope_{k}": by[output] for k, output in enumerate(executable.outputs[1:])}
    code = _CODE.format(
        count=len(layout.parameters),
        found=", ".join(["loss", *slopes]) + ",",
        arguments=", ".join(texts[name] for name in executable.arguments),
        gradients=", ".join(f"{name!r}: {slope}" for slope, name in slopes.items()),
    )
    run = (
        executable.function
        if executable.checks
        else _checked(executable.function, [*map(feed.get, executable.arguments)])
    )
    call: Quick = load_source(code, {"run": run, "unfit": _UNFIT, "isfinite": isfinite})["call"]
    return call


def _shaped(name: str, given: Shape, wanted: Shape) -> str:
    """The code for an array under another shape; where that is its only row, the row, which is found faster."""
    if given == wanted:
        return name
    return f"{name}[0]" if given == (1, *wanted) else f"{name}.reshape({wanted})"


def _checked(function: Callable[..., list[Any]], like: Sequence[Array]) -> Callable[..., list[Any]]:
    """The function, for arrays of the very formats and shapes of others; ValueError for any other."""
    kinds = [(array.dtype, array.shape) for array in like]

    def run(*values: Any) -> list[Any]:
        for value, (kind, shape) in zip(values, kinds, strict=True):
            if type(value) is not np.ndarray or value.dtype is not kind or value.shape != shape:
                raise ValueError("another kind of array")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return [np.asarray(found) for found in function(*values)]

    return run
