"""Several runs at once, in one compiled loop, each with a start and a learning rate of its own; one run alone is `loop`'s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from symprop.training.loop import MOST_AT_ONCE, SECONDS, Descent, Run, State, Updates, Watch, until_watched, watched

Array = Any


@dataclass
class _Lane:
    """One of the runs, and how it ended if it has."""

    run: Run
    ended: Descent | None = None


@dataclass
class Race:
    """Runs whose states have a first axis for them; `updates` gives losses of shape (count, runs).

    A number without an axis, such as that of the next update, is the same for all of them.
    A run that diverges is taken out: from then on it is trained from its start again, so that it disturbs no other.
    """

    updates: Updates
    start: dict[str, Array]
    why: Callable[[], str | None] = lambda: None
    lanes: list[_Lane] = field(default_factory=list, init=False)

    def run(
        self, epochs: int, progress: Callable[[int], None] | None = None, watch: Watch | None = None
    ) -> list[Descent]:
        """All runs, each to its end. `progress` is told how many updates there were, `watch` is shown all states together."""
        state, kept, done, size = self.start, self.start, 0, 1
        self.lanes = []
        places = watched(epochs) if watch else []
        while done <= epochs and not (self.lanes and all(lane.ended for lane in self.lanes)):
            many = min(size, epochs + 1 - done, until_watched(watch, places, done, state))
            begun = perf_counter()
            some, last = self.updates(many - 1, done, state) if many > 1 else (None, state)
            one, after = self.updates(1, done + many - 1, last)
            self._look(one if some is None else np.concatenate([some, one]), state, last, kept)
            done, kept, state = done + many, last, self._restarted(after)
            if progress is not None and done > 1:
                progress(done - 1)
            if perf_counter() - begun < SECONDS and size < MOST_AT_ONCE:
                size *= 2
        return [
            lane.ended or Descent(lane.run.losses, row_of(kept, row), "epochs") for row, lane in enumerate(self.lanes)
        ]

    def _look(self, losses: Array, state: State, last: State, kept: State) -> None:
        if not self.lanes:
            self.lanes = [_Lane(Run(self._alone(row, state), why=self.why)) for row in range(losses.shape[1])]
        for row, lane in enumerate(self.lanes):
            if lane.ended is None:
                lane.run.updates = self._alone(row, state)
                rows = (row_of(each, row) for each in (state, last, kept))
                lane.ended = lane.run.look(losses[:, row].astype(float), *rows)

    def _alone(self, row: int, others: State) -> Updates:
        """The updates of one run, among others that do not matter."""

        def updates(count: int, before: int, state: State) -> tuple[Array, dict[str, Array]]:
            whole = {name: np.array(array) for name, array in others.items()}
            for name, value in state.items():
                whole[name][row if whole[name].ndim else ...] = value
            losses, after = self.updates(count, before, whole)
            return losses[:, row], row_of(after, row)

        return updates

    def _restarted(self, state: State) -> dict[str, Array]:
        ended = [row for row, lane in enumerate(self.lanes) if lane.ended is not None]
        found = dict(state)
        for name in found if ended else ():
            if np.ndim(found[name]):
                found[name] = np.array(found[name])
                found[name][ended] = self.start[name][ended]
        return found


def row_of(state: State, row: int) -> dict[str, Array]:
    """The state of one run among several."""
    return {name: array[row] if np.ndim(array) else array for name, array in state.items()}


def stacked(states: Sequence[State]) -> dict[str, Array]:
    """Several states as one, whose arrays have a first axis for them.

    >>> stacked([{"w": np.array(1.0)}, {"w": np.array(2.0)}])["w"].tolist()
    [1.0, 2.0]
    """
    return {name: np.stack([state[name] for state in states]) for name in states[0]}
