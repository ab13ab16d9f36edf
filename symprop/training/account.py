"""What explains a run of a sweep, in numbers: the first update, the curvature it met, the pace at its end; said in `document`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, isfinite, log
from typing import Any

import numpy as np

from symprop.training.model import Model
from symprop.training.saturation import UnitSlope, units_of
from symprop.training.sweep import Run
from symprop.training.trace import Trace, Tracer
from symprop.training.verdict import TINY, Verdict

Parameters = Mapping[str, Any]

MOST_UNITS = 500  # that are looked at one by one
AGREES = 0.05  # within which a predicted pace is that of the run
SMALL = 1e-4  # of the first loss: what counts as next to nothing, as in verdicts


@dataclass(frozen=True)
class Jump:
    """What the first update did: how far all parameters `moved`, beside their own norm, and the unit whose sum moved most."""

    moved: float
    norm: float
    before: UnitSlope | None
    after: UnitSlope | None


@dataclass(frozen=True)
class Account:
    """A run with its trace, its first update, and its units at the end; of very many units only those of a stuck run."""

    run: Run
    trace: Trace
    jump: Jump | None
    units: tuple[UnitSlope, ...]

    @property
    def flat(self) -> tuple[UnitSlope, ...]:
        """The saturated ones."""
        return tuple(unit for unit in self.units if unit.saturated)

    @property
    def limits(self) -> list[tuple[int, float]]:
        """The learning rate times the largest curvature, with the updates at which it was measured."""
        rate = self.run.learning_rate
        return [(p.update, rate * p.curvature.largest) for p in self.trace.curved if p.curvature is not None]

    @property
    def falls(self) -> bool:
        """Whether the loss falls with every update, until there is nothing left of it."""
        falls = all(after < before or after <= TINY for before, after in pairwise(self.run.losses))
        return falls and self.run.diverged_at is None

    @property
    def factor(self) -> float | None:
        """By what the last update multiplied the loss; None where there is nothing left of it."""
        losses = self.run.losses
        return losses[-1] / losses[-2] if len(losses) > 1 and min(losses[-2:]) > 0 else None

    @property
    def predicted(self) -> float | None:
        """The same as the curvature along the gradient has it, ``(1 - ηκ)²``: what it is near a minimum where the loss is 0."""
        bend = self.trace.points[-1].curvature
        return None if bend is None else (1 - self.run.learning_rate * bend.along) ** 2

    @property
    def agrees(self) -> bool:
        """Whether the last update did what the curvature predicts."""
        if self.predicted is None or self.factor is None:
            return False
        return abs(self.predicted - self.factor) <= AGREES * (1 - self.factor)

    @property
    def left(self) -> int | None:
        """About how many more updates it takes, at the pace of the last one, until the loss is next to nothing."""
        factor, losses = self.factor, self.run.losses
        if factor is None or not 0 < factor < 1 or losses[-1] <= SMALL * losses[0] or losses[0] <= 0:
            return None
        return round(log(SMALL * losses[0] / losses[-1]) / log(factor))


def accounts(model: Model, x: Any, runs: Sequence[Run], tracers: Sequence[Tracer]) -> list[Account]:
    """The runs of one sweep, each with what its tracer saw."""
    units = units_of(model, x)
    return [_account(units, run, tracer) for run, tracer in zip(runs, tracers, strict=True)]


def _account(units: Callable[[Parameters], list[UnitSlope]], run: Run, tracer: Tracer) -> Account:
    trace = tracer.trace(run.updates, run.parameters)
    few = tracer.gauge.units <= MOST_UNITS
    ended = tuple(units(run.parameters)) if few or run.verdict is Verdict.STUCK else ()
    jump = _jump(units if few else lambda parameters: [], tracer.kept) if len(tracer.kept) > 1 else None
    return Account(run, trace, jump, ended)


def _jump(units: Callable[[Parameters], list[UnitSlope]], kept: Mapping[int, Parameters]) -> Jump | None:
    start, after = kept[0], kept[1]
    moved = hypot(*(float(np.linalg.norm(after[name] - start[name])) for name in start))
    if not isfinite(moved):
        return None
    norm = hypot(*(float(np.linalg.norm(array)) for array in start.values()))
    pairs = list(zip(units(start), units(after), strict=True))
    most = max(pairs, key=lambda pair: abs(pair[1].total - pair[0].total), default=(None, None))
    return Jump(moved, norm, *most)
