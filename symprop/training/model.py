"""The compiled network on arrays: value and gradient, prediction, training; formulas, languages and loops live elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np

from symprop.backends.auto import Choice
from symprop.derivation.step import Derivation
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec, Training
from symprop.notation.names import Names
from symprop.notation.unicode import unicode_text
from symprop.rules.update_rule import UpdateRule
from symprop.training.compiled import Compiled, Trainer
from symprop.training.evaluation import Evaluation
from symprop.training.feeding import Feeding, draw_masks, mean_masks
from symprop.training.initial import initial_parameters
from symprop.training.layout import Array, Layout
from symprop.training.loop import Descent, Progress, State, Watch, descend
from symprop.training.own_data import own_data
from symprop.training.probe import MOST_EXAMPLES, Probe
from symprop.training.quick import Quick, quick_call
from symprop.training.race import Race, row_of, stacked
from symprop.views.scalar import equation_formula

_SHAPES = 8  # of data for which a short way to value and gradient is kept


def _quiet() -> AbstractContextManager[None]:
    """Within it NumPy does not warn of what is not finite: that is said by who asked."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass(frozen=True, repr=False)
class History:
    """A training run: `losses` before the first update, after 1, …; `parameters` by tensor, as they are at the last loss.

    `epochs` counts the epochs that hold; in batches, a loss is that of the batch that the next update takes. `stopped` is
    "epochs", "converged", "diverged" or, where `progress` asked for it, "interrupted"; `diverged_at` is the update after
    which the loss or a parameter was not finite, which is undone. `loss_name` is what the loss is called.
    """

    losses: list[float]
    parameters: dict[str, Array]
    epochs: int
    stopped: str
    diverged_at: int | None = None
    loss_name: str = ""

    @property
    def updates(self) -> int:
        """How many updates hold."""
        return len(self.losses) - 1

    def __repr__(self) -> str:
        updates = f"{self.updates:,} update{'' if self.updates == 1 else 's'}"
        ended = "" if self.stopped == "epochs" else f", {self.stopped}"
        return (
            f"<history of {updates}: loss {self.loss_name} from {self.losses[0]:.6g} to {self.losses[-1]:.6g}{ended}>"
        )

    def _repr_svg_(self) -> str:
        from symprop.training.shown import history_svg

        return history_svg(self)

    def _repr_latex_(self) -> str:
        from symprop.training.shown import history_latex

        return history_latex(self)

    def _repr_html_(self) -> str:
        from symprop.training.shown import history_html

        return history_html(self)


