"""Calls of what numba compiled, with as little as possible around them; what code there is to call is `source`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays, Run
from symprop.backends.loops.arrays import Workspaces, checked, format_of, read
from symprop.backends.numba.source import is_array, results
from symprop.lowering.loop_plan import LoopPlan
from symprop.lowering.routine import Routine

Array = Any


def caller(
    function: Any, routine: Routine, memory: int, tables: Sequence[Array], dtype: str
) -> Callable[..., list[Any]]:
    """A Python function of the arguments, in order, which gives the outputs as a list.

    Arrays of the right format are given on as they are; all else is converted. Raises UserError for one of another shape.
    """
    kind, work, (places, size) = np.dtype(dtype), Workspaces(memory, dtype), results(routine)
    made = [(t.extents if t.indices else None, places[t.name], places[t.name] * kind.itemsize) for t in routine.outputs]
    empty, view = np.empty, np.ndarray

    def run(*values: Any) -> list[Any]:
        out = empty(size, kind)
        try:
            fits = function(work.array, out, *values, *tables)
        except TypeError:
            fits = False
        if not fits:
            given = [_converted(value, t, dtype) for value, t in zip(values, routine.arguments, strict=True)]
            function(work.array, out, *given, *tables)
        return [out[at] if extents is None else view(extents, kind, out, offset) for extents, at, offset in made]

    return run


def _converted(value: Any, tensor: Any, dtype: str) -> Any:
    """An array or a number as compiled code reads it."""
    array = _writeable(checked(value, format_of(tensor, dtype), tensor.extents, tensor.name))
    return (array if tensor.indices else array.reshape(1)) if is_array(tensor) else array.item()


def _writeable(array: Array) -> Array:
    """The array, or a copy: to numba an array that may not be written to is of another type."""
    return array if array.flags.writeable else array.copy()


def looper(
    function: Any,
    plan: LoopPlan,
    loss: tuple[int, ...],
    memory: tuple[Mapping[str, int], int],
    tables: Sequence[Array],
    dtype: str,
) -> Run:
    """A Python function that runs a loop of updates; `loss` are the extents of the loss, `memory` where quantities start."""
    places, size = memory

    def run(count: int, carried: Arrays, fixed: Arrays, varying: Arrays) -> tuple[Array, dict[str, Array]]:
        held = np.empty(size, dtype)
        views = {t.name: held[places[t.name] :][: max(np.prod(t.extents, dtype=int), 1)] for t in plan.carried}
        for tensor in plan.carried:
            views[tensor.name][:] = read(carried, tensor, dtype).ravel()
        for tensor in (t for t in plan.fixed if not is_array(t)):
            held[places[tensor.name]] = fixed[tensor.name]
        still = [_flat(read(fixed, t, dtype)) for t in plan.fixed if is_array(t)]
        rows = [_flat(read(varying, t, dtype, count)) for t in plan.varying]
        losses = np.empty((count, *loss), dtype)
        function(count, held, *still, *rows, *tables, losses.reshape(-1))
        return losses, {t.name: views[t.name].reshape(t.extents).copy() for t in plan.carried}

    return run


def _flat(array: Array) -> Array:
    return _writeable(array).reshape(-1)
