"""Convolutions by hand: cross-correlation, groups apart, an even number of channels each."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.layers.convolution import Conv1d, Conv2d
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated


def test_the_kernel_is_not_turned_round() -> None:
    found = evaluated(NetworkSpec((1, 4), [Conv1d(1, 2)]), x=[[1.0, 2, 4, 8]], W1=[[[1.0, 10.0]]], b1=[0.5])
    assert found["z1"] == pytest.approx(np.array([[21.5, 42.5, 84.5]]))


def test_groups_do_not_mix() -> None:
    spec = NetworkSpec((2, 3), [Conv1d(4, 1, groups=2, bias=False)])
    x = np.array([[1.0, 2, 3], [10.0, 20, 30]])
    found = evaluated(spec, x=x, W1=np.array([1.0, 2, 3, 4]).reshape(4, 1, 1))
    assert found["z1"] == pytest.approx(np.array([x[0], 2 * x[0], 3 * x[1], 4 * x[1]]))


def test_two_axes_have_options_of_their_own() -> None:
    spec = NetworkSpec((1, 3, 4), [Conv2d(1, (2, 1), stride=(1, 3), padding=(0, 1), bias=False)])
    x = np.arange(12.0).reshape(1, 3, 4)
    found = evaluated(spec, x=x, W1=np.ones((1, 1, 2, 1)))
    padded = np.pad(x[0], ((0, 0), (1, 1)))
    assert found["z1"][0] == pytest.approx((padded[:-1] + padded[1:])[:, ::3])
