"""Pools by hand, padding included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.layers import layer_class
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated

X = np.array([[-1.0, -3.0, -2.0, -5.0, -4.0]])


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("MaxPool", {"kernel": 2}, [[-1, -2]]),
        ("MaxPool", {"kernel": 2, "stride": 1}, [[-1, -2, -2, -4]]),
        ("MaxPool", {"kernel": 2, "padding": 1}, [[-1, -2, -4]]),  # padding is never the largest, not even of negatives
        ("AvgPool", {"kernel": 2, "padding": 1}, [[-0.5, -2.5, -4.5]]),
        ("AvgPool", {"kernel": 3, "stride": 2}, [[-2, -11 / 3]]),
        ("GlobalAvgPool", {}, [-3]),
    ],
)
def test_by_hand(kind: str, options: dict[str, Any], expected: list[Any]) -> None:
    found = evaluated(NetworkSpec((1, 5), [layer_class(kind)(**options)]), x=X)
    assert found["y1"] == pytest.approx(np.array(expected))
