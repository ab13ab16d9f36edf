"""What a workbook or a page begins with: the network's own numbers, what lacks drawn where loss and facts allow it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import symprop
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.softmax import Softmax
from symprop.network import NetworkSpec, Training
from symprop.training.sample import Sample, draw_sample

LAYERS = [Dense(4, activation="tanh"), Dense(3, activation="sigmoid")]


def sample(spec: NetworkSpec | symprop.Equations, seed: int | None = None) -> Sample:
    derivation = symprop.face.Derivation(spec)
    return draw_sample(derivation.spec, derivation.names, derivation.evaluation, seed)


def test_a_network_with_all_numbers_begins_with_them() -> None:
    derivation = symprop.load("classroom").derive()
    found = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    assert (found.x, found.t, found.drawn) == (((0.05, 0.1),), ((0.5, 0.5),), ())
    assert list(found.elements)[:3] == ["w1", "w2", "w3"]
    assert found.elements["w8"] == derivation.values["w8"]


def test_training_data_are_all_taken_and_parameters_are_those_of_train() -> None:
    network = symprop.load("four_layers")
    found = sample(network)
    assert found.examples == 6
    assert found.drawn == ("W1", "W2", "W3", "W4")  # biases begin at zero, nobody drew them
    start = network.derive().compile().start()
    assert all((found.parameters[name] == array).all() for name, array in start.items())


def test_what_lacks_is_drawn_by_the_seed_and_rounded() -> None:
    spec = NetworkSpec(2, LAYERS, values={"i2": 0.125, "W1": [[1, 2]] * 4, "w9": 0.5})
    found = sample(spec)
    assert found.drawn[-2:] == ("i1", "t")
    assert "W1" not in found.drawn
    assert found.drawn[0] == "w10"
    assert found.x[0][1] == 0.125
    assert all(0 <= t <= 1 and round(t, 2) == t for t in found.t[0])  # where a sigmoid can come near
    assert (found.x, found.t) == (sample(spec).x, sample(spec).t)
    assert found.t != sample(spec, seed=7).t


@pytest.mark.parametrize(("loss", "ends"), [("binary_cross_entropy", {0, 1}), ("hinge", {-1, 1})])
def test_targets_between_two_numbers_are_one_of_them(loss: str, ends: set[int]) -> None:
    activation = "sigmoid" if 0 in ends else "tanh"
    found = sample(NetworkSpec(2, [Dense(40, activation=activation)], loss))
    assert {*found.t[0]} == ends


def test_targets_keep_the_facts() -> None:
    found = sample(NetworkSpec(2, [Dense(5), Softmax()], "categorical_cross_entropy", batch=3))
    assert [sorted(row) for row in found.t] == [[0, 0, 0, 0, 1]] * 3
    assert found.targets == ("t1", "t2", "t3", "t4", "t5")
    assert found.batch == 3


def test_a_part_of_a_distribution_that_is_given_is_kept() -> None:
    found = sample(NetworkSpec(2, [Dense(3), Softmax()], "categorical_cross_entropy", values={"t2": 0.25}))
    assert found.t[0][1] == 0.25
    assert sum(found.t[0]) == 1


def test_integers_lie_below_their_bound() -> None:
    found = sample(NetworkSpec((40,), [Embedding(vocabulary=7, dimension=2)]))
    assert {*found.x[0]} == {*range(7)}


def test_equations_begin_where_the_loss_has_a_value() -> None:
    spec = symprop.Equations([f"E = {' + '.join(f'log(x{k})*w' for k in range(9))}"], "E", ["w"])
    found = sample(spec)
    assert all(0 < x <= 1 for x in found.x[0])
    assert found.t == ()
    assert found.targets == ()


def test_rows_in_training_come_before_values() -> None:
    rows = Training(x=[[1, 2], [3, 4]], t=[[0, 0, 1], [1, 0, 0]])
    found = sample(NetworkSpec(2, LAYERS, training=rows, values={"x": [7, 8]}))
    assert found.x == ((1, 2), (3, 4))
    assert "x" not in found.drawn
    assert math.isclose(np.sum(found.t), 2)
