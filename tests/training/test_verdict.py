"""Verdicts: on the worked example at nine learning rates, and on sequences whose nature is known."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.errors import UserError
from symprop.training.verdict import Verdict, judge

REFERENCE = {  # loss after 1, 10, 67 and 100 updates, by learning rate
    0.1: (0.014100103121132097, 0.013386897450073237, 0.009572139465504795, 0.007847396737202549),
    0.2: (0.014019033816027607, 0.012630200676890213, 0.00636996967865649, 0.004228942049606172),
    0.5: (0.01377706212624334, 0.010574552164161715, 0.0017820220654992426, 0.00061426181097426),
    0.8: (0.013536951374496812, 0.00881456916398115, 0.0004786492206066037, 8.528187325936544e-05),
    1: (0.013377915565327117, 0.007789125608257211, 0.00019683752612304454, 2.2562565141712584e-05),
    2: (0.01259528577926165, 0.004092357688819591, 2.0923623350964516e-06, 2.5467999284577143e-08),
    10: (0.007119555415750343, 6.946215835023281e-06, 3.373348018653644e-25, 0.0),
    100: (0.04965679803689651, 0.036069669674391264, 3.1678250821072366e-06, 1.0927758766813371e-08),
    1000: (0.24999725075299606, 0.24999720557494448, 0.24999688176304777, 0.24999665832775045),
}
VERDICTS = {
    0.1: Verdict.CONVERGING,
    0.2: Verdict.CONVERGING,
    0.5: Verdict.CONVERGING,
    0.8: Verdict.CONVERGING,
    1: Verdict.CONVERGING,
    2: Verdict.CONVERGED,
    10: Verdict.CONVERGED,
    100: Verdict.CONVERGED,
    1000: Verdict.STUCK,
}


def worked_example(rate: float, updates: int = 100) -> list[float]:
    """The losses of the class sheet's network, by a loop written for this test: 2-2-2, sigmoid, no bias."""
    x, t = np.array([0.05, 0.1]), np.array([0.5, 0.5])
    first, second = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])
    losses = []
    for _ in range(updates + 1):
        hidden = 1 / (1 + np.exp(-first @ x))
        output = 1 / (1 + np.exp(-second @ hidden))
        losses.append(float(np.sum((t - output) ** 2) / 2))
        at_output = (output - t) * output * (1 - output)
        at_hidden = (second.T @ at_output) * hidden * (1 - hidden)
        first, second = first - rate * np.outer(at_hidden, x), second - rate * np.outer(at_output, hidden)
    return losses


@pytest.mark.parametrize("rate", REFERENCE)
def test_the_worked_example_at_each_rate(rate: float) -> None:
    losses = worked_example(rate)
    chosen = [losses[after] for after in (1, 10, 67, 100)]
    np.testing.assert_allclose(chosen, REFERENCE[rate], rtol=1e-9, atol=1e-15)
    assert judge(losses) is VERDICTS[rate]


def test_the_worked_example_on_the_way() -> None:
    assert judge(worked_example(0.1, updates=1)) is Verdict.CONVERGING
    assert judge(worked_example(1, updates=1000)) is Verdict.CONVERGED
    assert judge(worked_example(100, updates=1)) is Verdict.DIVERGED
    assert judge(worked_example(1000, updates=500)) is Verdict.STUCK
    assert judge(worked_example(1e-6)) is Verdict.STUCK


def test_the_tolerance_is_the_callers() -> None:
    losses = worked_example(1)
    assert judge(losses, tolerance=1e-2) is Verdict.CONVERGED
    assert judge(worked_example(2), tolerance=1e-8) is Verdict.CONVERGING


