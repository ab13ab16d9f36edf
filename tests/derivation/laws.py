"""What holds of every derivation, as one comparison that the property tests and the corruption tests share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.ir.nodes import Elementwise, Reduction, operand
from symprop.ir.program import Program
from symprop.layers.attention import HIDDEN
from symprop.notation.names import Names
from symprop.scalar.kinks import kinks_of
from symprop.scalar.numeric import FLOAT, evaluate
from tests.derivation.evaluation import (
    PRECISE,
    Point,
    close,
    difference,
    elements_of,
    random_point,
    sum_of_steps,
    values,
)
from tests.derivation.unrolled import unroll_derivation

LARGEST = 1e8  # of any quantity: beyond, float64 has too few digits for a comparison to 1e-9
MARGIN = 1e-6  # from a kink; the differences step 1e-18 to either side
ROUNDED = (
    1e-3  # float64 loses what cancels: a sum of terms of order 1 that is nothing comes out as 1e-16, or 300 times that
)
Referee = Callable[[Point, list[str]], dict[str, float]]


@dataclass(frozen=True)
class Found:
    """What disagrees, by the check that found it; `skipped` where the point was no good."""

    law: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    autograd: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    skipped: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.law or self.differences or self.autograd or self.steps)


def compare(
    program: Program,
    names: Names,
    seed: int,
    referee: Referee | None = None,
    *,
    by: Collection[str] | None = None,
    most_differences: int | None = None,
) -> Found:
    """Derives in index form and unrolled, and holds both against differences, autograd and the step record.

    `by` are the quantities to differentiate by, the trainable parameters unless given. Of the differences so many are
    taken, at random.
    """
    derivation, flat = derive(program, by), unroll(program, names)
    unrolled = unroll_derivation(derivation, names)
    elements = elements_of(program, names)
    wrt = [element for name in derivation.gradients for element in elements(name)]
    again = derive(flat, wrt)
    assert list(unrolled.gradients) == list(again.gradients) == wrt
    assert unrolled.gradients == again.gradients
    point = random_point(flat, seed)
    known = values(unrolled.program, point)
    is_fine = all(abs(value) < LARGEST or abs(value + HIDDEN) < LARGEST for value in known.values())
    if not is_fine or near_kink(flat, known):
        return Found(skipped=True)
    got = {element: known[gradient] for element, gradient in unrolled.gradients.items()}
    flat_known = values(again.program, point)
    sample = wrt if most_differences is None else Random(seed).sample(wrt, min(most_differences, len(wrt)))
    by_differences = {element: difference(flat, point, element) for element in sample}
    return Found(
        tuple(_unequal(got, {element: flat_known[gradient] for element, gradient in again.gradients.items()}, 1e-40)),
        tuple(_unequal(got, by_differences, 1e-20)),
        tuple(_unequal(got, referee(point, wrt), 1e-9, ROUNDED)) if referee and wrt else (),
        tuple(_steps_off(unrolled, known)),
    )


def _unequal(got: dict[str, Any], expected: dict[str, Any], tolerance: float, least: float = 1e-6) -> Iterator[str]:
    """Of what is expected, that which came out otherwise."""
    for name, value in expected.items():
        if not close(got[name], value, tolerance, least):
            yield f"{name}: {float(got[name])} and {float(value)}"


def near_kink(flat: Program, known: Mapping[str, Any]) -> bool:
    """Whether some quantity of a scalar program is near where it has no derivative, as at a tie of a maximum."""
    for equation in flat.equations:
        reads = [known[access.tensor.name] for access in equation.value.accesses]
        if isinstance(equation.value, Reduction) and equation.value.kind == "max":
            ordered = sorted(known[name] for name in {access.tensor.name for access in equation.value.accesses})
            if any(above - below < MARGIN for below, above in pairwise(ordered[-2:])):
                return True
        elif isinstance(equation.value, Elementwise):
            operands = {operand(k): float(read) for k, read in enumerate(reads)}
            if any(abs(evaluate(kink, operands, FLOAT)) < MARGIN for kink in _kinks(equation.value.expression)):
                return True
    return False


@lru_cache(maxsize=4096)
def _kinks(expression: Any) -> tuple[Any, ...]:
    return tuple(kinks_of(expression))


def _steps_off(unrolled: Derivation, known: dict[str, Any]) -> Iterator[str]:
    """The quantities whose recorded products do not add up to their adjoint."""
    sums = sum_of_steps(unrolled.steps, known)
    constants = ((step.via.tensor.name, step.adjoint) for step in unrolled.steps if isinstance(step.adjoint, Fraction))
    handed_on = {name: PRECISE.given(adjoint) for name, adjoint in constants}
    for name in dict.fromkeys([*sums, *unrolled.gradients]):
        # An adjoint that is one number has no equation: it stands in the steps that hand it on, where there are any.
        adjoint = known.get(unrolled.adjoint(name), handed_on.get(name))
        if adjoint is None and name in unrolled.gradients:
            yield f"{name}: its adjoint is missing"
        elif adjoint is not None and name != unrolled.forward.loss and not close(sums.get(name, 0), adjoint, 1e-40):
            yield f"{name}: {float(sums.get(name, 0))} and {float(adjoint)}"
