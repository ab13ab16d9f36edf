"""The compiled network on arrays: value and gradient, prediction, training; formulas, languages and loops live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import inf, prod
from typing import Any

import numpy as np

from symprop.backends.executable import Executable
from symprop.derivation.step import Derivation
from symprop.equations import EquationsSpec
from symprop.errors import UserError, nearest
from symprop.ir.program import Program
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec, Training
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.training.compiled import Compiled, Step, evaluator
from symprop.training.evaluation import Evaluation
from symprop.training.initial import initial_parameters
from symprop.training.layout import Array, Layout
from symprop.training.loop import Progress, descend
from symprop.training.own_data import own_data
from symprop.views.scalar import equation_formula

DTYPES = ("float64", "float32")


def _quiet() -> AbstractContextManager[None]:
    """Within it NumPy does not warn of what is not finite: that is said by who asked."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass(frozen=True)
class History:
    """A training run: `losses` before the first update, after 1, …; `parameters` by tensor, as they are at the last loss.

    `epochs` counts the updates that hold. `stopped` is "epochs", "converged", "diverged" or, where `progress` asked for
    it, "interrupted"; `diverged_at` is the update after which the loss or a parameter was not finite, which is undone.
    """

    losses: list[float] = field(repr=False)
    parameters: dict[str, Array]
    epochs: int
    stopped: str
    diverged_at: int | None = None


