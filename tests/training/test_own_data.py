"""What a network is trained on when nobody gives data: its rows, else the example among its values, else an error."""

from __future__ import annotations

from typing import Any

import pytest

from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec, Training
from symprop.notation.packs import names_for
from symprop.training.own_data import own_data
from tests.training.nets import compiled

LAYERS = [Dense(4, activation="tanh"), Dense(2)]
ROWS = Training(x=[[1, 2, 3], [4, 5, 6]], t=[[0, 1], [1, 0]])


def data(spec: NetworkSpec | EquationsSpec) -> tuple[Any, Any]:
    program = spec.elaborate()
    return own_data(program, names_for(program), spec.training, spec.values)


def test_rows_come_before_values() -> None:
    values = {"x": [7, 8, 9], "t": [0.5, 0.25]}
    assert data(NetworkSpec(3, LAYERS, values=values, training=ROWS)) == (ROWS.x, ROWS.t)
    assert data(NetworkSpec(3, LAYERS, values=values)) == ([[7.0, 8.0, 9.0]], [[0.5, 0.25]])


def test_values_may_be_given_by_element() -> None:
    values = {"i3": 9, "i1": 7, "i2": 8, "t": [0.5, 0.25]}
    assert data(NetworkSpec(3, LAYERS, values=values))[0] == [[7.0, 8.0, 9.0]]


@pytest.mark.parametrize(("lacking", "name"), [("x", "i1"), ("t", "t1")])
def test_a_value_that_lacks_is_named(lacking: str, name: str) -> None:
    values = {"x": [7, 8, 9], "t": [0.5, 0.25]}
    del values[lacking]
    with pytest.raises(
        UserError, match=rf"no data to train on: '{name}' has no value. Give x and t, in the call or under"
    ):
        data(NetworkSpec(3, LAYERS, values=values))


def test_equations_take_all_from_x_or_nothing() -> None:
    lines = ["E = (t - w*x)**2"]
    assert data(EquationsSpec(lines, "E", ["w"], values={"t": 1, "x": 2})) == ([[1.0, 2.0]], None)
    assert data(EquationsSpec(lines, "E", ["w", "t", "x"])) == (None, None)


def test_a_model_trains_on_them_as_the_network_says() -> None:
    spec = NetworkSpec(3, LAYERS, training=Training(0.25, 9, 0.0, 5, ROWS.x, ROWS.t))
    model = compiled(spec)
    own, given = model.fit(), model.fit(ROWS.x, ROWS.t, learning_rate=0.25, epochs=9, seed=5)
    assert (own.epochs, own.losses) == (9, given.losses)
    assert model.fit(learning_rate=0.125, epochs=2).epochs == 2
    assert model.fit(seed=6).losses != own.losses
    assert (model.start()["W1"] == model.start(5)["W1"]).all()


def test_the_networks_tolerance_holds_too() -> None:
    training = Training(0.25, 900, 1e-2, 5, ROWS.x, ROWS.t)
    model = compiled(NetworkSpec(3, LAYERS, training=training))
    assert model.fit().stopped == "converged"
    assert model.fit(tolerance=0).stopped == "epochs"
