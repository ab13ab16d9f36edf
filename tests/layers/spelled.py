"""One layer in a network, evaluated at given numbers: for tests that know the answer by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Program
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.scalar.numeric import FLOAT

NAMES = Names()


def evaluated(spec: NetworkSpec, training: bool = True, **arrays: Any) -> dict[str, Any]:
    """Every quantity of the network and the gradient by each free number, as arrays; free quantities left out are 0."""
    program = spec.elaborate(training)
    wrt = [t.name for t in program.free if t.role != "index"]
    whole = derive(program, wrt).program
    point = {
        name: float(v) for t in program.free if t.role != "index" for name, v in _elements(program, t.name, arrays)
    }
    known = evaluate_program(unroll(whole, NAMES), point, FLOAT)
    return {name: _gathered(tensor, known) for name, tensor in whole.tensors.items() if tensor.role != "index"}


def _elements(program: Program, name: str, arrays: dict[str, Any]) -> Any:
    extents = program.tensors[name].extents
    array = np.broadcast_to(np.asarray(arrays.get(name, 0.0)), extents)
    return [(NAMES.element(name, p, extents), array[p]) for p in product(*map(range, extents))]


def _gathered(tensor: Any, known: dict[str, Any]) -> Any:
    found = np.empty(tensor.extents)
    for p in product(*map(range, tensor.extents)):
        found[p] = known[NAMES.element(tensor.name, p, tensor.extents)]
    return found
