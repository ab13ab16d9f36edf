"""The C back end: a program as C99, compiled by the system's compiler and called in process, or exported for another machine."""

from __future__ import annotations

from symprop.backends.c.build import load_library
from symprop.backends.c.calling import caller, looper
from symprop.backends.c.source import call_source, layout, loop_source, workspace_size
from symprop.backends.executable import Backend, Executable, Loop
from symprop.backends.loops.numbers import by_numbers
from symprop.lowering.loop_plan import loop_plan
from symprop.lowering.lowered import Lowered
from symprop.lowering.routine import routine


def compile(lowered: Lowered, dtype: str) -> Executable:
    """The program as a compiled C function.

    Raises UnsupportedError without a C compiler, and for an expression that C has no function for.
    """
    made = routine(lowered)
    source = call_source(made, dtype)
    plan = layout(made.arguments, made.outputs)
    function = caller(load_library(source).call, plan, workspace_size(made, loop=False), dtype)
    return Executable(source, tuple(tensor.name for tensor in made.arguments), lowered.outputs, function, checks=True)


def compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    """The loop of updates as a compiled C function, of a small program number by number; raises what `compile` does."""
    return by_numbers(lowered, dtype, varying, _compile_loop) or _compile_loop(lowered, dtype, varying)


def _compile_loop(lowered: Lowered, dtype: str, varying: frozenset[str]) -> Loop:
    made = routine(lowered, in_place=True)
    plan = loop_plan(made.arguments, lowered.carried, varying)
    source = loop_source(made, dtype, lowered.carried, plan)
    run = looper(load_library(source).loop, plan, made.outputs[0].extents, workspace_size(made, loop=True), dtype)
    return Loop(source, run)


BACKEND = Backend("c", ("float64", "float32"), compile, compile_loop)
