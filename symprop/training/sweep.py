"""The effect of the learning rate: trains at several rates at once and has each run judged; drawing them is `plots`' affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any

import numpy as np

from symprop.errors import UserError
from symprop.network import Training
from symprop.training.layout import Array
from symprop.training.loop import not_finite
from symprop.training.model import Model
from symprop.training.saturation import explain, unit_slopes
from symprop.training.verdict import Verdict, judge

MOST_RATES = 1000


@dataclass(frozen=True)
class Run:
    """One rate's run: `losses` before the first update, after 1, …; `parameters` by tensor, as they are at the last loss.

    `diverged_at` is the update after which the loss or a parameter was not finite, which is undone. `explanation` says
    why a run is stuck or has diverged, and is empty for others.
    """

    learning_rate: float
    losses: list[float] = field(repr=False)
    verdict: Verdict
    explanation: str
    parameters: dict[str, Array] = field(repr=False)
    diverged_at: int | None = None


def sweep(
    model: Model,
    x: Any,
    t: Any,
    rates: Sequence[float],
    epochs: int,
    parameters: Mapping[str, Any] | None = None,
    seed: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Run]:
    """Trains from the same start at every rate, all at once, by gradient descent on the whole batch.

    `x` is of shape (N, inputs), `t` of shape (N, outputs). Starts from `parameters`, by default from `model.start(seed)`.
    `progress` is told, after each update, how many there were. Raises UserError for what does not fit, BudgetError for
    too much.
    """
    if not 1 <= len(rates) <= MOST_RATES:
        raise UserError("wrong number of learning rates", expected=f"1 to {MOST_RATES}", got=str(len(rates)))
    for rate in rates:
        Training(rate, epochs)  # refuses what is no learning rate or number of epochs
    start = model.start(seed) if parameters is None else dict(parameters)
    race = _Race(model, x, t, rates, start)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is reported, not warned of
        for update in range(epochs + 1):
            race.advance(update)
            if progress is not None and update:
                progress(update)
    return [_run(model, x, t, rate, row, race, start) for row, rate in enumerate(rates)]


class _Race:
    """The runs in progress. Elements have shape (elements, rates, 1), so that a step does all rates at once.

    A run that diverges stays where its loss was last finite, and so disturbs no other.
    """

    def __init__(self, model: Model, x: Any, t: Any, rates: Sequence[float], start: Mapping[str, Any]) -> None:
        self._step = model.stepper(start, x, t, rates=len(rates))
        self._why = partial(model.why_not_finite, start, x, t)
        self._rates = np.array(rates, dtype=model.dtype)[:, np.newaxis]
        elements = np.array(model.trained_elements(start), dtype=model.dtype)
        self._proposed = np.repeat(elements, len(rates)).reshape(len(elements), len(rates), 1)
        self.kept = self._proposed
        self.losses: list[list[float]] = [[] for _ in rates]
        self.diverged_at: list[int | None] = [None for _ in rates]

    def advance(self, update: int) -> None:
        """Takes the loss after an update and proposes the next."""
        loss, *proposed = self._step(list(self._proposed), self._rates)
        loss = np.broadcast_to(loss, self._rates.shape)
        fine = np.isfinite(loss) & np.isfinite(self._proposed).all(axis=0)
        for row, (is_fine, number) in enumerate(zip(fine[:, 0].tolist(), loss[:, 0].tolist(), strict=True)):
            self._record(row, is_fine, number, update)
        alive = np.array([[at is None] for at in self.diverged_at])
        self.kept = np.where(alive, self._proposed, self.kept)
        self._proposed = np.where(alive, np.array(proposed).reshape(self.kept.shape), self.kept)

    def _record(self, row: int, is_fine: bool, loss: float, update: int) -> None:
        if self.diverged_at[row] is not None:
            return
        if is_fine:
            self.losses[row].append(loss)
        elif update:
            self.diverged_at[row] = update
        else:
            raise not_finite(loss, self._why())


def _run(model: Model, x: Any, t: Any, rate: float, row: int, race: _Race, start: Mapping[str, Any]) -> Run:
    losses, diverged_at = race.losses[row], race.diverged_at[row]
    parameters = model.with_elements(start, race.kept[:, row, 0].tolist())

    def norm() -> float:
        """The gradient's, where the run ended."""
        _, gradient = model.value_and_gradient(parameters, x, t)
        return float(np.sqrt(sum(np.sum(np.square(array)) for array in gradient.values())))

    verdict = judge(losses if diverged_at is None else [*losses, inf], promised=lambda: rate * norm() ** 2)
    explanation = ""
    if diverged_at is not None:
        explanation = f"The loss or a parameter is not finite after update {diverged_at}."
    elif verdict is Verdict.STUCK:
        explanation = explain(unit_slopes(model, parameters, x), rate, norm())
    return Run(rate, losses, verdict, explanation, parameters, diverged_at)
