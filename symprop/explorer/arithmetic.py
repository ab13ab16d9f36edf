"""The two programs that a page computes by, each in straight lines: one example with its factors, and one update of all.

Both are unrolled from the one derivation; what they are printed as is the back end's affair, what is shown of them `island`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.backends.javascript.source import Source as Javascript
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.explorer.factors import Factors
from symprop.explorer.rows import RowNames
from symprop.ir.program import Equation, Program, needed
from symprop.ir.size import scalar_count, term_count
from symprop.ir.tensor import Role
from symprop.lowering.batch import batch
from symprop.lowering.scalars import Lines, lines_of
from symprop.lowering.step import TrainingStep, training_step
from symprop.lowering.updates import COUNT, UPDATE
from symprop.notation.names import Names
from symprop.rules.update_rule import UpdateRule
from symprop.views.scalar import ScalarView

MOST_LINES = 1_000  # of one example, forward and backward: a page with more is neither small nor read
MOST_UPDATE_LINES = 12_000  # of an update over all examples
MOST_TERMS = 40_000
PROGRAM = "program"  # what the generated code is called in the page


@dataclass(frozen=True)
class Arithmetic:
    """What a derivation computes for one example, and for an update with `copies` of the example side by side."""

    view: ScalarView
    names: Names
    rule: UpdateRule
    copies: int

    @property
    def core(self) -> Derivation:
        """The derivation of one example."""
        return self.view.derivation

    @property
    def too_large(self) -> bool:
        """Whether a page would have more lines than are any use there."""
        lines, terms = scalar_count(self.core.program), term_count(self.core.program)
        return lines > MOST_LINES or lines * self.copies > MOST_UPDATE_LINES or terms * self.copies > MOST_TERMS

    @cached_property
    def factors(self) -> Factors:
        """The factors of every chain of the chain rule."""
        return Factors(self.view)

    @cached_property
    def example(self) -> tuple[Equation, ...]:
        """The lines of one example: forward pass, backward pass, then the factors."""
        return (*self.view.program.equations, *self.factors.equations)

    @cached_property
    def step(self) -> TrainingStep:
        """The training step of one example, whose lines stand on the page."""
        return training_step(self.core, self.rule)

    @cached_property
    def update(self) -> Program:
        """The scalar program of an update of all examples."""
        return self._update[1]

    @property
    def whole_step(self) -> TrainingStep:
        """The training step of all examples."""
        return self._update[0]

    @cached_property
    def _update(self) -> tuple[TrainingStep, Program]:
        if self.copies == 1:
            step = self.step
        else:
            wide = derive(batch(self.core.forward, self.copies), list(self.core.gradients))
            step = training_step(wide, self.rule)
        program = unroll(step.program, self.row_names)
        wanted = [
            e.name for e in program.equations if e.origin.rule in (UPDATE, COUNT) or e.target.tensor.role in _KEPT
        ]
        return step, replace(program, equations=tuple(needed(program.equations, [program.loss, *wanted])))

    @cached_property
    def row_names(self) -> Names:
        """The names of the update's numbers; the readers' own, told apart by the row of the example."""
        own = {name: len(tensor.extents) for name, tensor in self.step.program.tensors.items()}
        return RowNames.of(self.names, own)

    @cached_property
    def update_lines(self) -> tuple[Equation, ...]:
        """The lines of the update that come after the gradients."""
        return tuple(e for e in self.update.equations if e.origin.rule in (UPDATE, COUNT))

    @cached_property
    def example_lines(self) -> Lines:
        """The lines of one example as expressions."""
        return _lines(self.view.program, self.example)

    @cached_property
    def update_program(self) -> Lines:
        """The lines of an update as expressions."""
        return _lines(self.update, self.update.equations)

    @cached_property
    def example_slots(self) -> dict[str, int]:
        """Where each number of one example stands."""
        return _slots(self.example_lines)

    @cached_property
    def update_slots(self) -> dict[str, int]:
        """Where each number of an update stands."""
        return _slots(self.update_program)

    def source(self) -> str:
        """The code of both, as the functions ``example`` and ``update`` of an array."""
        javascript = Javascript()
        javascript.add("example", self.example_lines, self.example_slots)
        javascript.add("update", self.update_program, self.update_slots)
        return javascript.text(PROGRAM)


_KEPT = (Role.STATE, Role.GRADIENT)


def _lines(program: Program, equations: Sequence[Equation]) -> Lines:
    return lines_of([tensor.name for tensor in program.free], equations, [equation.name for equation in equations])


def _slots(lines: Lines) -> dict[str, int]:
    return {name: slot for slot, name in enumerate([*lines.arguments, *(target for target, _ in lines.lines)])}
