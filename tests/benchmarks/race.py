"""Runs the ladder's entrants in turns and times them, after a check that all compute the same numbers."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, sleep
from typing import Any

import numpy as np

from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.entrant import FORMATS, Entrant, Unfit, enter
from tests.benchmarks.entrants.ours import Call, Training
from tests.benchmarks.works import Work

CHECKED = 6  # updates whose losses are compared
SLOW = 2.0  # seconds; who needs more for one update is timed in two turns only
MOST = 2**22  # updates in one turn
REST = 0.05  # seconds before each turn, in which the last one's threads stop spinning


@dataclass
class Result:
    """One entrant's times for one update, in seconds, each the mean over the updates of a turn; and in what numbers."""

    dtype: str
    updates: int
    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.times)

    @property
    def least(self) -> float:
        return min(self.times)


@dataclass(frozen=True)
class Pace:
    """How many turns each has, and about how many seconds a turn takes."""

    turns: int = 9
    seconds: float = 0.3


QUICK = Pace(3, 0.03)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def race(work: Work, names: Iterable[str], pace: Pace) -> dict[str, Result]:
    """Each entrant's times; one that cannot take part is left out, and a line says so. SystemExit where numbers differ."""
    entrants = _entered(work, names)
    _check(work, entrants)
    results = {}
    for name, entrant in entrants.items():
        results[name] = Result(FORMATS.get(name, work.dtype), _updates(entrant, pace.seconds))
    for turn in range(pace.turns):
        for name, entrant in entrants.items():
            result = results[name]
            if turn < 2 or result.least < SLOW:
                result.times.append(_timed(entrant, result.updates) / result.updates)
    return results


def _entered(work: Work, names: Iterable[str]) -> dict[str, Entrant]:
    found: dict[str, Entrant] = {}
    for name in names:
        try:
            found[name] = enter(name, work)
        except (Missing, Unfit) as why:
            say(f"{work.name}: {name} is left out: {why}")
    return found


def _timed(entrant: Entrant, updates: int) -> float:
    entrant.start()
    gc.collect()
    sleep(REST)
    begun = perf_counter()
    entrant.advance(updates)
    return perf_counter() - begun


def _updates(entrant: Entrant, seconds: float) -> int:
    """A power of two of updates that takes about so long; the first run of each number compiles, and does not count."""
    updates = 1
    while True:
        if _timed(entrant, updates) > SLOW:
            return updates
        taken = min(_timed(entrant, updates) for _ in range(2))
        if taken > seconds / 2 or updates >= MOST:
            return updates
        factor = min(64.0, seconds / max(taken, 1e-9))
        updates = min(MOST, updates * 2 ** max(1, int(np.log2(factor))))


def reference(work: Work) -> Any:
    """What everyone has to compute: by symprop's NumPy back end in float64."""
    one: Entrant = Call("numpy", work) if work.calls else Training("numpy", work, "float64")
    return _answer(one)


def _answer(entrant: Entrant) -> Any:
    entrant.start()
    entrant.advance(CHECKED)
    return entrant.answer()


def _check(work: Work, entrants: dict[str, Entrant]) -> None:
    expected = reference(work)
    if not np.isfinite(expected).all() or (not work.calls and expected[0] == expected[-1]):
        raise SystemExit(f"{work.name}: the updates change nothing, or are not finite")
    for name, entrant in entrants.items():
        got = _answer(entrant)
        if got.shape != expected.shape or not np.allclose(got, expected, rtol=work.close, atol=0):
            raise SystemExit(f"{work.name}: {name} computes other numbers: {got} instead of {expected}")
