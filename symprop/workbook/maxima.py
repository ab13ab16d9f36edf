"""The largest operand of each logarithm of a sum of exponentials as a quantity of its own; it gets its cell elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symprop.derivation.step import Derivation
from symprop.ir.nodes import Reduction
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role


def with_maxima(derivation: Derivation) -> tuple[Derivation, dict[str, str]]:
    """The derivation with a maximum before each logarithm of a sum, and what it is called, by the name of the logarithm.

    Each exponential is taken relative to the largest. Were that written out each time, a formula would grow with the square
    of the number of classes.
    """
    prefix = "max_"
    while any(name.startswith(prefix) for name in derivation.program.tensors):
        prefix += "_"
    program = _with(derivation.program, prefix)
    found = {e.target.tensor.primal or "": e.name for e in program.equations if e.name.startswith(prefix)}
    return replace(derivation, forward=_with(derivation.forward, prefix), program=program), found


def _with(program: Program, prefix: str) -> Program:
    return replace(program, equations=tuple(each for e in program.equations for each in _lines(e, prefix)))


def _lines(equation: Equation, prefix: str) -> Iterator[Equation]:
    value, target = equation.value, equation.target
    if isinstance(value, Reduction) and value.kind == "logsumexp":
        name = equation.name
        tensor = replace(target.tensor, name=prefix + name, role=Role.INTERMEDIATE, primal=name)
        yield replace(equation, target=replace(target, tensor=tensor), value=replace(value, kind="max"))
    yield equation
