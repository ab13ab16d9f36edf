"""Recurrent layers: the last state is the last of the sequence, and each starts from nothing."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.layers import layer_class
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated

KINDS = ("RNN", "LSTM", "GRU")


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_state_ends_the_sequence(kind: str) -> None:
    random = np.random.default_rng(2)
    whole, last = (NetworkSpec((3, 2), [layer_class(kind)(2, sequence=flag)]) for flag in (True, False))
    given = {t.name: random.normal(size=t.extents) for t in whole.elaborate().free if t.name != "t"}
    states, state = evaluated(whole, **given)["y1"], evaluated(last, **given)["y1"]
    assert states.shape == (3, 2)
    assert states[-1].tolist() == state.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_shared_by_all_steps(kind: str) -> None:
    short, long = (NetworkSpec((steps, 2), [layer_class(kind)(3)]).elaborate() for steps in (1, 4))
    assert [(p.name, p.extents) for p in short.trainable] == [(p.name, p.extents) for p in long.trainable]


def test_one_step_by_hand() -> None:
    found = evaluated(NetworkSpec((2, 1), [layer_class("RNN")(1)]), x=[[0.5], [-1.0]], W1=2.0, U1=3.0, b1=0.25)
    first = np.tanh(2 * 0.5 + 0.25)
    assert found["y1"] == pytest.approx([np.tanh(2 * -1.0 + 3 * first + 0.25)])