class Model:
    """A derivation in index form, compiled; made by `derivation.compile()`.

    `values` are the numbers that the network gives to its quantities, `training` how it is trained unless `fit` is told
    otherwise. `batch` examples stand in the program, and `evaluation` is what to predict with. The loss of a batch is the
    mean of the losses of its examples, and so is its gradient. In float64 the built-in functions stay finite for arguments
    up to ±1000; the products of a gradient over many layers may not.
    `backend` is numpy, numba, jax or c, or auto for the one that is the quickest for the size of the network and the number of
    updates; jax divides the batch over `devices`, if they are given. Raises UserError for an unknown one and for a number
    format that it lacks, UnsupportedError where a package is not installed.
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
        devices: int | None = None,
    ) -> None:
        self.derivation, self.names, self.backend, self.dtype = derivation, names, backend, dtype
        self._values = {} if values is None else values
        self._quick: dict[Any, Quick | None] = {}
        self.training = Training() if training is None else training
        self._batch = batch
        self.evaluation = Evaluation(derivation.forward, names, batch) if evaluation is None else evaluation
        self._compiled = Compiled(derivation, names, backend, dtype, self.evaluation, devices, batch)
        columns = {role: self.evaluation.columns(role) for role in (Role.INPUT, Role.TARGET)}
        # In "bfloat16", which NumPy lacks, only what layers compute is of that format.
        self._format = "float32" if dtype == "bfloat16" else dtype
        self._layout = Layout(derivation.forward, names, self._format, target_domain, batch, columns)
        of = self.evaluation
        self._evaluation_layout = Layout(of.program, of.names, self._format, target_domain, of.batch, columns)

    @classmethod
    def of(
        cls,
        derivation: Derivation,
        names: Names,
        spec: NetworkSpec | EquationsSpec,
        backend: str = "numpy",
        dtype: str = "float64",
        evaluation: Evaluation | None = None,
        devices: int | None = None,
    ) -> Model:
        """The model of a declaration's derivation, which starts from its values and trains as it says."""
        if not isinstance(spec, NetworkSpec):
            return cls(derivation, names, backend, dtype, spec.values, training=spec.training, devices=devices)
        targets, evaluation = spec.target_range, evaluation or Evaluation.of(spec)
        of = (spec.values, targets, spec.training, spec.batch, evaluation, devices)
        return cls(derivation, names, backend, dtype, *of)

    def tell(self, listener: Callable[[Choice], None]) -> None:
        """Has each loop's back end, and why it was chosen, told to a listener."""
        self._compiled.tell = listener

    def __repr__(self) -> str:
        gradients = ", ".join(self.derivation.gradients) or "nothing"
        loss = self.derivation.forward.loss
        return f"<model: {loss} and its gradients by {gradients}, compiled by {self.backend} in {self.dtype}>"

    @property
    def source(self) -> str:
        """The code of the loss and its gradient for one example; each line carries the name of its equation.

        >>> from symprop import load
        >>> print(load("classroom").derive().compile().source)
        def ...
        """
        return self._compiled.gradient(1).source

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
        try:
            quick = self._quick.get((x.shape, t.shape))
        except AttributeError:  # no arrays
            quick = None
        found = None if quick is None else quick(parameters, x, t)
        return self._value_and_gradient(parameters, x, t) if found is None else found

    def _value_and_gradient(self, parameters: Mapping[str, Any], x: Any, t: Any) -> tuple[float, dict[str, Array]]:
        """As above, for whatever is given; notes the short way for the next time."""
        copies, feed = self._feed(parameters, x, t)
        executable, gradients = self._compiled.gradient(copies), self._compiled.gradients
        if self._layout.is_plain:
            shapes = (np.shape(x), np.shape(t))
            if len(self._quick) >= _SHAPES:
                self._quick.clear()  # so that programs which are not used any more go
            self._quick[shapes] = quick_call(executable, gradients, feed, self._layout, shapes)
        with _quiet():
            found = executable(feed)
        return float(found[self.derivation.program.loss]), {n: np.asarray(found[g]) for n, g in gradients.items()}

    def predict(self, parameters: Mapping[str, Any], x: Any) -> Array:
        """The outputs of the last layer, of shape (N, outputs), for any number of examples.

        Where a layer of the user's own names the axis of the examples, N is a multiple of the batch. Raises UserError for
        what does not fit.
        """
        copies, examples = self._evaluation_layout.examples(x, targets=False)
        executable = self._compiled.predictor(copies)
        with _quiet():
            (found,) = executable({**self._evaluation_layout.checked(parameters), **examples}).values()
        return np.asarray(found).reshape(copies * self._evaluation_layout.batch, -1)

    def probe(self, x: Any = None, t: Any = None, most: int | None = MOST_EXAMPLES) -> Probe:
        """What measures the network on at most so many of the examples, or on all.

        Without `t` there is no loss to measure. Raises UserError for what does not fit.
        """
        targets = t is not None or not self._layout.targets
        copies, examples = self._layout.examples(x, t, targets)
        return Probe.of(self._compiled, self._layout, copies, {**examples, **mean_masks(self._masks, copies)}, most)

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
        update: UpdateRule | str | None = None,
        batch_size: int | None = None,
        shuffle: bool | None = None,
        watch: Watch | None = None,
    ) -> History:
        """Trains by the gradient of the whole batch, or of batches of `batch_size` examples, all parameters at once.

        What the call leaves out is as the network's ``[training]`` says, in Python its `training`: the learning rate (the
        optimizer's usual one without one, 0.5 for plain descent), the number of epochs (100), the seed (0), the tolerance
        (0), the rule of updates, such as ``"adam"``, the batch size, and the data, which without ``[training]`` are the one
        example among the network's values. So ``load("xor").derive().compile().fit()`` does what ``symprop train xor`` does.

        Starts from `parameters`, by default from `start(seed)`; the seed also draws batches and the masks of dropout.
        Stops when the loss changes by no more than `tolerance`, relatively (0 never does), or is not finite. `progress` is
        called after each update with their number and the loss, and may return True to stop there; `watch` is shown the
        parameters at some updates, such as `training.trace.Tracer` does. Raises UserError for what does not fit.
        """
        settings = self.training.but(
            learning_rate=learning_rate,
            epochs=epochs,
            tolerance=tolerance,
            seed=seed,
            update=UpdateRule(update) if isinstance(update, str) else update,
            batch_size=batch_size,
            shuffle=shuffle,
        )
        if x is None and t is None:
            x, t = own_data(self.derivation.forward, self.names, settings, self._values, batch=self._batch)
        start = self._layout.checked(self.start(settings.seed) if parameters is None else parameters)
        copies, examples = self._layout.examples(x, t)
        feeding = self._feeding(start, copies, examples, settings)
        total = settings.epochs * feeding.per_epoch
        state = self._trainer(feeding, settings.update, feeding.size, total).carried(start, self._format)
        self._compiled.dividing.check_rest(feeding.rest)
        with _quiet():
            why = partial(self.why_not_finite, start, x, t)
            seen = watch and (lambda update, state: watch(update, _parameters(state, start)))
            run = descend(feeding.updates, state, total, settings.tolerance, progress, why, seen)
        return self._history(run, start, feeding.per_epoch)

    def _feeding(
        self, start: Mapping[str, Array], copies: int, examples: Mapping[str, Array], settings: Training
    ) -> Feeding:
        """What feeds the updates of a training run, and runs them."""
        size = self._copies(settings.batch_size, copies)
        total = settings.epochs * -(-copies // size)

        def run(count: int, size: int, state: Mapping[str, Array], fed: dict[str, Array]) -> Any:
            trainer = self._trainer(feeding, settings.update, size, total)
            same = {} if size < copies else examples
            fixed = trainer.fixed({**start, **same}, settings.learning_rate, total, self._format, feeding.varying)
            return trainer.loop.run(count, state, fixed, trainer.converted(fed, self._format))

        feeding = Feeding(run, examples, copies, size, self._masks, settings.seed, settings.shuffle)
        return feeding

    def _trainer(self, feeding: Feeding, rule: UpdateRule, size: int, updates: int) -> Trainer:
        return self._compiled.trainer(size, rule, feeding.varying, updates=updates)

    @property
    def _masks(self) -> list[Tensor]:
        return list(self.derivation.forward.with_role(Role.CONSTANT))

    def _copies(self, batch_size: int | None, copies: int) -> int:
        """How many copies of the program an update takes; UserError where a batch size makes no whole number of them."""
        if batch_size is None:
            return copies
        whole = self._layout.batch
        if batch_size % whole:
            what = "the batch size does not go with the network's own batch"
            raise UserError(what, expected=f"a multiple of {whole}", got=str(batch_size))
        return min(batch_size // whole, copies)

    def why_not_finite(self, parameters: Mapping[str, Any], x: Any = None, t: Any = None) -> str:
        """What to look at where the loss is not finite: the first quantity of the forward pass that is not."""
        copies, feed = self._feed(parameters, x, t)
        with _quiet():
            equation = self._compiled.first_not_finite(copies, feed)
        if equation is None:
            return "Look for very large inputs, targets or starting values."
        return f"The first quantity that is not finite is {equation.name} = {unicode_text(equation_formula(equation))}."

    def start(self, seed: int | None = None) -> dict[str, Array]:
        """The parameters to start from: the network's values, and Glorot's from `seed` where it has none.

        Without a seed, the network's own is taken.
        """
        settings = self.training.but(seed=seed)
        return initial_parameters(self.derivation.forward, self.names, self._values, settings.seed)

    def _feed(self, parameters: Mapping[str, Any], x: Any, t: Any) -> tuple[int, dict[str, Array]]:
        """How often the program stands for the data, and every free tensor's array."""
        copies, examples = self._layout.examples(x, t)
        return copies, {**self._layout.checked(parameters), **examples, **self._drawn(copies)}

    def _drawn(self, copies: int) -> dict[str, Array]:
        """The masks of the first update."""
        return draw_masks(self._masks, copies, self.training.seed, 0) if self._masks else {}

    def race(
        self,
        starts: Sequence[Mapping[str, Any]],
        x: Any,
        t: Any,
        rates: Sequence[float],
        settings: Training,
        seeds: Sequence[int] | None = None,
        progress: Callable[[int], None] | None = None,
        watches: Sequence[Watch] = (),
    ) -> list[History]:
        """The same training from several starts, each at a rate of its own, all in one compiled loop.

        With `seeds`, one for each start, batches and masks are drawn for each by its own. `progress` is told of updates.
        Each of `watches`, one for each start, is shown the parameters of its run at some updates, until the longest ends.
        """
        checked = [self._layout.checked(start) for start in starts]
        copies, examples = self._layout.examples(x, t)
        runs, whole = len(rates), stacked(checked)

        def run(count: int, size: int, state: Mapping[str, Array], fed: dict[str, Array]) -> Any:
            trainer = racer(size)
            same = {} if feeding.size < copies else examples
            fixed = trainer.fixed({**whole, **same}, np.array(rates), total, self._format, feeding.varying)
            losses, after = trainer.loop.run(count, state, fixed, trainer.converted(fed, self._format))
            # Where nothing is trained there is one loss for all.
            return np.broadcast_to(np.reshape(losses, (count, -1)), (count, runs)), after

        def racer(size: int) -> Trainer:
            apart = seeds is not None
            return self._compiled.trainer(size, settings.update, feeding.varying, runs, apart, total)

        size, seed = self._copies(settings.batch_size, copies), settings.seed if seeds is None else seeds
        feeding = Feeding(run, examples, copies, size, self._masks, seed, settings.shuffle)
        total = settings.epochs * feeding.per_epoch
        state = racer(feeding.size).carried(whole, self._format)
        self._compiled.dividing.check_rest(feeding.rest)
        with _quiet():
            seen = partial(_shown, watches, checked) if watches else None
            ended = Race(feeding.updates, state, lambda: self.why_not_finite(starts[0], x, t)).run(
                total, progress, seen
            )
        return [self._history(run, start, feeding.per_epoch) for run, start in zip(ended, checked, strict=True)]

    def _history(self, run: Descent, start: Mapping[str, Array], per_epoch: int) -> History:
        return History(
            run.losses,
            _parameters(run.state, start),
            (len(run.losses) - 1) // per_epoch,
            run.stopped,
            run.diverged_at,
            self.derivation.forward.loss,
        )


def _shown(watches: Sequence[Watch], starts: Sequence[Mapping[str, Array]], update: int, state: State) -> None:
    """Shows each run of several its own parameters."""
    for row, (watch, start) in enumerate(zip(watches, starts, strict=True)):
        watch(update, _parameters(row_of(state, row), start))


def _parameters(state: State, start: Mapping[str, Array]) -> dict[str, Array]:
    """The parameters as they are in a state; what is not trained is as it was."""
    return {name: np.array(state.get(name, array)) for name, array in start.items()}
