"""The functions that a derivation is compiled into, each sliced from one program of the whole training step, when first used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symprop.backends import load_backend
from symprop.backends import python as floats
from symprop.backends.executable import Executable
from symprop.derivation.step import Derivation
from symprop.derivation.unroll import unroll
from symprop.errors import BudgetError, UnsupportedError, UserError
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role, Tensor
from symprop.lowering.scalars import Lines, check_size, lower
from symprop.lowering.step import training_step
from symprop.notation.names import Names
from symprop.rules.optimizers import OPTIMIZERS
from symprop.training.evaluation import Evaluation
from symprop.training.layout import scalar_names

MOST_BYTES = 4_000_000_000

Step = Callable[[Sequence[Any], Any], list[Any]]


class Compiled:
    """Scalar functions of one derivation, by one back end; quantities are known by the names of their elements.

    `trained` are the elements that a step updates, `gradients` the elements of each parameter's gradient.
    """

    def __init__(self, derivation: Derivation, names: Names, backend: str, evaluation: Evaluation) -> None:
        self._backend, self._compile, self._evaluation = backend, load_backend(backend), evaluation
        _check_free(derivation.forward)
        self._step = training_step(derivation, OPTIMIZERS["sgd"])
        check_size(self._step.program)
        self._forward, self._names = derivation.forward, names
        tensors = self._step.program.tensors
        self.gradients = {
            name: self.scalars(gradient)
            for name, gradient in derivation.gradients.items()
            if tensors[name].role is Role.PARAMETER
        }
        self.trained = self._elements(self._step.updated)

    def _elements(self, tensors: Iterable[str]) -> list[str]:
        """The names of some tensors' elements, in order."""
        return [s for name in tensors for s in self.scalars(name)]

    def scalars(self, tensor: str) -> list[str]:
        """The names of one tensor's elements, row by row."""
        program = self._step.program
        return scalar_names(program.tensors[tensor], program, self._names)

    @cached_property
    def _program(self) -> Program:
        return unroll(self._step.program, self._names)

    def _lower(self, outputs: Sequence[str], arguments: Sequence[str] | None = None) -> Lines:
        states = [e.name for e in self._forward.equations if e.target.tensor.role is Role.STATE]
        averaged = [self._program.loss, *self._gradient_elements, *self._elements(states)]
        return lower(self._program, outputs, averaged, arguments)

    @property
    def _gradient_elements(self) -> list[str]:
        return [s for scalars in self.gradients.values() for s in scalars]

    @cached_property
    def gradient(self) -> Executable:
        """The loss, and its gradient by each element of a parameter."""
        return self._compile(self._lower([self._program.loss, *self._gradient_elements]))

    @cached_property
    def forward(self) -> Executable:
        """The outputs of the last layer, once the network is trained; UserError for a program without layers."""
        program, output = self._evaluation.program, self._forward.output
        if output is None:
            raise UserError("only a network with layers predicts", remedy="Take a quantity's value instead.")
        if program is self._forward:
            return self._compile(self._lower(self._elements([output])))
        return evaluator(program, [program.tensors[output]], self._evaluation.names, self._backend)

    @cached_property
    def _whole_forward(self) -> Executable:
        """Every quantity of the forward pass, in order."""
        return self._compile(self._lower(self._elements(equation.name for equation in self._forward.equations)))

    def first_not_finite(self, feed: Mapping[str, Any]) -> Equation | None:
        """The equation of the first quantity of the forward pass that is not finite for some example."""
        with np.errstate(all="ignore"):  # that is what is looked for
            found = self._whole_forward(feed)
        return next((self._program.by_name[name] for name in found if not np.isfinite(found[name]).all()), None)

    @cached_property
    def _one_step(self) -> Lines:
        """The loss and each trained element's new value, of the trained elements, η and everything else that is free."""
        first = [*self.trained, self._step.learning_rate]
        rest = [tensor.name for tensor in self._program.free if tensor.name not in first]
        outputs = [self._program.loss, *self._elements(self._step.updated.values())]
        return self._lower(outputs, [*first, *rest])

    @cached_property
    def _step_on_arrays(self) -> Executable:
        return self._compile(self._one_step)

    @cached_property
    def _step_on_floats(self) -> Executable:
        return floats.compile_lines(self._one_step)

    def stepper(self, feed: Mapping[str, Any]) -> Step:
        """One training step: a function of the trained elements and the rate to the loss and the new elements.

        `feed` has everything else. Elements and rate may be numbers, or arrays of shape (rates, 1), and so then is the
        loss.
        """
        executable = self._step_on_arrays
        rest = self._rest(executable, feed)
        return lambda values, rate: executable.function(*values, rate, *rest)

    def stepper_on_floats(self, feed: Mapping[str, Any]) -> Step:
        """As `stepper`, for one example and one rate, about twenty times faster; the last digit may differ."""
        executable = self._step_on_floats
        rest = [float(value if isinstance(value, float) else value[0]) for value in self._rest(executable, feed)]

        def step(values: Sequence[Any], rate: Any) -> list[Any]:
            try:
                return executable.function(*values, rate, *rest)
            except (ArithmeticError, ValueError):  # where an array would hold an infinity or NaN
                return self.stepper(feed)(values, rate)

        return step

    def check_memory(self, cells: int) -> None:
        """BudgetError where so many numbers in each line (examples times rates) would take too much memory."""
        size = 8 * cells * len(self._program.equations)
        if size > MOST_BYTES:
            raise BudgetError(
                "the data are too large to compute with at once",
                expected=f"at most {MOST_BYTES / 1e9:.0f} GB",
                got=f"about {size / 1e9:.1f} GB",
                remedy="Use fewer examples, or fewer learning rates at once.",
            )

    def _rest(self, executable: Executable, feed: Mapping[str, Any]) -> list[Any]:
        return [feed[name] for name in executable.arguments[len(self.trained) + 1 :]]


def _check_free(program: Program) -> None:
    """UnsupportedError for what differs from update to update or from example to example and is no number of the data."""
    for role, what in ((Role.CONSTANT, "masks of dropout"), (Role.INDEX, "integer inputs")):
        names = ", ".join(tensor.name for tensor in program.with_role(role))
        if names:
            remedy = "Its formulas and documents are there; leave the layer out to train."
            raise UnsupportedError(f"networks with {what} ({names}) cannot be compiled yet", remedy=remedy)


def evaluator(program: Program, tensors: Iterable[Tensor], names: Names, backend: str) -> Executable:
    """A function from what is free in a program in index form to the elements of some of its tensors, in order."""
    outputs = [s for tensor in tensors for s in scalar_names(tensor, program, names)]
    return load_backend(backend)(lower(unroll(program, names), outputs))
