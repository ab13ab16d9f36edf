"""Normalisation: mean 0 and variance 1 over the right axes, and running statistics once a network is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.layers import layer_class
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated

X = np.random.default_rng(5).normal(size=(3, 4, 5))  # a batch of 3, 4 channels, 5 places


@pytest.mark.parametrize(
    ("kind", "options", "axes", "gain"),
    [
        ("LayerNorm", {}, (2,), 5),
        ("BatchNorm", {}, (0, 2), 4),
        ("GroupNorm", {"groups": 1}, (1, 2), 4),
        ("GroupNorm", {"groups": 4}, (2,), 4),
    ],
)
def test_mean_and_variance(kind: str, options: dict[str, Any], axes: tuple[int, ...], gain: int) -> None:
    spec = NetworkSpec((4, 5), [layer_class(kind)(epsilon=0.0, **options)], batch=3)
    y = evaluated(spec, x=X, g1=np.ones(gain))["y1"]
    assert y.mean(axis=axes) == pytest.approx(0, abs=1e-12)
    assert y.var(axis=axes) == pytest.approx(1)


def test_the_root_mean_square_is_one() -> None:
    y = evaluated(NetworkSpec((4, 5), [layer_class("RMSNorm")(epsilon=0.0)], batch=3), x=X, g1=np.ones(5))["y1"]
    assert (y**2).mean(-1) == pytest.approx(1)


def test_a_trained_batch_norm_takes_its_running_statistics() -> None:
    spec = NetworkSpec((4, 5), [layer_class("BatchNorm")(epsilon=0.5)], batch=3)
    mean, variance, gain, bias = (np.arange(4.0) + k for k in range(1, 5))
    given = {"mean1": mean, "variance1": variance, "g1": gain, "b1": bias}
    found = np.stack([evaluated(spec, training=False, x=example, **given)["y1"] for example in X])
    column = (slice(None), None)
    expected = gain[column] * (X - mean[column]) / np.sqrt(variance[column] + 0.5) + bias[column]
    assert found == pytest.approx(expected)
