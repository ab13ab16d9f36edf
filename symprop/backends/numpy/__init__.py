"""The NumPy back end: small programs on floats, others on arrays of fixed place, with nothing allocated from run to run."""

from __future__ import annotations

from symprop.backends.executable import Backend, Executable, Loop
from symprop.backends.numpy import backend, straight
from symprop.lowering.lowered import Lowered


def compile(lowered: Lowered, dtype: str) -> Executable:
    """The program as a function of arrays."""
    small = straight.small(lowered, dtype)
    if small is not None:
        return straight.compile_program(small, lambda: backend.compile_program(lowered, dtype))
    return backend.compile_program(lowered, dtype)


def compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    """The loop in Python."""
    small = straight.small(lowered, dtype)
    if small is not None:
        return straight.compile_loop(small, lambda: backend.compile_loop(lowered, dtype, varying))
    return backend.compile_loop(lowered, dtype, varying)


BACKEND = Backend("numpy", ("float64", "float32"), compile, compile_loop)
