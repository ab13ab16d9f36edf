"""Programs of any size as calls of ufuncs and matrix products on arrays of fixed place; small ones are `straight`'s."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays as Given
from symprop.backends.executable import Executable, Loop
from symprop.backends.loading import load_source
from symprop.backends.numpy.instructions import Bounds
from symprop.backends.numpy.memory import Memory, view
from symprop.backends.numpy.writer import Writer
from symprop.lowering.lowered import Lowered
from symprop.scalar.formats import exponent_below

Array = Any

_UFUNCS = [
    "absolute", "add", "bitwise_and", "bitwise_xor", "copyto", "cos", "cosh", "divide", "equal", "exp", "expm1", "floor",
    "greater", "greater_equal", "invert", "less", "less_equal", "log", "log1p", "logical_and", "logical_not", "logical_or",
    "matmul", "maximum", "minimum", "multiply",
    "negative", "not_equal", "positive", "power", "sign", "sin", "sinh", "sqrt", "subtract", "tan", "tanh", "empty", "full",
    "arange",
]  # fmt: skip


def read_at(array: Array, places: Sequence[Array], out: Array) -> None:
    """Puts the elements at some places, one integer array for each axis, into `out`; zero out of range."""
    inside = _inside(array, places)
    clipped = tuple(np.clip(place, 0, extent - 1) for place, extent in zip(places, array.shape, strict=True))
    np.copyto(out, array[clipped])
    if not inside.all():
        np.copyto(out, 0, where=~inside)


def gathered(array: Array, places: Sequence[Array]) -> Array:
    """The integers at some places; zero out of range."""
    out = np.empty(np.broadcast_shapes(*(np.shape(place) for place in places)), array.dtype)
    read_at(array, places, out)
    return out


def add_at(array: Array, places: Sequence[Array], values: Array, sign: int) -> None:
    """Adds each value to the element at its place; what falls outside is dropped."""
    inside = _inside(array, places)
    shape = inside.shape
    where = tuple(np.broadcast_to(place, shape)[inside] for place in places)
    np.add.at(array, where, sign * np.broadcast_to(values, shape)[inside])


def _inside(array: Array, places: Sequence[Array]) -> Array:
    shape = np.broadcast_shapes(*(np.shape(place) for place in places))
    inside = np.ones(shape, bool)
    for place, extent in zip(places, array.shape, strict=True):
        inside &= (place >= 0) & (place < extent)
    return inside


def _error_function(name: str) -> Callable[[Any, Array], Any]:
    """``erf`` or ``erfc``, SciPy's where it is installed: NumPy has none. It is looked for when it is first called."""

    def fill(x: Any, out: Array) -> None:
        _special(name)(x, out=out, casting="unsafe")

    return fill


@lru_cache(maxsize=2)
def _special(name: str) -> Any:
    try:
        import scipy.special
    except ModuleNotFoundError:
        return np.frompyfunc(getattr(math, name), 1, 1)
    return getattr(scipy.special, name)


def _namespace() -> dict[str, Any]:
    own: dict[str, Any] = {"view": view, "read_at": read_at, "add_at": add_at, "gathered": gathered}
    return {
        **{name: getattr(np, name) for name in _UFUNCS},
        **own,
        "erf": _error_function("erf"),
        "erfc": _error_function("erfc"),
    }


def _written(lowered: Lowered, dtype: str, in_place: bool) -> tuple[Writer, str, dict[str, Any]]:
    """The program written, its source, and its loaded functions."""
    bounds = Bounds(float(np.finfo(dtype).tiny), exponent_below(float(np.finfo(dtype).max)))
    memory = Memory(dtype, _namespace())
    writer = Writer(lowered, memory, bounds, in_place)
    writer.write()
    once, run = memory.free_name("constants"), memory.free_name("run")
    code = "\n\n".join([_function(once, writer.once), _function(run, writer.calls)])
    loaded = load_source(code, memory.namespace)
    with np.errstate(all="ignore"):
        loaded[once]()
    return writer, "\n".join([*memory.lines, "", code]), {"run": loaded[run]}


def _function(name: str, calls: Sequence[tuple[str, str]]) -> str:
    width = max((len(call) for call, _ in calls if len(call) < 80), default=0)
    body = [f"    {call:<{width}}  # {equation}" for call, equation in calls] or ["    pass"]
    return "\n".join([f"def {name}():", *body]) + "\n"


def compile_program(lowered: Lowered, dtype: str) -> Executable:
    """The program as a function of arrays; what it returns is the caller's own, and threads take turns."""
    writer, source, loaded = _written(lowered, dtype, in_place=False)
    names, memory, run = writer.arrays.names, writer.memory, loaded["run"]
    arguments = tuple(tensor.name for tensor in lowered.arguments)
    places = [memory[names[name]] for name in arguments]
    results = [memory[names[name]] for name in lowered.outputs]
    lock = Lock()  # there is one memory for all

    def function(*values: Any) -> list[Any]:
        with lock:
            for place, value in zip(places, values, strict=True):
                place[...] = value
            run()
            return [result.copy() for result in results]

    return Executable(source, arguments, lowered.outputs, function)


def compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    """The loop in Python; parameters are updated in place, and threads take turns."""
    writer, source, loaded = _written(lowered, dtype, in_place=True)
    names, memory, step = writer.arrays.names, writer.memory, loaded["run"]
    arguments = {tensor.name: memory[names[tensor.name]] for tensor in lowered.arguments}
    loss, lock = memory[names[lowered.outputs[0]]], Lock()

    def run(count: int, carried: Given, fixed: Given, changing: Given) -> tuple[Array, dict[str, Array]]:
        rows = [(arguments[name], value) for name, value in changing.items() if name in arguments]
        losses = np.empty((count, *loss.shape), loss.dtype)
        with lock:
            for name, value in {**carried, **fixed}.items():
                if name in arguments:
                    arguments[name][...] = value
            for update in range(count):
                for place, values in rows:
                    place[...] = values[update]
                step()
                losses[update] = loss
            return losses, {name: arguments[name].copy() for name in carried}

    return Loop(source, run)
