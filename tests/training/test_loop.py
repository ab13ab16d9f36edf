"""The loop: what is recorded, when it stops, and what it keeps, however many updates run at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.training import loop as module
from symprop.training.loop import State, Updates, descend, is_finite

Step = Callable[[float], float]


def repeated(loss: Step, step: Step) -> Updates:
    """A back end's loop over one number `w`, from what the loss and the next number are."""

    def updates(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        w, losses = float(state["w"]), []
        for _ in range(count):
            losses.append(loss(w))
            w = step(w)
        return np.array(losses), {"w": np.array(w)}

    return updates


HALVING = repeated(lambda w: w**2, lambda w: w / 2)


@pytest.fixture(params=[0.0, math.inf], ids=["one by one", "many at once"], autouse=True)
def _at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As slow back ends run, whose updates come one by one, and as fast ones, with twice as many each time."""
    monkeypatch.setattr(module, "SECONDS", request.param)


def test_losses_are_those_before_and_after_each_update() -> None:
    run = descend(HALVING, {"w": 8.0}, epochs=3)
    assert (run.losses, run.state["w"], run.stopped) == ([64.0, 16.0, 4.0, 1.0], 1.0, "epochs")


@pytest.mark.parametrize("epochs", range(1, 20))
def test_any_number_of_epochs(epochs: int) -> None:
    run = descend(HALVING, {"w": 2.0**20}, epochs)
    assert run.losses == [4.0 ** (20 - k) for k in range(epochs + 1)]
    assert run.state["w"] == 2.0 ** (20 - epochs)


def test_updates_are_told_how_many_came_before() -> None:
    told: list[tuple[int, int]] = []

    def updates(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        told.append((count, before))
        return np.full(count, 1.0), dict(state)

    descend(updates, {"w": 1.0}, epochs=9)
    following = [before + count for count, before in told]
    assert [before for _, before in told] == [0, *following[:-1]]
    assert following[-1] == 10


def test_a_loss_that_settles_stops() -> None:
    run = descend(repeated(lambda w: 1 + w, lambda w: w / 2), {"w": 1.0}, epochs=100, tolerance=0.1)
    assert (run.losses, run.state["w"], run.stopped) == ([2.0, 1.5, 1.25, 1.125, 1.0625], 0.0625, "converged")


def test_a_loss_of_zero_settles() -> None:
    run = descend(repeated(lambda w: 0.0, lambda w: w), {"w": 1.0}, epochs=9, tolerance=1e-9)
    assert (run.stopped, run.losses) == ("converged", [0.0, 0.0])


def test_without_a_tolerance_nothing_settles() -> None:
    assert len(descend(repeated(lambda w: 1.0, lambda w: w), {"w": 1.0}, epochs=9).losses) == 10


@pytest.mark.parametrize("loss", [math.inf, math.nan])
@pytest.mark.parametrize("last", range(2, 12))
def test_a_loss_that_is_not_finite_is_undone(loss: float, last: int) -> None:
    run = descend(repeated(lambda w: loss if w > last else w, lambda w: w + 1), {"w": 1.0}, epochs=30)
    assert (run.losses, run.state["w"]) == ([float(k) for k in range(1, last + 1)], last)
    assert (run.stopped, run.diverged_at) == ("diverged", last)


@pytest.mark.parametrize("power", [1, 10, 30, 100, 200])
def test_a_value_that_is_not_finite_is_undone(power: int) -> None:
    """The loss says nothing of it."""
    factor, holds = 10.0**power, 308 // power
    run = descend(repeated(lambda w: 1.0, lambda w: w * factor), {"w": 1.0}, epochs=400)
    assert run.state["w"] == pytest.approx(10.0 ** (power * holds), rel=1e-12)
    assert (run.stopped, run.diverged_at, len(run.losses)) == ("diverged", holds + 1, holds + 1)


@pytest.mark.parametrize("at", range(1, 9))
def test_progress_may_interrupt(at: int) -> None:
    told: list[tuple[int, float]] = []

    def after_update(update: int, loss: float) -> bool:
        told.append((update, loss))
        return update == at

    run = descend(HALVING, {"w": 8.0}, epochs=9, progress=after_update)
    assert (run.losses, run.state["w"]) == ([64.0 / 4**k for k in range(at + 1)], 8.0 / 2**at)
    assert run.stopped == "interrupted"
    assert told == list(enumerate(run.losses))[1:]


def test_an_infinite_start_is_refused() -> None:
    infinite = repeated(lambda w: math.inf, lambda w: w)
    with pytest.raises(UserError, match=r"not finite before the first update \(got inf\)"):
        descend(infinite, {"w": 1.0}, epochs=9)
    with pytest.raises(UserError, match=r"not finite before the first update \(got inf\). Look there.$"):
        descend(infinite, {"w": 1.0}, epochs=9, why=lambda: "Look there.")


def test_what_is_given_is_not_written_to() -> None:
    start = {"w": np.array(8.0)}
    run = descend(HALVING, start, epochs=2)
    assert start["w"] == 8.0
    assert run.state is not start


def test_every_number_has_to_be_finite() -> None:
    assert is_finite({"a": np.ones((2, 3)), "b": np.array(1.0)})
    for bad in (math.nan, math.inf, -math.inf):
        assert not is_finite({"a": np.ones(2), "b": np.array([[1.0, bad]])})
