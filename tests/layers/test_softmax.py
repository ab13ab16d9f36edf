"""Softmax and its logarithm: they sum to 1, and neither overflows."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.layers.softmax import LogSoftmax, Softmax
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated

X = np.array([[1000.0, 999.0, -1000.0], [0.0, 0.5, -0.5]])


def test_probabilities() -> None:
    p = evaluated(NetworkSpec((2, 3), [Softmax()]), x=X)["p1"]
    assert p.sum(-1) == pytest.approx(1)
    assert p[0] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0])


def test_their_logarithms() -> None:
    assert evaluated(NetworkSpec((2, 3), [LogSoftmax()]), x=X)["y1"][0] == pytest.approx(
        [-0.31326169, -1.31326169, -2000.31326169]
    )
