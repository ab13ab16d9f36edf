"""Calls of compiled C code from Python, with as little as possible around them; what code there is to call is `source`'s."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from symprop.backends.c.source import Layout, is_array
from symprop.backends.executable import Arrays, Run
from symprop.backends.loops.arrays import Workspaces, aligned, checked, format_of, read
from symprop.lowering.loop_plan import LoopPlan

Array = Any

_SMALL = 4096  # bytes below which a copy is quicker than asking NumPy for an address
_REAL: Mapping[str, tuple[str, Any]] = {"float64": ("d", ctypes.c_double), "float32": ("f", ctypes.c_float)}


def caller(function: Any, plan: Layout, workspace: int, dtype: str) -> Callable[..., list[Any]]:
    """A Python function of the arguments, in order, which gives the outputs as a list.

    Of a program without any array, they are floats, else arrays. Raises UserError for an array of another shape.
    """
    function.restype = None
    function.argtypes = [ctypes.c_void_p] * (bool(plan.scalars) + len(plan.arrays) + 1 + bool(workspace))
    letter, real = _REAL[dtype]
    packed = struct.Struct(f"{len(plan.scalars)}{letter}").pack
    if plan.arrays or workspace or any(tensor.indices for tensor in plan.outputs):
        return _of_arrays(function, packed, plan, workspace, dtype)
    return _of_numbers(function, packed, real * plan.size, bool(plan.scalars))


def _of_numbers(function: Any, packed: Callable[..., bytes], block: Any, some: bool) -> Callable[..., list[Any]]:
    """Numbers in, numbers out: one block each."""

    def run(*values: Any) -> list[Any]:
        out = block()
        if some:
            function(packed(*values), out)
        else:
            function(out)
        found: list[Any] = out[:]
        return found

    return run


def _of_arrays(
    function: Any, packed: Callable[..., bytes], plan: Layout, workspace: int, dtype: str
) -> Callable[..., list[Any]]:
    kind = np.dtype(dtype)
    numbers = [k for k, tensor in enumerate(plan.arguments) if not is_array(tensor)]
    arrays = [
        (k, format_of(t, dtype), t.extents, t.name, prod(t.extents) * kind.itemsize <= _SMALL)
        for k, t in enumerate(plan.arguments)
        if is_array(t)
    ]
    block, ndarray = _REAL[dtype][1] * plan.size, np.ndarray
    small = plan.size * kind.itemsize <= _SMALL
    places = [(t.extents if t.indices else None, at := plan.offsets[t.name], at * kind.itemsize) for t in plan.outputs]
    work = Workspaces(workspace, dtype)

    def run(*values: Any) -> list[Any]:
        given: list[Any] = [packed(*[values[k] for k in numbers])] if numbers else []
        held = []
        for k, format, extents, name, few in arrays:
            array = values[k]
            if not (array.__class__ is ndarray and array.dtype is format and array.shape == extents):
                array = checked(array, format, extents, name)
            if few:
                given.append(array.tobytes())
            else:
                held.append(checked(array, format, extents, name))
                given.append(held[-1].ctypes.data)
        if small:
            out = block()
            given.append(out)
        else:
            out = np.empty(plan.size, kind)
            given.append(out.ctypes.data)
        if workspace:
            given.append(work.address)
        function(*given)
        return [out[at] if extents is None else ndarray(extents, kind, out, offset) for extents, at, offset in places]

    return run


def looper(function: Any, plan: LoopPlan, loss: tuple[int, ...], workspace: int, dtype: str) -> Run:
    """A Python function that runs a loop of updates; `loss` are the extents of the loss."""
    function.restype = None
    arrays = sum(map(is_array, (*plan.carried, *plan.fixed)))
    function.argtypes = [ctypes.c_long, *([ctypes.c_void_p] * (2 + arrays + len(plan.varying) + 2))]

    def run(count: int, carried: Arrays, fixed: Arrays, varying: Arrays) -> tuple[Array, dict[str, Array]]:
        own = {t.name: _own(read(carried, t, dtype)) for t in plan.carried}
        numbers = np.array([own[t.name] for t in plan.carried if not is_array(t)], dtype)
        scalars = np.array([fixed[t.name] for t in plan.fixed if not is_array(t)], dtype)
        kept = [own[t.name] for t in plan.carried if is_array(t)]
        still = [read(fixed, t, dtype) for t in plan.fixed if is_array(t)]
        changing = [read(varying, t, dtype, count) for t in plan.varying]
        losses, work = np.empty((count, *loss), dtype), aligned(workspace, dtype)
        blocks = [numbers, scalars, *kept, *still, *changing, losses, work]
        function(count, *(block.ctypes.data for block in blocks))
        single = iter(numbers)
        return losses, {t.name: own[t.name] if is_array(t) else np.array(next(single)) for t in plan.carried}

    return run


def _own(array: Array) -> Array:
    copy = aligned(array.size, array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
