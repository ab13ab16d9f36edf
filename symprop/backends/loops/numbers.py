"""A loop over arrays by a loop over their elements, as numbers of their own; what those are is `lowering.straight`'s affair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays, Loop
from symprop.lowering.lowered import Lowered
from symprop.lowering.straight import Straight, straightened

Array = Any
CompileLoop = Callable[[Lowered, str, frozenset[str]], Loop]


def by_numbers(lowered: Lowered, dtype: str, varying: frozenset[str], compile_loop: CompileLoop) -> Loop | None:
    """The loop of a small program, compiled element by element; None where it is not small, or has several losses."""
    straight = None if lowered.tensors[lowered.outputs[0]].indices else straightened(lowered)
    if straight is None:
        return None
    changing = frozenset(element for name in varying for element in straight.elements.get(name, ()))
    loop = compile_loop(straight.numbers, dtype, changing)

    def run(count: int, carried: Arrays, fixed: Arrays, rows: Arrays) -> tuple[Array, dict[str, Array]]:
        start, same = (_apart(straight, group, ()) for group in (carried, fixed))
        losses, state = loop.run(count, start, same, _apart(straight, rows, (count,)))
        return losses, {name: _together(straight, name, state) for name in carried}

    return Loop(loop.source, run)


def _apart(straight: Straight, arrays: Arrays, first: tuple[int, ...]) -> dict[str, Array]:
    """The elements by their names, each with the first axis where there is one."""
    return {
        element: part
        for name, array in arrays.items()
        if name in straight.elements
        for element, part in zip(straight.elements[name], _elements_first(array, first), strict=True)
    }


def _elements_first(array: Any, first: tuple[int, ...]) -> Array:
    return np.moveaxis(np.reshape(array, (*first, -1)), -1, 0)


def _together(straight: Straight, name: str, state: Arrays) -> Array:
    """The array of a tensor's elements."""
    return np.array([state[element] for element in straight.elements[name]]).reshape(straight.extents(name))
