"""The loop: what is recorded, when it stops, and what it keeps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from symprop.errors import UserError
from symprop.training.loop import descend


def halving(values: Sequence[float]) -> list[float]:
    return [values[0] ** 2, values[0] / 2]


def test_losses_are_those_before_and_after_each_update() -> None:
    run = descend(halving, [8.0], epochs=3)
    assert (run.losses, run.values, run.stopped) == ([64.0, 16.0, 4.0, 1.0], [1.0], "epochs")


def test_a_loss_that_settles_stops() -> None:
    run = descend(lambda w: [1 + w[0], w[0] / 2], [1.0], epochs=100, tolerance=0.1)
    assert (run.losses, run.values, run.stopped) == ([2.0, 1.5, 1.25, 1.125, 1.0625], [0.0625], "converged")


def test_a_loss_of_zero_settles() -> None:
    assert descend(lambda w: [0.0, *w], [1.0], epochs=9, tolerance=1e-9).stopped == "converged"


def test_without_a_tolerance_nothing_settles() -> None:
    assert len(descend(lambda w: [1.0, *w], [1.0], epochs=9).losses) == 10


@pytest.mark.parametrize("loss", [math.inf, math.nan])
def test_a_loss_that_is_not_finite_is_undone(loss: float) -> None:
    run = descend(lambda w: [loss if w[0] > 3 else w[0], w[0] + 1], [1.0], epochs=9)
    assert (run.losses, run.values, run.stopped, run.diverged_at) == ([1.0, 2.0, 3.0], [3.0], "diverged", 3)


def test_a_value_that_is_not_finite_is_undone() -> None:
    run = descend(lambda w: [1.0, w[0] * 1e200], [1.0], epochs=9)
    assert (run.values, run.stopped, run.diverged_at) == ([1e200], "diverged", 2)


def test_progress_may_interrupt() -> None:
    told: list[int] = []

    def after_update(update: int, loss: float) -> bool:
        told.append(update)
        return update == 2

    run = descend(halving, [8.0], epochs=9, progress=after_update)
    assert (run.losses, run.values, run.stopped) == ([64.0, 16.0, 4.0], [2.0], "interrupted")
    assert told == [1, 2]


def test_an_infinite_start_is_refused() -> None:
    with pytest.raises(UserError, match=r"not finite before the first update \(got inf\)"):
        descend(lambda w: [math.inf, *w], [1.0], epochs=9)
