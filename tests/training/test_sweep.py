"""The sweep: the reference's losses at every rate at once, the same runs as one by one, divergence kept apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.layers.shaping import Dropout
from symprop.network import NetworkSpec
from symprop.rules.update_rule import UpdateRule
from symprop.training.sweep import sweep
from symprop.training.verdict import Verdict
from tests.training.nets import REFERENCE, compiled, data, uneven, worked


def test_losses_of_the_worked_example_at_every_rate() -> None:
    model, x, t = worked("classroom")
    expected = REFERENCE["classroom"]["loss_after_updates_by_learning_rate"]
    runs = sweep(model, x, t, [float(rate) for rate in expected], 100)
    for run, losses in zip(runs, expected.values(), strict=True):
        assert {k: run.losses[int(k)] for k in losses} == pytest.approx(losses, rel=1e-9, abs=1e-15)
    assert [run.learning_rate for run in runs] == [0.1, 0.2, 0.5, 0.8, 1, 2, 10, 100, 1000]
    assert runs[-1].verdict is Verdict.STUCK
    assert runs[-1].explanation.startswith("o1 and o2 are saturated: a_o1 = ")
    assert all(run.explanation == "" for run in runs[:-1])


@pytest.mark.parametrize("examples", [1, 5])
def test_runs_are_those_of_fit(examples: int) -> None:
    model = uneven()
    x, t = data(model, examples)
    for run in sweep(model, x, t, [0.05, 0.7, 3.0], 20, seed=4):
        alone = model.fit(x, t, run.learning_rate, 20, seed=4)
        assert run.losses == pytest.approx(alone.losses, rel=1e-11)
        for name, value in run.parameters.items():
            np.testing.assert_allclose(value, alone.parameters[name], rtol=1e-10)


SEVERAL = [
    {},
    {"batch_size": 2},
    {"batch_size": 3, "shuffle": False},
    {"update": UpdateRule("adam", "cosine", {"clip_norm": 0.5}), "batch_size": 2},
    {"update": "momentum", "batch_size": 1},
]


@pytest.mark.parametrize("settings", SEVERAL)
@pytest.mark.parametrize("seeds", [[4], [4, 1, 9]])
@pytest.mark.parametrize("layers", [[Dense(4, "tanh"), Dense(2)], [Dense(4, "tanh"), Dropout(0.3), Dense(2)]])
def test_runs_of_several_seeds_are_those_of_fit(layers: Any, seeds: list[int], settings: dict[str, Any]) -> None:
    model = compiled(NetworkSpec(3, layers))
    x, t = data(model, 5)
    runs = sweep(model, x, t, [0.05, 0.2], 7, seeds=seeds, **settings)
    assert [(run.learning_rate, run.seed) for run in runs] == [(rate, seed) for rate in (0.05, 0.2) for seed in seeds]
    for run in runs:
        alone = model.fit(x, t, run.learning_rate, 7, seed=run.seed, **settings)
        assert run.losses == pytest.approx(alone.losses, rel=1e-9)
        assert run.diverged_at == alone.diverged_at
        for name, value in run.parameters.items():
            np.testing.assert_allclose(value, alone.parameters[name], rtol=1e-8)


def test_a_model_whose_parameters_are_fixed_stays_as_it_is() -> None:
    model = compiled(NetworkSpec(3, [Dense(2, trainable=False)]))
    x, t = data(model, 5)
    first, second = sweep(model, x, t, [0.1, 0.3], 4)
    assert first.losses == second.losses == [first.losses[0]] * 5


def test_wrong_seeds_are_refused() -> None:
    model, x, t = worked("classroom")
    for seeds in ([], [1, 1], [-1], list(range(600))):
        with pytest.raises(UserError, match=r"seed|wrong number of runs"):
            sweep(model, x, t, [0.1, 0.2], 3, seeds=seeds)


@pytest.mark.parametrize("examples", [1, 5])
def test_a_diverging_run_disturbs_no_other(examples: int) -> None:
    model = compiled(NetworkSpec(3, [Dense(4, activation="leaky_relu"), Dense(2)], loss="squared_error"))
    x, t = data(model, examples)
    calm = sweep(model, x * 30, t, [0.001], 40)
    wild, beside = sweep(model, x * 30, t, [1e6, 0.001], 40)
    assert beside.losses == pytest.approx(calm[0].losses, rel=1e-11)
    assert wild.verdict is Verdict.DIVERGED
    assert wild.diverged_at == len(wild.losses)
    assert wild.explanation == (
        f"After update {wild.diverged_at} the loss or a parameter is not finite; that update is undone."
    )
    again, _ = model.value_and_gradient(wild.parameters, x * 30, t)
    assert again == pytest.approx(wild.losses[-1])
    alone = model.fit(x * 30, t, 1e6, 40)
    assert (alone.stopped, alone.diverged_at) == ("diverged", wild.diverged_at)


def test_a_weight_thrown_from_side_to_side_is_oscillating() -> None:
    model = compiled(NetworkSpec(1, [Dense(1, bias=False)], loss="squared_error", values={"W1": [[1.0]]}))
    flipped, settled = sweep(model, [[10.0]], [[0.0]], [0.01, 0.004], 20)
    assert flipped.losses == [100.0] * 21
    assert (flipped.verdict, settled.verdict) == (Verdict.OSCILLATING, Verdict.CONVERGED)


def test_wrong_rates_are_refused() -> None:
    model, x, t = worked("classroom")
    for rates in ([], [0.1] * 1001, [0.1, -1.0]):
        with pytest.raises(UserError, match="learning rate"):
            sweep(model, x, t, rates, 10)


def test_an_infinite_start_is_refused() -> None:
    model = uneven()
    x, t = data(model, 2)
    with pytest.raises(UserError, match="not finite before the first update"):
        sweep(model, x, t * 1e200, [0.1, 1.0], 3)


def test_progress_is_told_up_to_the_last_update() -> None:
    model, x, t = worked("classroom")
    told: list[int] = []
    sweep(model, x, t, [0.5, 2.0], 40, progress=told.append)
    assert told == sorted(set(told))
    assert told[-1] == 40
