"""Every activation before every loss, at pre-activations of ±1000: finite, without a warning, in the loss and every gradient."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.training.nets import compiled

DTYPES = ["float64", "float32"]
FAR = [-1000.0, -745.2, -40.0, -1e-12, 0.0, 1e-12, 40.0, 709.9, 1000.0]


def pairs() -> list[tuple[str, str]]:
    """The activations and losses that go together."""
    found = []
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            try:
                NetworkSpec(1, [Dense(1, activation=activation)], loss=loss)
            except UserError:
                continue
            found.append((activation, loss))
    return found


def test_most_activations_and_losses_go_together() -> None:
    assert len(pairs()) > 0.85 * len(ACTIVATIONS) * len(LOSSES)


@pytest.mark.parametrize(("activation", "loss"), pairs())
@pytest.mark.parametrize("dtype", DTYPES)
def test_in_the_last_layer(activation: str, loss: str, dtype: str) -> None:
    model = compiled(NetworkSpec(1, [Dense(1, activation=activation)], loss=loss), dtype=dtype)
    low, high = LOSSES[loss].targets
    targets = [max(low, -1.0), (max(low, -1.0) + min(high, 1.0)) / 2, min(high, 1.0)]
    one = {"W1": [[1.0]], "b1": [0.0]}
    with np.errstate(all="raise", under="ignore"):
        for z in FAR:
            for t in targets:
                value, gradients = model.value_and_gradient(one, [[z]], [[t]])
                assert np.isfinite([value, *gradients["W1"].ravel(), *gradients["b1"]]).all(), (z, t)
        batch = [[z] for z in FAR for _ in targets]
        value, _ = model.value_and_gradient(one, batch, [[t] for _ in FAR for t in targets])
    assert np.isfinite(value)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_in_a_hidden_layer(activation: str, dtype: str) -> None:
    model = compiled(NetworkSpec(1, [Dense(1, activation=activation), Dense(1, activation="sigmoid")]), dtype=dtype)
    ones = {"W1": [[1.0]], "b1": [0.0], "W2": [[1.0]], "b2": [0.0]}
    with np.errstate(all="raise", under="ignore"):
        for z in FAR:
            value, gradients = model.value_and_gradient(ones, [[z]], [[0.5]])
            assert np.isfinite([value, *(gradient.item() for gradient in gradients.values())]).all(), z


@pytest.mark.parametrize(("activation", "loss"), pairs())
def test_a_training_step_from_far_away_stays_finite(activation: str, loss: str) -> None:
    model = compiled(NetworkSpec(1, [Dense(1, activation=activation)], loss=loss))
    with np.errstate(all="raise", under="ignore"):
        for z in FAR:
            history = model.fit([[z]], [[1.0]], 1e-9, 1, parameters={"W1": [[1.0]], "b1": [0.0]})
            assert np.isfinite(history.losses[0])
