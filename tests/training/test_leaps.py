"""Leaps of the loss: where they are found, what is said of them, and that what runs differ by is rounding alone."""

from __future__ import annotations

import numpy as np
import pytest

import symprop
from symprop.network import Training
from symprop.prose import prose
from symprop.prose.text import in_unicode
from symprop.rules.update_rule import UpdateRule
from symprop.training.leaps import Leap, leaps, told
from symprop.training.model import Model
from symprop.training.sweep import sweep
from symprop.training.verdict import Verdict

X, T = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
RATES = (0.1, 0.2, 0.5, 0.8, 1)


def leaping() -> symprop.Derivation:
    """A net whose rate of 0.8 is beyond the limit once it has learnt: the loss falls by decades, and leaps up again."""
    return symprop.Network(2, [symprop.Dense(2, "tanh"), symprop.Dense(1)]).derive()


@pytest.fixture(scope="module")
def model() -> Model:
    return leaping().compile(backend="numpy")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], []),
        ([1, 30, 1], []),  # the start throws it
        ([1, 0.1, 0.9], []),  # less than ten times
        ([1, 1e-6, 2e-5, 1e-6], []),  # of next to nothing
        ([1, 0.1, 0.5, 0.3, 2, 0.1], [Leap(1, 0.1, 4, 2)]),
        ([1, 0.1, 5, 0.3, 0.2, 3], [Leap(1, 0.1, 2, 5), Leap(4, 0.2, 5, 3)]),
        ([1, 0.01, 0, 5], []),
        ([-1, -2, 5], []),
    ],
)
def test_where_losses_leap(losses: list[float], expected: list[Leap]) -> None:
    assert leaps(losses) == expected


def test_the_greatest_is_told() -> None:
    words, losses = prose("en"), [1, 0.1, 5, *[0.2] * 1400, 0.002, 1, 3]
    assert told([1, 0.5], Training(), words) == ()
    text = in_unicode(told(losses, Training(), words))
    assert text.startswith("On the way the loss leaps 2 times by a factor of ten or more, by the most from 0.002 after")
    assert "after update 1,403 to 3 after update 1,405" in text
    assert told(losses, Training(batch_size=2), words) == told(losses, Training(update=UpdateRule("adam")), words) == ()


def test_a_run_that_leaps_by_decades_is_not_converging(model: Model) -> None:
    runs = {run.learning_rate: run for run in sweep(model, X, T, RATES, 200)}
    for rate in (0.8, 1):
        assert runs[rate].verdict is Verdict.OSCILLATING
        assert "On the way the loss leaps" in runs[rate].explanation
    assert all(runs[rate].verdict is Verdict.CONVERGING and not runs[rate].explanation for rate in (0.1, 0.2, 0.5))


def test_batches_and_other_rules_leap_without_a_word(model: Model) -> None:
    assert not any(run.explanation for run in sweep(model, X, T, [0.8], 200, batch_size=1))
    assert not any(run.explanation for run in sweep(model, X, T, [0.8], 60, update="momentum") if leaps(run.losses))


def test_among_other_rates_and_on_other_back_ends_each_update_is_the_same_but_for_rounding(model: Model) -> None:
    """From every point of a run that leaps, one update by each road: what they differ by there is rounding, and no more."""
    other = leaping().compile(backend="c")
    points = [model.start(0)]
    for _ in range(40):
        points.append(model.fit(X, T, learning_rate=0.8, epochs=5, parameters=points[-1]).parameters)
    for point in points:
        alone = model.fit(X, T, learning_rate=0.8, epochs=1, parameters=point)
        raced = next(run for run in sweep(model, X, T, RATES, 1, parameters=point) if run.learning_rate == 0.8)
        in_c = other.fit(X, T, learning_rate=0.8, epochs=1, parameters=point)
        for found in (raced, in_c):
            np.testing.assert_allclose(found.losses[0], alone.losses[0], rtol=1e-12, atol=1e-15)
            for name, array in alone.parameters.items():
                np.testing.assert_allclose(found.parameters[name], array, rtol=1e-13, atol=1e-15)


def test_until_the_limit_is_passed_a_rate_gives_the_same_losses_among_others(model: Model) -> None:
    alone = sweep(model, X, T, [0.8], 100)[0].losses
    raced = next(run for run in sweep(model, X, T, RATES, 100) if run.learning_rate == 0.8).losses
    np.testing.assert_allclose(raced, alone, rtol=1e-12)
