"""What a network gives around its examples: against its own predictions, and when there is no such picture."""

from __future__ import annotations

import numpy as np
import pytest

import symprop
from symprop.layers.dense import Dense
from symprop.layers.normalisation import BatchNorm
from symprop.network import NetworkSpec
from symprop.training.surface import POINTS, surface
from tests.training.nets import compiled


def test_outputs_stand_where_their_inputs_are() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, "tanh"), Dense(2)]))
    start = model.start(4)
    x, t = np.array([[0.0, 5.0], [1.0, 9.0], [0.4, 6.0]]), np.zeros((3, 2))
    found = surface(model, start, x, t)
    assert found is not None
    assert (found.inputs, list(found.outputs)) == (("i1", "i2"), ["a_o1", "a_o2"])
    assert (found.first[0], found.first[-1], found.second[0], found.second[-1]) == (-0.25, 1.25, 4.0, 10.0)
    expected = model.predict(start, [[found.first[7], found.second[60]]])[0]
    assert [outputs[60, 7] for outputs in found.outputs.values()] == pytest.approx(expected, rel=1e-12)


def test_one_example_has_room_about_it() -> None:
    model = compiled(NetworkSpec(2, [Dense(1)]))
    found = surface(model, model.start(), [0.05, 0.1], [0.5])
    assert found is not None
    assert (found.first[0], found.second[-1]) == pytest.approx((-0.95, 1.1))


def test_a_network_of_whole_batches_is_asked_for_them() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(), Dense(1)], batch=5))
    found = surface(model, model.start(), np.arange(10.0).reshape(5, 2), np.zeros((5, 1)))
    assert found is not None
    assert found.outputs["o1_1" if "o1_1" in found.outputs else next(iter(found.outputs))].shape == (POINTS, POINTS)


@pytest.mark.parametrize("sizes", [(3, 1), (2, 3), (1, 1)])
def test_other_numbers_of_inputs_and_outputs_have_none(sizes: tuple[int, int]) -> None:
    model = compiled(NetworkSpec(sizes[0], [Dense(sizes[1])]))
    assert surface(model, model.start(), np.zeros((1, sizes[0])), np.zeros((1, sizes[1]))) is None


def test_equations_have_none() -> None:
    model = symprop.load("logistic_equations").derive().compile()
    assert surface(model, model.start(), [[1.0, 2.0, 1.0]], None) is None


def test_rows_of_a_table_have_none() -> None:
    model = symprop.Network(2, [symprop.Embedding(4, 3), symprop.Flatten(), symprop.Dense(1)]).derive().compile()
    assert surface(model, model.start(), [[1, 2]], [[0.5]]) is None
