"""Calls of what numba compiled, with as little as possible around them; what code there is to call is `source`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays, Run
from symprop.backends.loading import load_source
from symprop.backends.loops.arrays import Workspaces, checked, format_of, read
from symprop.backends.numba.source import is_array
from symprop.lowering.loop_plan import LoopPlan
from symprop.lowering.routine import Routine

Array = Any


# Written out for one program: loops over its arguments and outputs would take longer than a small program itself.
_RUN = """def run({arguments}):
    block = work.array
    {made}
    try:
        fits = call({all})
    except TypeError:
        fits = False
    if not fits:
        {renewed}converted({arguments})
        call({all})
    return [{outputs}]
"""


def caller(
    function: Any, routine: Routine, memory: tuple[Mapping[str, int], int], tables: Sequence[Array], dtype: str
) -> Callable[..., list[Any]]:
    """A Python function of the arguments, in order, which gives the outputs as a list.

    `memory` says where numbers stand after a run. Arrays of the right format are given on as they are; all else is
    converted. Raises UserError for one of another shape.
    """
    places, size = memory
    kind, given = np.dtype(dtype), [f"argument_{k}" for k in range(len(routine.arguments))]
    scope = {"call": function, "work": Workspaces(size, dtype), "empty": np.empty, "kind": kind}
    scope |= {f"table_{k}": table for k, table in enumerate(tables)}
    made, found = dict[str, str](), list[str]()
    for k, tensor in enumerate(routine.outputs):
        name = f"output_{k}"
        if tensor.indices:
            made[name] = f"{name} = empty({tensor.extents}, kind)"
        elif tensor.name in routine.constants:
            scope[name] = kind.type(routine.constants[tensor.name])
        else:
            name = f"block[{places[tensor.name]}]"
        found.append(name)

    def converted(*values: Any) -> list[Any]:
        return [_converted(value, tensor, dtype) for value, tensor in zip(values, routine.arguments, strict=True)]

    every = [*made, *given, *(f"table_{k}" for k in range(len(tables)))]
    code = _RUN.format(
        arguments=", ".join(given),
        made="; ".join(made.values()) or "pass",
        all=", ".join(["block", *every]),
        renewed=", ".join(given) + ", = " if given else "",
        outputs=", ".join(found),
    )
    run: Callable[..., list[Any]] = load_source(code, {**scope, "converted": converted})["run"]
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
    work = Workspaces(size, dtype)

    def run(count: int, carried: Arrays, fixed: Arrays, varying: Arrays) -> tuple[Array, dict[str, Array]]:
        held = work.array
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
