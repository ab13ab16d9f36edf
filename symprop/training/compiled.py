"""The functions and loops that a derivation is compiled into, by one back end, when first used; data are laid out in `layout`.

A function is compiled for a number of copies of the program: as many as the examples at hand make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from symprop.backends import load_backend
from symprop.backends.auto import AUTO, Choice, choose
from symprop.backends.executable import Executable, Loop
from symprop.derivation.second import directional
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import Unroller
from symprop.errors import BudgetError, UnsupportedError, UserError
from symprop.ir.program import Equation, Program
from symprop.ir.spread import fresh_axis, spread
from symprop.ir.tensor import Role
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import TrainingStep, training_step
from symprop.lowering.work import work
from symprop.notation.names import Names
from symprop.rules.update_rule import UpdateRule
from symprop.training.dividing import Dividing
from symprop.training.evaluation import Evaluation

MOST_BYTES = 4_000_000_000
BYTES = {"float64": 8, "float32": 4, "bfloat16": 2}
MOST_PRODUCTS = 5_000_000  # of numbers, in the product of a Hessian with a vector
_SEVERAL = 4  # how many programs of one kind are kept


class Compiled:
    """What one derivation is compiled into; quantities are known by the names of their tensors.

    `gradients` maps each parameter that the loss was differentiated by to its gradient's name; `tell` is told which back end
    runs a loop, and why. `batch` examples stand in the derivation's program, None for one alone.
    """

    def __init__(
        self,
        derivation: Derivation,
        names: Names,
        backend: str,
        dtype: str,
        evaluation: Evaluation,
        devices: int | None = None,
        batch: int | None = None,
    ) -> None:
        self._backend = None if backend == AUTO and dtype in BYTES else load_backend(_named(backend), dtype)
        self.dividing = Dividing(derivation.forward, devices, batch)
        self.tell: Callable[[Choice], None] = lambda choice: None
        self._told: Choice | None = None
        self._derivation, self._names, self._dtype, self._evaluation = derivation, names, dtype, evaluation
        tensors = derivation.program.tensors
        self.gradients = {n: g for n, g in derivation.gradients.items() if tensors[n].role is Role.PARAMETER}
        # One cache for each kind, so that a model's go with it.
        self.gradient = lru_cache(_SEVERAL)(self._gradient)
        self.predictor = lru_cache(_SEVERAL)(self._predictor)
        self._trainers = lru_cache(_SEVERAL)(self._trainer)
        self._of = lru_cache(_SEVERAL)(self._derivation_of)

    def _derivation_of(self, copies: int) -> Derivation:
        if copies == 1:
            return self._derivation
        return derive(batch(self._derivation.forward, copies), list(self._derivation.gradients))

    def _gradient(self, copies: int) -> Executable:
        """The loss, and its gradient by each parameter."""
        program = self._of(copies).program
        return self._compile(lower(program, [program.loss, *self.gradients.values()], names=self._names))

    def _predictor(self, copies: int) -> Executable:
        """The outputs of the last layer, once the network is trained; UserError for a program without layers."""
        program = self._evaluation.program
        if program.output is None:
            raise UserError("only a network with layers predicts", remedy="Take a quantity's value instead.")
        return self.evaluator(program, [program.output], copies)

    def evaluator(self, program: Program, names: Sequence[str], copies: int) -> Executable:
        """Some quantities of a forward program."""
        return self._compile(lower(program if copies == 1 else batch(program, copies), names, names=self._names))

    def product(self, copies: int) -> Product:
        """The Hessian of the loss times a vector that has a part for each parameter that the loss was differentiated by.

        BudgetError where one product is so much work that the many which a curvature needs would take long.
        """
        first = self._of(copies)
        along = directional(replace(first, gradients=self.gradients))
        parts = dict(zip(self.gradients, along.free[len(first.program.free) :], strict=True))
        second = derive(along, list(self.gradients))
        lowered = lower(second.program, list(second.gradients.values()), names=self._names)
        count = work(lowered).products
        if count > MOST_PRODUCTS:
            expected, got = f"at most {MOST_PRODUCTS:,} products of numbers", f"{count:,}"
            raise BudgetError("the network is too large for its curvature", expected=expected, got=got)
        executable = self._compile(lowered)
        return Product(executable, {name: part.name for name, part in parts.items()}, second.gradients)

    def first_not_finite(self, copies: int, feed: Mapping[str, Any]) -> Equation | None:
        """The scalar equation of the first quantity of the forward pass that is not finite for some example."""
        forward = self._derivation.forward
        executable = self.evaluator(forward, [equation.name for equation in forward.equations], copies)
        for name, array in executable(feed).items():
            bad = np.argwhere(~np.isfinite(array))
            if len(bad):
                extents = forward.tensors[name].extents
                position = bad[0][len(bad[0]) - len(extents) :]  # in its own copy of the program
                return Unroller(forward, self._names).line(name, tuple(int(place) for place in position))
        return None

    def trainer(
        self,
        copies: int,
        rule: UpdateRule,
        varying: frozenset[str] = frozenset(),
        runs: int = 0,
        apart: bool = False,
        updates: int = 1,
    ) -> Trainer:
        """The loop of about so many updates, of `runs` networks at once if there are any, each fed `apart` or all the same."""
        # A back end that is asked for compiles the same loop for any number of updates.
        return self._trainers(copies, rule, varying, runs, apart, updates if self._backend is None else 1)

    def _trainer(
        self, copies: int, rule: UpdateRule, varying: frozenset[str], runs: int, apart: bool, updates: int
    ) -> Trainer:
        step = training_step(self._of(copies), rule)
        program, carried = step.program, {new: old for old, new in step.updated.items()}
        if runs:
            axis = fresh_axis(program, "r", runs)
            own = {*step.updated, *(tensor.name for tensor in self._derivation.forward.learnt), step.learning_rate}
            own -= {step.update_number}  # is the same for all
            program = spread(program, axis, own | varying if apart else own)
        lowered = lower(program, [program.loss, *carried], carried, self._names)
        self._check_memory(lowered)
        return Trainer(step, self._loop(lowered, copies, varying, updates), lowered)

    def _loop(self, lowered: Lowered, copies: int, varying: frozenset[str], updates: int) -> Loop:
        """The loop by the back end that is asked for, or that is the quickest for so many updates; on several devices."""
        asked = self._backend
        choice = choose(lowered, self._dtype, updates) if asked is None else Choice(asked, "as asked")
        if choice != self._told:
            self._told = choice
            self.tell(choice)
        backend, devices = choice.backend, self.dividing.devices
        if devices is None or (devices == 1 and backend.compile_parallel is None):
            return backend.compile_loop(lowered, self._dtype, varying)
        if backend.compile_parallel is None:
            what = f"the back end '{backend.name}' runs on one device"
            raise UnsupportedError(what, remedy="Take the back end 'jax' for several.")
        sharded = self.dividing.sharded(lowered, copies)
        return backend.compile_parallel(lowered, self._dtype, varying, devices, sharded)

    def _compile(self, lowered: Lowered) -> Executable:
        self._check_memory(lowered)
        backend = choose(lowered, self._dtype, 1).backend if self._backend is None else self._backend
        return backend.compile(lowered, self._dtype)

    def _check_memory(self, lowered: Lowered) -> None:
        """BudgetError where the numbers would take too much memory."""
        size = BYTES[self._dtype] * sum(prod(tensor.extents) for tensor in lowered.tensors.values())
        if size > MOST_BYTES:
            raise BudgetError(
                "the data are too large to compute with at once",
                expected=f"at most {MOST_BYTES / 1e9:.0f} GB",
                got=f"about {size / 1e9:.1f} GB",
                remedy="Use smaller batches, or fewer runs at once.",
            )


def _named(backend: str) -> str:
    """What refuses a format that none has, where the back end is left open."""
    return "numpy" if backend == AUTO else backend


@dataclass(frozen=True)
class Product:
    """The product of the Hessian with a vector; `parts` and `results` have the tensor for each parameter."""

    executable: Executable
    parts: Mapping[str, str]
    results: Mapping[str, str]


@dataclass(frozen=True)
class Trainer:
    """A loop of updates, and the step that it repeats."""

    step: TrainingStep
    loop: Loop
    lowered: Lowered

    def carried(self, values: Mapping[str, Any], dtype: str) -> dict[str, Any]:
        """What the first update takes over: the values that are given, for the rest where the update rule starts."""
        tensors = {tensor.name: tensor for tensor in self.lowered.arguments}
        found = {}
        for name in self.step.updated:
            if name in tensors:
                extents = tensors[name].extents
                start = values[name] if name in values else self.step.starts[name]
                found[name] = np.array(np.broadcast_to(start, extents), dtype=dtype)
        return found

    def fixed(
        self, feed: Mapping[str, Any], rate: Any, updates: int, dtype: str, varying: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """What stays the same over all updates: what is fed, the learning rate, the settings of the update rule."""
        given = {**feed, **self.step.settings, self.step.learning_rate: rate}
        if self.step.total_updates is not None:
            given[self.step.total_updates] = updates
        others = {*self.step.updated, *varying}
        wanted = {tensor.name: tensor for tensor in self.lowered.arguments if tensor.name not in others}
        return {
            name: given[name]
            if tensor.role is Role.INDEX
            else np.array(np.broadcast_to(given[name], tensor.extents), dtype)
            for name, tensor in wanted.items()
            if name in given
        }

    def converted(self, fed: Mapping[str, Any], dtype: str) -> dict[str, Any]:
        """What updates are fed, in the formats of the loop."""
        integers = {tensor.name for tensor in self.lowered.arguments if tensor.role is Role.INDEX}
        return {
            name: np.ascontiguousarray(array, None if name in integers else dtype)
            for name, array in fed.items()
            if name in {tensor.name for tensor in self.lowered.arguments}
        }
