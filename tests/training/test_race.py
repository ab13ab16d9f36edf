"""The race: each run as it would go alone, whatever becomes of the others, and progress that is told in steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.training import loop, race
from symprop.training.loop import Descent, State, descend
from symprop.training.race import Race, stacked

STARTS = [1.0, -2.0, 0.5, 3.0]
RATES = np.array([0.3, 1.5, 40.0, 0.9])  # the second goes from side to side, and away; the third overflows at once
TWO = {"v": np.zeros((4, 2, 3))}  # a state of another shape, which rides along


def updates(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
    """Gradient descent on w², of as many runs as the state has rows."""
    w, v, losses = np.array(state["w"]), np.array(state["v"]), []
    rates = RATES[: len(w)]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(count):
            losses.append(w**2)
            w, v = w - rates * 2 * w, v + w[:, None, None]
    return np.array(losses).reshape(count, len(w)), {"w": w, "v": v}


def alone(row: int, epochs: int) -> Descent:
    def one(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        whole = {name: np.stack([state[name]] * len(STARTS)) for name in state}
        losses, after = updates(count, before, whole)
        return losses[:, row], {name: array[row] for name, array in after.items()}

    return descend(one, {"w": np.array(STARTS[row]), "v": TWO["v"][row]}, epochs)


@pytest.fixture(params=[0.0, math.inf], ids=["one by one", "many at once"], autouse=True)
def _at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (loop, race):
        monkeypatch.setattr(module, "SECONDS", request.param)


@pytest.mark.parametrize("epochs", [1, 2, 7, 150, 1000])
def test_each_run_goes_as_it_would_alone(epochs: int) -> None:
    found = Race(updates, {"w": np.array(STARTS), **TWO}).run(epochs)
    for row, run in enumerate(found):
        expected = alone(row, epochs)
        assert (run.losses, run.stopped, run.diverged_at) == (expected.losses, expected.stopped, expected.diverged_at)
        assert run.state["w"] == expected.state["w"]
        assert run.state["v"].tolist() == expected.state["v"].tolist()


def test_runs_end_apart() -> None:
    found = Race(updates, {"w": np.array(STARTS), **TWO}).run(1000)
    assert [run.stopped for run in found] == ["epochs", "diverged", "diverged", "epochs"]
    assert found[1].diverged_at != found[2].diverged_at
    assert all(math.isfinite(loss) for run in found for loss in run.losses)


@pytest.mark.parametrize("epochs", [1, 2, 5, 40])
def test_progress_is_told_in_steps_up_to_the_last(epochs: int) -> None:
    told: list[int] = []
    Race(updates, {"w": np.array(STARTS), **TWO}).run(epochs, told.append)
    assert told == sorted(set(told))
    assert told[-1] == epochs


def test_what_has_ended_starts_again() -> None:
    """Numbers that are not finite are not computed with for long: they are slow, and warned of."""
    bad = []

    def watched(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        bad.append(not np.isfinite(state["w"]).all())
        return updates(count, before, state)

    Race(watched, {"w": np.array(STARTS), **TWO}).run(1000)
    assert sum(bad) <= 4


def test_nothing_more_is_run_when_all_have_ended() -> None:
    done: list[int] = []

    def counted(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        done.append(before + count)
        return np.full((count, 2), math.inf if before else 1.0), dict(state)

    runs = Race(counted, {"w": np.ones(2)}).run(10**6)
    assert [run.diverged_at for run in runs] == [1, 1]
    assert max(done) < 100


def test_an_infinite_start_is_refused() -> None:
    start = {"w": np.array([1.0, 1e200, 1.0, 1.0]), **TWO}
    with pytest.raises(UserError, match=r"not finite before the first update \(got inf\). Because.$"):
        Race(updates, start, lambda: "Because.").run(3)


def test_the_start_is_not_written_to() -> None:
    start = {"w": np.array(STARTS), **TWO}
    Race(updates, start).run(300)
    assert start["w"].tolist() == STARTS
    assert not start["v"].any()


def test_states_are_stacked_by_name() -> None:
    whole = stacked([{"w": np.full((2, 3), 1.0), "b": np.array(5.0)}, {"w": np.full((2, 3), 2.0), "b": np.array(6.0)}])
    assert whole["w"].shape == (2, 2, 3)
    assert (whole["w"][1, 0, 2], whole["b"].tolist()) == (2.0, [5.0, 6.0])


def test_a_number_that_is_the_same_for_all_has_no_axis() -> None:
    def counted(count: int, before: int, state: State) -> tuple[Any, dict[str, Any]]:
        losses, after = updates(count, before, state)
        return losses, {**after, "tau": state["tau"] + count}

    runs = Race(counted, {"w": np.array(STARTS), **TWO, "tau": np.array(1.0)}).run(150)
    assert [run.stopped for run in runs] == ["epochs", "epochs", "diverged", "epochs"]
    assert [run.losses for run in runs] == [
        run.losses for run in Race(updates, {"w": np.array(STARTS), **TWO}).run(150)
    ]
    assert runs[0].state["tau"] == 151
