"""Recurrent layers: the last state is the last of the sequence, and each starts from nothing."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.size import scalar_count
from symprop.ir.tensor import Moment
from symprop.layers import layer_class
from symprop.layers.recurrent import RNN
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.scalar.numeric import FLOAT
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


def test_every_quantity_of_a_step_says_so() -> None:
    program = NetworkSpec((3, 2), [layer_class("LSTM")(4, sequence=True)]).elaborate()
    moments = {name: tensor.moment for name, tensor in program.tensors.items()}
    assert moments["z1_i_2"] == Moment("z1_i", 2)
    assert moments["c1_0"] == Moment("c1", 0)
    assert {name for name, moment in moments.items() if moment is None} >= {"x", "W1_i", "U1_g", "b1_o", "y1"}
    assert all(name == f"{moment.series}_{moment.step}" for name, moment in moments.items() if moment is not None)
    assert sum(moment is not None for moment in moments.values()) == 3 * (2 * 4 + 3 + 1) + 2


def test_gates_stand_below_their_letters() -> None:
    program = NetworkSpec((3, 2), [layer_class("GRU")(4)]).elaborate()
    assert [p.name for p in program.trainable] == [f"{letter}1_{gate}" for gate in "rug" for letter in "WUb"]
    assert names_for(program).look("W1_r") == "W_{r}^{(1)}"


def test_a_long_sequence_gives_every_state() -> None:
    program = NetworkSpec((90, 2), [RNN(1, sequence=True)]).elaborate()
    assert program.tensors["y1"].extents == (90, 1)
    random = np.random.default_rng(3)
    given = {t.name: random.uniform(-0.9, 0.9, t.extents) for t in program.free}
    found, state = evaluate_arrays(program, given, FLOAT)["y1"], np.zeros(1)
    for x, here in zip(given["x"], found, strict=True):
        state = np.tanh(given["W1"] @ x + given["U1"] @ state + given["b1"])
        assert here == pytest.approx(state, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_steps_are_twice_the_work(kind: str) -> None:
    def count(steps: int) -> int:
        return scalar_count(derive(NetworkSpec((steps, 2), [layer_class(kind)(3, sequence=True)]).elaborate()).program)

    assert count(32) - count(16) == 2 * (count(16) - count(8))
    assert count(160) < 5 * count(40)  # by way of blocks, each number in one of them once more
