"""The effect of the learning rate: trains at several rates and seeds at once, judges each run; drawing is `plots`' affair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from symprop.errors import UserError
from symprop.network import Training
from symprop.prose import ENGLISH, Prose, prose
from symprop.prose.text import in_unicode
from symprop.rules.update_rule import UpdateRule
from symprop.training.layout import Array
from symprop.training.leaps import told
from symprop.training.loop import Watch
from symprop.training.model import History, Model
from symprop.training.saturation import explain, unit_slopes
from symprop.training.verdict import Verdict, judge

MOST_RUNS = 1000


@dataclass(frozen=True)
class Run:
    """The run of one rate and one seed: `losses` before the first update, after 1, …; `parameters` as they are at the last.

    `diverged_at` is the update after which the loss or a parameter was not finite, which is undone. `explanation` says
    why a run is stuck or has diverged, or where its losses leap; it is empty for others. `loss_name` is what the loss is called.
    """

    learning_rate: float
    seed: int
    losses: list[float] = field(repr=False)
    verdict: Verdict
    explanation: str
    parameters: dict[str, Array] = field(repr=False)
    diverged_at: int | None = None
    loss_name: str = ""

    @property
    def updates(self) -> int:
        """How many updates hold."""
        return len(self.losses) - 1

    @property
    def all_losses(self) -> list[float]:
        """The losses with an infinite one behind them where the run diverged."""
        return self.losses if self.diverged_at is None else [*self.losses, inf]


class Runs(list[Run]):
    """The runs of a sweep; a notebook shows their curves and how each ended, a prompt one line for each."""

    def __repr__(self) -> str:
        return "\n".join(
            ["<runs of a sweep>", *(f"  {run.learning_rate:g}, seed {run.seed}: {run.verdict}" for run in self)]
        )

    def _repr_svg_(self) -> str:
        from symprop.training.shown import runs_svg

        return runs_svg(self)

    def _repr_latex_(self) -> str:
        from symprop.training.shown import runs_latex

        return runs_latex(self)

    def _repr_html_(self) -> str:
        from symprop.training.shown import runs_html

        return runs_html(self)


def sweep(
    model: Model,
    x: Any,
    t: Any,
    rates: Sequence[float],
    epochs: int,
    parameters: Mapping[str, Any] | None = None,
    seed: int | None = None,
    progress: Callable[[int], None] | None = None,
    seeds: Sequence[int] | None = None,
    update: UpdateRule | str | None = None,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    watches: Sequence[Watch] = (),
    language: str = ENGLISH,
) -> Runs:
    """Trains at every rate from the start of each seed, all in one compiled loop; the runs of one rate stand together.

    `x` is of shape (N, inputs), `t` of shape (N, outputs). A run goes as `model.fit` goes with its rate and its seed, which
    draws start, batches and masks; `seeds` are by default one alone, `seed`, and that by default the network's own. With
    `parameters` all start from them. `update`, `batch_size` and `shuffle` are those of `fit`. `progress` is told, after
    each update, how many there were; `watches` are as those of
    `model.race`. Explanations are in the `language`. Raises UserError for what does not fit, BudgetError for too much.
    """
    rule = UpdateRule(update) if isinstance(update, str) else update
    settings = model.training.but(epochs=epochs, seed=seed, update=rule, batch_size=batch_size, shuffle=shuffle)
    several = [settings.seed] if seeds is None else list(seeds)
    _check(settings, rates, several)
    words = prose(language)
    settings = replace(settings, seed=several[0])
    given = {each: model.start(each) if parameters is None else dict(parameters) for each in several}
    runs = [(rate, each) for rate in rates for each in several]
    histories = model.race(
        [given[each] for _, each in runs],
        x,
        t,
        [rate for rate, _ in runs],
        settings,
        [each for _, each in runs] if len(several) > 1 else None,
        progress,
        watches,
    )
    return Runs(_run(model, x, t, *run, history, settings, words) for run, history in zip(runs, histories, strict=True))


def _check(settings: Training, rates: Sequence[float], seeds: Sequence[int]) -> None:
    """Refuses what is no learning rate or no seed, and too many of them."""
    if not 1 <= len(rates) <= MOST_RUNS:
        raise UserError("wrong number of learning rates", expected=f"1 to {MOST_RUNS}", got=str(len(rates)))
    if not 1 <= len(seeds) * len(rates) <= MOST_RUNS:
        got = f"{len(rates)} rates with {len(seeds)} seeds"
        raise UserError("wrong number of runs", expected=f"1 to {MOST_RUNS}", got=got)
    if len(set(rates)) < len(rates):
        twice = [f"{rate:g}" for rate, times in Counter(rates).items() if times > 1]
        remedy = "Leave out all but one: runs at one rate from one start are the same."
        raise UserError("a learning rate is given twice", got=", ".join(twice), remedy=remedy)
    if len(set(seeds)) < len(seeds):
        raise UserError("a seed is given twice", got=", ".join(map(str, seeds)))
    for rate in rates:
        replace(settings, learning_rate=rate)
    for seed in seeds:
        replace(settings, seed=seed)


def _run(
    model: Model, x: Any, t: Any, rate: float, seed: int, history: History, settings: Training, words: Prose
) -> Run:
    def norm() -> float:
        """The gradient's, where the run ended."""
        _, gradient = model.value_and_gradient(history.parameters, x, t)
        return float(np.sqrt(sum(np.sum(np.square(array)) for array in gradient.values())))

    losses, diverged_at = history.losses, history.diverged_at
    verdict = judge(losses if diverged_at is None else [*losses, inf], promised=lambda: rate * norm() ** 2)
    explanation, plain = "", settings.update == UpdateRule()
    if diverged_at is not None:
        explanation = words.phrase("reason.gone", update=f"{diverged_at:,}")
    elif verdict is Verdict.STUCK:
        units = unit_slopes(model, history.parameters, x)
        explanation = in_unicode(explain(units, norm(), rate if plain else None, words))
    else:
        explanation = in_unicode(told(losses, settings, words))
    return Run(rate, seed, losses, verdict, explanation, history.parameters, diverged_at, history.loss_name)
