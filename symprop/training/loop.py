"""Runs updates until the epochs are over, the loss settles, or it is no longer finite; owns no formula, and knows no back end.

Updates run many at a time, in a back end's own loop. Where a run should have stopped in between, it is run again up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from symprop.errors import UserError

_TINY = 2.0**-1022
SECONDS = 0.1  # that updates run before the loop looks around
MOST_AT_ONCE = 2**16
WATCHED = 64  # even parts of a run, at the ends of which it is looked at, and as many that grow

Array = Any
State = Mapping[str, Array]
# How many updates, after how many others, from what: the loss before each of them, and what comes of the last.
Updates = Callable[[int, int, State], tuple[Array, dict[str, Array]]]
Progress = Callable[[int, float], bool | None]
# Is shown, at some updates, how many there were and what came of them, which may yet be undone.
Watch = Callable[[int, State], None]


@dataclass(frozen=True)
class Descent:
    """How a run went. `losses` has the loss before the first update, after 1, …; `state` is that of its last entry.

    `stopped` is "epochs", "converged", "diverged" or "interrupted"; `diverged_at` is the update that made the loss or a
    value infinite or NaN, which is undone.
    """

    losses: list[float]
    state: dict[str, Array]
    stopped: str
    diverged_at: int | None = None


def descend(
    updates: Updates,
    start: State,
    epochs: int,
    tolerance: float = 0.0,
    progress: Progress | None = None,
    why: Callable[[], str | None] = lambda: None,
    watch: Watch | None = None,
) -> Descent:
    """Runs updates from `start`, at most `epochs` of them.

    Stops early where the loss changes by no more than `tolerance` times the loss; a tolerance of 0 never does. `progress`
    is told of each update how many there were, and the loss; where it returns True, the run is interrupted. `watch` is
    shown the state at some updates. Raises UserError where the loss is not finite before the first update, with what `why`
    then says.

    >>> def halving(count, before, state):
    ...     values = state["w"] * 0.5 ** np.arange(count + 1)
    ...     return values[:-1] ** 2, {"w": values[-1]}
    >>> descend(halving, {"w": 4.0}, epochs=3).losses
    [16.0, 4.0, 1.0, 0.25]
    """
    return Run(updates, tolerance, progress, why).run(dict(start), epochs, watch)


def watched(updates: int, parts: int = WATCHED) -> list[int]:
    """The updates at which a run of so many is looked at: spread evenly, and closer together where it begins.

    >>> watched(1000, parts=5)
    [0, 1, 4, 16, 63, 200, 251, 400, 600, 800, 1000]
    """
    even = {updates * part // parts for part in range(parts + 1)}
    return sorted(even | {round(updates ** (part / parts)) for part in range(parts)})


def until_watched(watch: Watch | None, places: Sequence[int], done: int, state: State) -> int:
    """Shows the state to `watch` if it is time; how many updates there are until it is the next time."""
    if watch is None:
        return MOST_AT_ONCE
    if done in places:
        watch(done, state)
    return next((place - done for place in places if place > done), MOST_AT_ONCE)


class Run:
    """One run: the losses so far, and whether new ones end it."""

    def __init__(
        self,
        updates: Updates,
        tolerance: float = 0.0,
        progress: Progress | None = None,
        why: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.updates, self.tolerance, self.progress, self.why = updates, tolerance, progress, why
        self.losses: list[float] = []

    def run(self, state: dict[str, Array], epochs: int, watch: Watch | None = None) -> Descent:
        """Runs updates until one of the reasons to stop."""
        size, kept, places = 1, state, watched(epochs) if watch else []
        while len(self.losses) <= epochs:
            left = until_watched(watch, places, len(self.losses), state)
            count = min(size, epochs + 1 - len(self.losses), left)
            begun = perf_counter()
            some, last = self.updates(count - 1, len(self.losses), state) if count > 1 else (np.empty(0), state)
            one, after = self.updates(1, len(self.losses) + count - 1, last)
            stopped = self.look(np.append(some, one).astype(float), state, last, kept)
            if stopped is not None:
                return stopped
            state, kept = after, last
            if perf_counter() - begun < SECONDS and size < MOST_AT_ONCE:
                size *= 2
        return Descent(self.losses, kept, "epochs")

    def look(self, losses: Array, state: State, last: State, kept: State) -> Descent | None:
        """Takes over new losses, from `state` to `last`, up to where the run should have stopped, if it should.

        `kept` is the state at the loss before them.
        """
        before = len(self.losses)
        bad = self._first_bad(losses, state, last)
        good = losses[:bad].tolist()
        if not self.progress and not self.tolerance:
            self.losses += good
            good = []  # there is nothing to ask of each
        for number, loss in enumerate(good):
            self.losses.append(loss)
            stopped = self._stopped(before + number, loss)
            if stopped is not None:
                return Descent(self.losses, self._state(number, state, before), stopped)
        if bad == len(losses):
            return None
        if before + bad == 0:
            raise not_finite(losses[0], self.why())
        held = self._state(bad - 1, state, before) if bad else dict(kept)
        return Descent(self.losses, held, "diverged", before + bad)

    def _stopped(self, update: int, loss: float) -> str | None:
        if self.progress is not None and update and self.progress(update, loss):
            return "interrupted"
        return "converged" if _settled(self.losses, self.tolerance) else None

    def _state(self, count: int, state: State, before: int) -> dict[str, Array]:
        """The state some updates on."""
        return self.updates(count, before, state)[1] if count else dict(state)

    def _first_bad(self, losses: Array, state: State, last: State) -> int:
        """The first loss that is not finite, or whose state is not; as many as there are if none is.

        What is infinite or NaN stays so, hence the search by halves.
        """
        before = len(self.losses)
        bad = next(iter(np.flatnonzero(~np.isfinite(losses)).tolist()), len(losses))
        if bad == len(losses) and is_finite(last):
            return bad
        low, high = 0, min(bad, len(losses) - 1)
        while low < high:
            middle = (low + high) // 2
            if is_finite(self._state(middle, state, before)):
                low = middle + 1
            else:
                high = middle
        return low if low < bad and not is_finite(self._state(low, state, before)) else bad


def is_finite(state: State) -> bool:
    """Whether every number is."""
    return all(bool(np.isfinite(array).all()) for array in state.values())


def _settled(losses: Sequence[float], tolerance: float) -> bool:
    if not tolerance or len(losses) < 2:
        return False
    return abs(losses[-1] - losses[-2]) <= tolerance * max(abs(losses[-1]), _TINY)


def not_finite(loss: float, remedy: str | None) -> UserError:
    """The error for a loss that training cannot start from."""
    return UserError("the loss is not finite before the first update", got=str(float(loss)), remedy=remedy)
