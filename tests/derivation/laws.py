"""What holds of every derivation, as one comparison that the property tests and the corruption tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll, unroll_derivation
from symprop.ir.program import Program
from symprop.notation.names import Names
from tests.derivation.evaluation import Point, close, difference, elements_of, random_point, sum_of_steps, values

LARGEST = 1e8  # of any quantity: beyond, float64 has too few digits for a comparison to 1e-9
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


def compare(program: Program, names: Names, seed: int, referee: Referee | None = None) -> Found:
    """Derives in index form and unrolled, and holds both against differences, autograd and the step record."""
    derivation, flat = derive(program), unroll(program, names)
    unrolled = unroll_derivation(derivation, names)
    elements = elements_of(program, names)
    wrt = [element for name in derivation.gradients for element in elements(name)]
    again = derive(flat, wrt)
    assert list(unrolled.gradients) == list(again.gradients) == wrt
    assert unrolled.gradients == again.gradients
    point = random_point(flat, seed)
    known = values(unrolled.program, point)
    if not all(abs(value) < LARGEST for value in known.values()):
        return Found(skipped=True)
    got = {element: known[gradient] for element, gradient in unrolled.gradients.items()}
    flat_known = values(again.program, point)
    by_differences = {element: difference(flat, point, element) for element in wrt}
    return Found(
        tuple(_unequal(got, {element: flat_known[gradient] for element, gradient in again.gradients.items()}, 1e-40)),
        tuple(_unequal(got, by_differences, 1e-20)),
        tuple(_unequal(got, referee(point, wrt), 1e-9)) if referee and wrt else (),
        tuple(_steps_off(unrolled, known)),
    )


def _unequal(got: dict[str, Any], expected: dict[str, Any], tolerance: float) -> Iterator[str]:
    for name, value in got.items():
        if not close(value, expected[name], tolerance):
            yield f"{name}: {float(value)} and {float(expected[name])}"


def _steps_off(unrolled: Derivation, known: dict[str, Any]) -> Iterator[str]:
    """The quantities whose recorded products do not add up to their adjoint."""
    sums = sum_of_steps(unrolled.steps, known)
    for name in dict.fromkeys([*sums, *unrolled.gradients]):
        adjoint = known.get(f"d{unrolled.forward.loss}_d{name}")
        if adjoint is not None and name != unrolled.forward.loss and not close(sums.get(name, 0), adjoint, 1e-40):
            yield f"{name}: {float(sums.get(name, 0))} and {float(adjoint)}"