def ramp(start: float, end: float, updates: int = 60) -> list[float]:
    return [start + (end - start) * k / updates for k in range(updates + 1)]


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        ([1, 0], Verdict.CONVERGED),
        ([0, 0, 0], Verdict.CONVERGED),
        ([1e-33, 1e-32, 1e-33], Verdict.CONVERGED),
        ([*ramp(1, 0.05), *[0.05] * 100], Verdict.CONVERGED),  # a floor
        ([*ramp(1, 0.5), *[0.5] * 100], Verdict.STUCK),  # a plateau
        ([1, 1], Verdict.STUCK),
        ([-1] * 9, Verdict.STUCK),
        ([*ramp(1, -3), *[-3] * 100], Verdict.CONVERGED),
        (ramp(1, 0.2), Verdict.CONVERGING),
        (ramp(-1, -3), Verdict.CONVERGING),
        ([0.014, *ramp(0.25, 0.2)], Verdict.CONVERGING),  # thrown up, on its way back
        ([1, 2], Verdict.DIVERGED),
        (ramp(1, 3), Verdict.DIVERGED),
        ([1.5**k for k in range(50)], Verdict.DIVERGED),
        ([(-1.2) ** k % 7 + 1.3**k for k in range(50)], Verdict.DIVERGED),
        ([1, 2, 1.5, 4, 3, 8, 6, 16, 12, 32, 24, 64], Verdict.DIVERGED),
        ([1e-300, 1e300, 1.7e308], Verdict.DIVERGED),
        ([10, *[2 + math.sin(k) for k in range(80)]], Verdict.OSCILLATING),
        ([1, 1e-6] * 10, Verdict.OSCILLATING),
        ([*ramp(1, 0.01), *ramp(0.01, 0.5)], Verdict.OSCILLATING),  # climbs again, below the start
        ([0.97**k * (1.3 if k % 2 else 0.7) for k in range(100)], Verdict.CONVERGING),
        ([1 + 1e-4 * (-1) ** k for k in range(100)], Verdict.STUCK),
        ([0.95**k + 3 * math.exp(-((k - 60) ** 2)) for k in range(100)], Verdict.OSCILLATING),  # leaps, and falls again
        ([0.95**k + 3 * math.exp(-((k - 10) ** 2)) for k in range(100)], Verdict.CONVERGING),  # long ago
        ([0.8**k + 1e-5 * math.exp(-((k - 80) ** 2)) for k in range(92)], Verdict.CONVERGED),  # of next to nothing
        ([0.97**k * (math.cos(k / 3) ** 2 + 1e-3) for k in range(100)], Verdict.CONVERGING),  # swings that get smaller
    ],
)  # fmt: skip
def test_sequences_of_a_known_kind(losses: list[float], verdict: Verdict) -> None:
    assert judge(losses) is verdict


def test_a_noisy_descent_converges() -> None:
    source = random.Random(3)
    losses = [0.98**k * source.uniform(0.8, 1.25) for k in range(150)]
    assert judge(losses) is Verdict.CONVERGING


@pytest.mark.parametrize("losses", [[], [0.5]])
def test_a_run_without_an_update_is_refused(losses: list[float]) -> None:
    with pytest.raises(UserError, match="a run without an update cannot be judged"):
        judge(losses)


LOSSES = st.floats(1e-3, 1e3)


@given(LOSSES, st.integers(2, 300))
def test_a_constant_loss_is_stuck(loss: float, length: int) -> None:
    assert judge([loss] * length) is Verdict.STUCK


@given(LOSSES, st.floats(0.01, 0.999), st.integers(2, 300))
def test_geometric_decay_converges(start: float, ratio: float, length: int) -> None:
    assert judge([start * ratio**k for k in range(length)]) in (Verdict.CONVERGED, Verdict.CONVERGING)


@given(LOSSES, st.floats(1.05, 1000), st.integers(3, 300), st.booleans())
def test_a_period_of_two_oscillates(low: float, factor: float, length: int, high_first: bool) -> None:
    assert judge([low * factor if (k % 2 == 0) == high_first else low for k in range(length)]) is Verdict.OSCILLATING


@given(st.lists(LOSSES, min_size=2, max_size=50), st.sampled_from([math.nan, math.inf, -math.inf]), st.data())
def test_a_loss_that_is_not_finite_has_diverged(losses: list[float], bad: float, data: st.DataObject) -> None:
    losses[data.draw(st.integers(0, len(losses) - 1))] = bad
    assert judge(losses) is Verdict.DIVERGED


@given(st.lists(LOSSES, min_size=2, max_size=50), st.integers(-60, 900))
def test_the_scale_of_the_losses_does_not_matter(losses: list[float], power: int) -> None:
    assert judge([math.ldexp(loss, power) for loss in losses]) is judge(losses)


@pytest.mark.parametrize("fallen", [1.0, 1000.0])
@pytest.mark.parametrize(("promised", "is_thrown"), [(0.0, False), (0.009, False), (0.011, True), (4.0, True)])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_still_loss_whose_gradient_promises_more_is_oscillating(
    fallen: float, promised: float, is_thrown: bool, scale: float
) -> None:
    found = judge([fallen * scale, *[scale] * 30], promised=lambda: promised * scale)
    expected = Verdict.OSCILLATING if is_thrown else Verdict.STUCK if fallen == 1 else Verdict.CONVERGED
    assert found is expected


def test_arrays_are_judged_like_lists() -> None:
    verdict = judge(np.array(worked_example(2)))  # type: ignore[arg-type]
    assert verdict is Verdict.CONVERGED
    assert f"{verdict}" == "converged"
