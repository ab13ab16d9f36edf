"""A step of the chain rule that can be checked alone: its derivative and its adjoint, each against a difference of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from random import Random
from typing import Any

import sympy

from symprop.derivation.step import Step
from symprop.derivation.unroll import Element, steps_for
from symprop.errors import InternalError
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation, needed
from symprop.ir.sympy_view import node_to_sympy
from symprop.scalar.numeric import Arithmetic, evaluate
from symprop.views.scalar import ScalarView

Array = Any
Number = Any


@dataclass(frozen=True)
class StepCheck:
    """What was found of one step: the relative errors of ``∂via/∂wrt``, of ``∂loss/∂via``, and of their product."""

    local: float
    adjoint: float
    product: float
    tolerance: float
    seed: int

    @property
    def ok(self) -> bool:
        """Whether the step agrees with the differences."""
        return max(self.local, self.adjoint, self.product) <= self.tolerance


@dataclass(frozen=True)
class CheckedStep(Step):
    """A scalar step that knows the derivation it belongs to."""

    view: ScalarView = field(repr=False, compare=False)

    @classmethod
    def of(cls, step: Step, view: ScalarView) -> CheckedStep:
        """The step, of a derivation that `view` shows."""
        return cls(**{f.name: getattr(step, f.name) for f in fields(Step)}, view=view)

    def verify(self, digits: int = 50, seed: int = 0) -> StepCheck:
        """Compares the step with differences of the equation of `via`, and of the loss, at a random point.

        Where an equation reads a quantity several times, each time is a step; those are compared together. Raises
        UserError for a wrong number of digits or a wrong seed, UnsupportedError where no point is found, BudgetError for a
        network too large.

        >>> from symprop import load
        >>> load("classroom").derive().steps("w1")[3].verify().ok
        True
        """
        from symprop.derivation.differences import difference_step
        from symprop.derivation.known import as_numbers
        from symprop.derivation.point import draw_point, with_integers
        from symprop.derivation.verify import (
            check_digits,
            check_seed,
            check_work,
            negligible,
            relative_error,
            tolerance,
        )
        from symprop.ir.arrays import evaluate_arrays
        from symprop.scalar.decimals import decimals

        digits, seed = check_digits(digits), check_seed(seed)
        check_work(self.view.derivation)
        random = Random(seed)
        with decimals(digits) as arithmetic:
            derivation = with_integers(self.view.derivation, random)
            point = draw_point(derivation.forward, random)
            given = {name: as_numbers(array, arithmetic) for name, array in point.values.items()}
            known = evaluate_arrays(derivation.program, given, arithmetic)
            step = arithmetic.given(difference_step(digits))
            differences = _Differences(self.view, known, step, arithmetic)
            local, adjoint = self._derivative(known, arithmetic), self._adjoint(known, arithmetic)
            slope = differences.of_equation(self.via.tensor.name, self.wrt.tensor.name)
            above = differences.of_loss(self.via.tensor.name, needed(derivation.forward.equations, [self.loss]))
            loss, least = known[self.loss].item(), negligible(digits)
            return StepCheck(
                relative_error(local, slope, arithmetic.rational(1, 1), least),
                relative_error(adjoint, above, loss, least),
                relative_error(adjoint * local, above * slope, loss, least),
                tolerance(digits),
                seed,
            )

    def _derivative(self, known: Mapping[str, Array], arithmetic: Arithmetic) -> Number:
        """``∂via/∂wrt``: of this step and of those that stand for other uses in the same equation."""
        tensor, element = _place(self.view, self.wrt.tensor.name)
        steps = steps_for(self.view.derivation, self.view.names, tensor, element)
        same = [step.local for step in steps if step.via == self.via] if self.rule != "seed" else [self.local]
        total = arithmetic.rational(0, 1)
        for node in same:
            symbols = node_to_sympy(node, lambda access: sympy.Symbol(access.tensor.name, real=True))
            values = {a.tensor.name: _looked_up(self.view, known, a.tensor.name) for a in node.accesses}
            total += evaluate(symbols, values, arithmetic)
        return total

    def _adjoint(self, known: Mapping[str, Array], arithmetic: Arithmetic) -> Number:
        if isinstance(self.adjoint, Fraction):
            return arithmetic.given(self.adjoint)
        return _looked_up(self.view, known, self.adjoint.tensor.name)


def _looked_up(view: ScalarView, known: Mapping[str, Array], name: str) -> Number:
    tensor, element = _place(view, name)
    return known[tensor][element]


def _place(view: ScalarView, name: str) -> tuple[str, Element]:
    found = view.place(name)
    if found is None:
        raise InternalError(f"there is no scalar '{name}'")
    return found[0].name, found[1]


@dataclass(frozen=True)
class _Differences:
    """Central differences about one point, of one equation or of the loss."""

    view: ScalarView
    known: Mapping[str, Array]
    step: Number
    arithmetic: Arithmetic

    def of_equation(self, via: str, wrt: str) -> Number:
        """Of one quantity by one that its equation reads, others held; by itself, 1."""
        if via == wrt:
            return self.arithmetic.rational(1, 1)
        program = self.view.derivation.forward
        (tensor, element), (moved, _) = _place(self.view, via), _place(self.view, wrt)
        line = program.by_name[tensor]
        return self._central(wrt, (*self._looked_through(line, moved), line), tensor, element)

    def _looked_through(self, line: Equation, moved: str) -> list[Equation]:
        """The abbreviations between a quantity and an equation, which the chain rule takes for what they mean."""
        kept = self.view.derivation.gradients
        live, found = {moved}, []
        for equation in self.view.derivation.forward.equations:
            short = equation.abbreviation and isinstance(equation.value, Elementwise) and equation.name not in kept
            if short and any(access.tensor.name in live for access in equation.value.accesses):
                live.add(equation.name)
                found.append(equation)
        return found if isinstance(line.value, Elementwise) else []

    def of_loss(self, name: str, equations: tuple[Equation, ...]) -> Number:
        """Of the loss by one quantity, whatever defines that."""
        from symprop.derivation.differences import tail_of

        loss = self.view.derivation.forward.loss
        if name == loss:
            return self.arithmetic.rational(1, 1)
        return self._central(name, tuple(tail_of(equations, _place(self.view, name)[0])), loss, ())

    def _central(self, name: str, equations: tuple[Equation, ...], result: str, element: Element) -> Number:
        from symprop.ir.arrays import evaluate_arrays

        tensor, place = _place(self.view, name)
        program = self.view.derivation.forward
        found = []
        for move in (self.step, -self.step):
            array = self.known[tensor].copy()
            array[place] = array[place] + move
            found.append(evaluate_arrays(program, {**self.known, tensor: array}, self.arithmetic, equations))
        above, below = (values[result][element] for values in found)
        return (above - below) / (2 * self.step)
