"""What explains a run: on the worked example, against numbers that the class sheet's network gives by hand."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.training.account import Account, accounts
from symprop.training.sweep import sweep
from symprop.training.trace import Gauge, Tracer
from tests.training.nets import worked

RATES = (1.0, 2.0, 100.0, 1000.0)


@pytest.fixture(scope="module")
def told() -> dict[float, Account]:
    model, x, t = worked("classroom")
    gauge = Gauge(model, x, t, curved=True)
    tracers = [Tracer(gauge) for _ in RATES]
    runs = sweep(model, x, t, RATES, 100, watches=tracers)
    return dict(zip(RATES, accounts(model, x, runs, tracers), strict=True))


def by_hand(rate: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The weights before and after the first update."""
    x, t = np.array([0.05, 0.1]), np.array([0.5, 0.5])
    first, second = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])
    hidden = 1 / (1 + np.exp(-first @ x))
    output = 1 / (1 + np.exp(-second @ hidden))
    at_output = (output - t) * output * (1 - output)
    at_hidden = (second.T @ at_output) * hidden * (1 - hidden)
    return [first, second], [first - rate * np.outer(at_hidden, x), second - rate * np.outer(at_output, hidden)]


def test_the_leap_of_the_first_update(told: dict[float, Account]) -> None:
    before, after = by_hand(1000)
    jump = told[1000].jump
    assert jump is not None
    assert jump.before is not None
    assert jump.after is not None
    assert jump.norm == pytest.approx(np.sqrt(sum((w**2).sum() for w in before)), rel=1e-12)
    moved = np.sqrt(sum(((new - old) ** 2).sum() for old, new in zip(before, after, strict=True)))
    assert jump.moved == pytest.approx(moved, rel=1e-12)
    sums = [second @ (1 / (1 + np.exp(-first @ [0.05, 0.1]))) for first, second in (before, after)]
    assert jump.after.unit == f"o{np.argmax(abs(sums[1] - sums[0])) + 1}" == "o2"
    assert (jump.before.total, jump.after.total) == pytest.approx((sums[0][1], sums[1][1]), rel=1e-9)


def test_the_limit_at_the_start(told: dict[float, Account]) -> None:
    """By differences of the gradient, which no product of a Hessian was needed for."""
    model, x, t = worked("classroom")
    start = model.start()
    places = [(name, place) for name in start for place in np.ndindex(start[name].shape)]

    def gradient(by: tuple[str, tuple[int, ...]], step: float) -> np.ndarray:
        moved = {name: array.copy() for name, array in start.items()}
        moved[by[0]][by[1]] += step
        _, found = model.value_and_gradient(moved, x, t)
        return np.array([found[name][place] for name, place in places])

    hessian = np.array([(gradient(by, 1e-6) - gradient(by, -1e-6)) / 2e-6 for by in places])
    largest = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    for rate in RATES:
        assert told[rate].limits[0][0] == 0
        assert told[rate].limits[0][1] == pytest.approx(rate * largest, rel=1e-6)


def test_the_pace_at_the_end(told: dict[float, Account]) -> None:
    for rate in (1.0, 2.0, 100.0):
        losses = told[rate].run.losses
        assert told[rate].factor == losses[-1] / losses[-2]
        assert told[rate].predicted == pytest.approx(losses[-1] / losses[-2], rel=1e-3)
    assert [told[rate].agrees for rate in RATES] == [True, True, True, False]


def test_what_is_left_is_about_what_it_takes(told: dict[float, Account]) -> None:
    model, x, t = worked("classroom")
    losses = sweep(model, x, t, [1.0], 200)[0].losses
    reached = next(update for update, loss in enumerate(losses) if loss < 1e-4 * losses[0])
    assert told[1.0].left == pytest.approx(reached - 100, abs=2)
    assert told[2.0].left is None


def test_units_that_are_flat(told: dict[float, Account]) -> None:
    assert [unit.unit for unit in told[1000.0].flat] == ["o1", "o2"]
    assert told[2.0].flat == ()
    assert [told[rate].falls for rate in RATES] == [True, True, False, False]
