"""Random nets with their derivations, names and numbers, for the tests of the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import assume, currently_in_test_context

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.ir.evaluate import evaluate_program
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.scalar.numeric import FLOAT
from symprop.views.delta import with_adjoints
from symprop.views.scalar import ScalarView
from tests.derivation.evaluation import random_point


@dataclass(frozen=True)
class Derived:
    derivation: Derivation
    names: Names
    view: ScalarView
    values: dict[str, Any]

    @property
    def parameters(self) -> list[str]:
        tensors = self.derivation.program.tensors
        return [name for tensor in self.derivation.gradients for name in self.view.identifiers(tensors[tensor])]


def derived(net: NetworkSpec, notation: str = "classroom", seed: int = 0) -> Derived:
    """A net derived, with numbers at a random point; the point is refused where numbers are too large to compare."""
    program = net.elaborate()
    derivation = derive(program)
    names = with_adjoints(names_for(program, notation), derivation)
    view = ScalarView(derivation, names)
    point = {name: float(value) for name, value in random_point(view.program, seed).items()}
    values = evaluate_program(view.program, point, FLOAT)
    if currently_in_test_context():
        assume(all(abs(value) < 1e6 for value in values.values()))
    return Derived(derivation, names, view, values)
