"""The numbers of all cells: the scalar program, compiled for Python's floats and run update by update; no cell is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symprop.backends.numpy.lambdified import compile_with
from symprop.backends.numpy.straight import LANGUAGE
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Tensor
from symprop.lowering.scalars import lines_of
from symprop.scalar.numeric import FLOAT
from symprop.training.feeding import draw_masks
from symprop.workbook.plan import Plan, Unrolled

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Block:
    """One update: the numbers that there are once, means under the names of what they are of; those of each copy."""

    once: Numbers
    copies: Sequence[Numbers]


class _Part:
    """Some equations of a scalar program, as a function of what they read and do not define."""

    def __init__(self, equations: Sequence[Equation]) -> None:
        defined = {equation.name for equation in equations}
        read = dict.fromkeys(access.tensor for equation in equations for access in equation.value.accesses)
        self.arguments = [tensor for tensor in read if tensor.name not in defined]
        self.equations, self.names = equations, [equation.name for equation in equations]
        self._function: Callable[..., Any] | None = None

    def __call__(self, known: Numbers) -> Numbers:
        """The numbers of all equations; infinite and missing ones too."""
        if not self.equations:
            return {}
        if self._function is None:
            lines = lines_of([tensor.name for tensor in self.arguments], self.equations, self.names)
            self._function = compile_with(LANGUAGE, lines).function
        try:
            found = self._function(*[known[tensor.name] for tensor in self.arguments])
        except (ArithmeticError, ValueError):  # what Python's floats refuse
            return self._by_ieee(known)
        return dict(zip(self.names, found, strict=True))

    def _by_ieee(self, known: Numbers) -> Numbers:
        free = tuple(replace(tensor, indices=()) for tensor in self.arguments)
        program = Program(free, tuple(self.equations), self.names[-1])
        values = {tensor.name: known[tensor.name] for tensor in free}
        return {name: float(number) for name, number in evaluate_program(program, values, FLOAT).items()}


class WorkbookRun:
    """Runs a plan's updates from its sample's start, at any rate."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        own = {id(each): _Part(self._equations(each, before=True)) for each in plan.distinct}
        self._copies = [own[id(each)] for each in plan.unrolled]
        self._update = _Part(self._equations(plan.unrolled[0], before=False))
        tensors = plan.derivation.program.tensors
        rows = ((name, self.plan.rows_of(tensors[name])) for name in plan.averaged)
        self._averaged = [scalar for _, found in rows for scalars in found.values() for scalar in scalars]
        self._data = [self._numbers_of(copy) for copy in range(plan.copies)]

    def _equations(self, unrolled: Unrolled, *, before: bool) -> list[Equation]:
        """The equations of the derivation, or those of the update."""
        known = self.plan.derivation.program.by_name
        return [e for e in unrolled.program.equations if (unrolled.places[e.name][0] in known) == before]

    def _numbers_of(self, copy: int) -> Numbers:
        """The examples of one copy; integers too, which no equation reads."""
        return {self.plan.data_names[place]: number for place, number in self.plan.data(copy).items()}

    def blocks(self, rate: float, count: int, total: int) -> Iterator[Block]:
        """So many updates at a rate, of `total` in all."""
        plan, step = self.plan, self.plan.step
        fixed = {step.learning_rate: rate, **step.settings}
        if step.total_updates is not None:
            fixed[step.total_updates] = float(total)
        state = dict(plan.start)
        for number in range(count):
            shared = {**fixed, **state}
            copies = [
                {**(drawn := {**data, **masks}), **part({**shared, **drawn})}
                for data, masks, part in zip(self._data, self._masks(number), self._copies, strict=True)
            ]
            means = {name: _mean([copy[name] for copy in copies]) for name in self._averaged}
            known = {**shared, **(copies[0] if plan.copies == 1 else {**copies[0], **means})}
            after = self._update(known)
            once = {**shared, **means, **after}
            yield Block(once, copies)
            results = {**known, **after}
            state = {old: results[plan.new[old]] if old in plan.new else number for old, number in state.items()}

    def _masks(self, update: int) -> list[Numbers]:
        """The masks of each copy; the same as training draws."""
        plan = self.plan
        masks = list(plan.masks)
        drawn = draw_masks(masks, plan.copies, plan.sample.seed, update) if masks else {}
        return [
            {
                name: float(number)
                for mask in masks
                for name, number in zip(
                    plan.scalars_of(mask), _of_copy(drawn[mask.name], mask, copy).ravel(), strict=True
                )
            }
            for copy in range(plan.copies)
        ]


def _of_copy(array: Any, mask: Tensor, copy: int) -> Any:
    return array if array.shape == mask.extents else array[copy]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