class Model:
    """A derivation in index form, compiled; made by `derivation.compile()`.

    `values` are the numbers that the network gives to its quantities, `training` how it is trained unless `fit` is told
    otherwise. `batch` examples stand in the program, and `evaluation` is what to predict with. The loss of a batch is the
    mean of the losses of its examples, and so is its gradient. In float64 the built-in functions stay finite for arguments
    up to ±1000; the products of a gradient over many layers may not.
    Raises UserError for an unknown back end or number format, BudgetError for more than 20,000 scalar equations.
    """

    def __init__(
        self,
        derivation: Derivation,
        names: Names,
        backend: str = "numpy",
        dtype: str = "float64",
        values: Mapping[str, Any] | None = None,
        target_domain: tuple[float, float] = (-inf, inf),
        training: Training | None = None,
        batch: int | None = None,
        evaluation: Evaluation | None = None,
    ) -> None:
        if dtype not in DTYPES:
            raise UserError(f"unknown number format '{dtype}'", remedy=nearest(str(dtype), DTYPES))
        self.derivation, self.names, self.backend, self.dtype = derivation, names, backend, dtype
        self._values = {} if values is None else values
        self._training = Training() if training is None else training
        self._batch = batch
        self.evaluation = Evaluation(derivation.forward, names, batch) if evaluation is None else evaluation
        self._compiled = Compiled(derivation, names, backend, self.evaluation)
        columns = {role: self.evaluation.columns(role) for role in (Role.INPUT, Role.TARGET)}
        self._layout = Layout(derivation.forward, names, dtype, target_domain, batch, columns)
        of = self.evaluation
        self._evaluation_layout = Layout(of.program, of.names, dtype, target_domain, of.batch, columns)

    @classmethod
    def of(
        cls,
        derivation: Derivation,
        names: Names,
        spec: NetworkSpec | EquationsSpec,
        backend: str = "numpy",
        dtype: str = "float64",
        evaluation: Evaluation | None = None,
    ) -> Model:
        """The model of a declaration's derivation, which starts from its values and trains as it says."""
        if not isinstance(spec, NetworkSpec):
            return cls(derivation, names, backend, dtype, spec.values, training=spec.training)
        targets, evaluation = spec.loss_rule.targets, evaluation or Evaluation.of(spec)
        return cls(derivation, names, backend, dtype, spec.values, targets, spec.training, spec.batch, evaluation)

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the last layer's outputs for one example; none for a list of equations, which has no layers."""
        return self.evaluation.outputs

    def value_and_gradient(
        self, parameters: Mapping[str, Any], x: Any = None, t: Any = None
    ) -> tuple[float, dict[str, Array]]:
        """The loss of a batch and its gradient by each trained parameter, by tensor.

        `parameters` has an array of its tensor's shape for each parameter, trained or fixed: "W1": (out, in). `x` is of
        shape (N, inputs), `t` of shape (N, outputs); one example may come without its axis. Of a network with a batch, N is
        a multiple of it. For a list of equations, the columns of `x` are its free quantities that are no parameters, and
        there is no `t`. What has no finite value is infinite or NaN. Raises UserError for what does not fit.
        """
        with _quiet():
            found = self._compiled.gradient(self._feed(parameters, x, t))
        gradients = {
            name: self._layout.gather(name, [found[s] for s in scalars])
            for name, scalars in self._compiled.gradients.items()
        }
        return float(found[self.derivation.program.loss]), gradients

    def predict(self, parameters: Mapping[str, Any], x: Any) -> Array:
        """The outputs of the last layer, of shape (N, outputs), for any number of examples.

        Where a layer of the user's own names the axis of the examples, N is a multiple of the batch. Raises UserError for
        what does not fit.
        """
        layout = self._evaluation_layout
        table = self._tabulate(self._compiled.forward, layout, parameters, x)
        return table.reshape(len(table) * layout.batch, -1)

    def evaluate(
        self, program: Program, tensors: Sequence[Tensor], parameters: Mapping[str, Any], x: Any
    ) -> list[Array]:
        """The elements of some tensors of a program that reads what training does, each of shape (batches, elements).

        `program` is in index form. Raises UserError for what does not fit.
        """
        compiled = evaluator(program, tensors, self.names, self.backend)
        table = self._tabulate(compiled, self._layout, parameters, x)
        ends = np.cumsum([prod(tensor.extents) for tensor in tensors])
        return np.split(table, ends[:-1], axis=1)

    def _tabulate(self, executable: Executable, layout: Layout, parameters: Mapping[str, Any], x: Any) -> Array:
        """An executable's outputs for each example, or each batch of a program that holds one, of shape (N, outputs)."""
        examples = layout.examples(x, targets=False)
        count = max((len(column) for column in examples.values()), default=1)
        self._compiled.check_memory(count)
        with _quiet():
            found = executable({**layout.flatten(parameters), **examples})
        columns = [np.broadcast_to(np.asarray(value, dtype=self.dtype), (count,)) for value in found.values()]
        return np.stack(columns, axis=1)

    def fit(
        self,
        x: Any = None,
        t: Any = None,
        learning_rate: float | None = None,
        epochs: int | None = None,
        parameters: Mapping[str, Any] | None = None,
        seed: int | None = None,
        tolerance: float | None = None,
        progress: Progress | None = None,
    ) -> History:
        """Trains by gradient descent on the whole batch, all parameters at once.

        What the call leaves out is as the network's ``[training]`` says, in Python its `training`: the learning rate
        (0.5 without one), the number of epochs (100), the seed (0), the tolerance (0), and the data, which without
        ``[training]`` are the one example among the network's values. So ``load("xor").derive().compile().fit()``
        does what ``symprop train xor`` does.

        Starts from `parameters`, by default from `start(seed)`. Stops when the loss changes by no more than `tolerance`,
        relatively (0 never does), or is not finite. `progress` is called after each update with their number and the
        loss, and may return True to stop there. Raises UserError for what does not fit.
        """
        settings = self._training.but(learning_rate=learning_rate, epochs=epochs, tolerance=tolerance, seed=seed)
        if x is None and t is None:
            x, t = own_data(self.derivation.forward, self.names, settings, self._values, batch=self._batch)
        start = self.start(settings.seed) if parameters is None else parameters
        values = self.trained_elements(start)
        step = self.stepper(start, x, t)
        with _quiet():
            run = descend(
                lambda w: step(w, settings.learning_rate),
                values,
                settings.epochs,
                settings.tolerance,
                progress,
                lambda: self.why_not_finite(start, x, t),
            )
        final = self.with_elements(start, run.values)
        return History(run.losses, final, len(run.losses) - 1, run.stopped, run.diverged_at)

    def why_not_finite(self, parameters: Mapping[str, Any], x: Any = None, t: Any = None) -> str:
        """What to look at where the loss is not finite: the first quantity of the forward pass that is not."""
        equation = self._compiled.first_not_finite(self._feed(parameters, x, t))
        if equation is None:
            return "Look for very large inputs, targets or starting values."
        return f"The first quantity that is not finite is {equation.name} = {plain(equation_formula(equation))}."

    def start(self, seed: int | None = None) -> dict[str, Array]:
        """The parameters to start from: the network's values, and Glorot's from `seed` where it has none.

        Without a seed, the network's own is taken.
        """
        settings = self._training.but(seed=seed)
        return initial_parameters(self.derivation.forward, self.names, self._values, settings.seed)

    def stepper(self, parameters: Mapping[str, Any], x: Any = None, t: Any = None, rates: int = 0) -> Step:
        """One training step on the data, as a function.

        It takes the trained elements and the learning rate to the loss and the new elements. With `rates` above 0,
        elements and rate are arrays of shape (rates, 1), and so is the loss.
        """
        feed = self._feed(parameters, x, t, max(rates, 1))
        single = not rates and all(np.size(value) == 1 for value in feed.values())
        if single and self.dtype == "float64":
            return self._compiled.stepper_on_floats(feed)
        return self._compiled.stepper(feed)

    def _feed(self, parameters: Mapping[str, Any], x: Any, t: Any, rates: int = 1) -> dict[str, Any]:
        """Every free element by name, parameters as numbers and data as arrays over the examples."""
        examples = self._layout.examples(x, t)
        self._compiled.check_memory(rates * max((len(column) for column in examples.values()), default=1))
        return {**self._layout.flatten(parameters), **examples}

    def trained_elements(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The elements of the trained parameters, tensor by tensor, row by row."""
        flat = self._layout.flatten(parameters)
        return [flat[name] for name in self._compiled.trained]

    def with_elements(self, parameters: Mapping[str, Any], values: Sequence[Any]) -> dict[str, Array]:
        """All parameters by tensor, with the trained ones made from their elements in order."""
        flat = {**self._layout.flatten(parameters), **dict(zip(self._compiled.trained, values, strict=True))}
        return {name: self._layout.gather(name, [flat[s] for s in self._compiled.scalars(name)]) for name in parameters}
