"""A derivation with its steps and gradients, all unrolled: the left side of the law that unrolling commutes with deriving."""

from __future__ import annotations

from dataclasses import replace

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Unroller, elements
from symprop.notation.names import Names


def unroll_derivation(derivation: Derivation, names: Names) -> Derivation:
    unroller = Unroller(derivation.program, names)
    program, tensors = unroller.run(None), derivation.program.tensors
    kept = {unroller.name(e.target.tensor, p) for e in derivation.forward.equations for p in elements(e.target.tensor)}
    forward = replace(program, equations=tuple(e for e in program.equations if e.name in kept))
    steps = tuple(s for step in derivation.steps for s in unroller.steps(step))
    gradients = {
        unroller.name(tensors[of], p): unroller.name(tensors[name], p)
        for of, name in derivation.gradients.items()
        for p in elements(tensors[of])
    }
    return Derivation(forward, program, steps, gradients, derivation.prefix)
