"""The numba back end: a program as Python that numba compiles, kept on disk between processes; large products go to BLAS."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numba  # noqa: F401  # here, so that who asks for the back end is told where it is missing

from symprop.backends.cache import cache_folder, key_of
from symprop.backends.executable import Backend, Executable, Loop
from symprop.backends.loops.numbers import by_numbers
from symprop.backends.numba.calling import caller, looper
from symprop.backends.numba.source import call_memory, call_source, loop_memory, loop_source, tables
from symprop.errors import InternalError
from symprop.files import write_atomically
from symprop.lowering.loop_plan import loop_plan
from symprop.lowering.lowered import Lowered
from symprop.lowering.routine import Routine, routine

Array = Any

_LOADING = Lock()
_BLAS_FROM = 4096  # products added up; for fewer, loops are faster than a call


def compile(lowered: Lowered, dtype: str) -> Executable:
    """The program as a function that numba has compiled; it gives numbers for what has no axes.

    Raises UnsupportedError for an expression that it has no function for.
    """
    shaped = {*lowered.outputs, *(tensor.name for tensor in lowered.arguments)}
    shaped -= {constant.name for constant in lowered.constants}  # which are given as tables, all with one index
    made = routine(lowered, matrices=_BLAS_FROM if _has_blas() else None, shaped=shaped)
    source = call_source(made, dtype)
    function = caller(_load(source).call, made, call_memory(made), _known(made, dtype), dtype)
    return Executable(source, tuple(tensor.name for tensor in made.arguments), lowered.outputs, function, checks=True)


def compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    """The loop of updates, all of it compiled, of a small program number by number; raises what `compile` does."""
    return by_numbers(lowered, dtype, varying, _compile_loop) or _compile_loop(lowered, dtype, varying)


def _compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    made = routine(lowered, matrices=_BLAS_FROM if _has_blas() else None, in_place=True)
    plan = loop_plan(made.arguments, lowered.carried, varying)
    source = loop_source(made, dtype, lowered.carried, plan)
    run = looper(_load(source).loop, plan, made.outputs[0].extents, loop_memory(made, plan), _known(made, dtype), dtype)
    return Loop(source, run)


def _known(made: Routine, dtype: str) -> Sequence[Array]:
    return [made.constants[name].astype(dtype).ravel() for name in tables(made)]


def _has_blas() -> bool:
    """Whether numba finds SciPy, whose BLAS it calls."""
    return importlib.util.find_spec("scipy") is not None


def _load(source: str) -> ModuleType:
    """The module of the source, from the cache if it is there: numba keeps what it compiles beside the file."""
    name = f"symprop_{key_of(source, *_compiled_in())}"
    with _LOADING:
        return sys.modules[name] if name in sys.modules else _loaded(name, source)


@lru_cache(maxsize=1)
def _compiled_in() -> Sequence[str]:
    """The text of what the source imports from here: numba would not see that it has changed."""
    return [(Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in ("blas", "exponential")]


def _loaded(name: str, source: str) -> ModuleType:
    path = cache_folder("numba") / f"{name}.py"
    if not path.exists():
        write_atomically(path, source)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InternalError("the module cannot be loaded", where=str(path))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # where numba looks for what it has kept
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


BACKEND = Backend("numba", ("float64", "float32"), compile, compile_loop)
