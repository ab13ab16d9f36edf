"""The [training] table: its settings with their limits; what is wrong with rows is told in `test_schema`."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from symprop.errors import BudgetError, UserError
from symprop.network import MOST_EPOCHS, Training
from symprop.network_file.source import Source, Table
from symprop.network_file.training import read_training


def read(text: str, inputs: int = 2, outputs: int = 1) -> Training:
    return read_training(Table(Source("net.toml", text), tomllib.loads(text)), inputs, outputs)


def test_settings_left_out_are_the_general_ones() -> None:
    assert read("") == Training()
    found = read("learning_rate = 2\nepochs = 7\ntolerance = 0\nseed = 3\nx = [[1, 2]]\nt = [[0.5]]")
    assert found == Training(2.0, 7, 0.0, 3, [[1.0, 2.0]], [[0.5]])


def test_equations_have_rows_of_inputs_alone() -> None:
    assert read("x = [[1, 2, 3]]", inputs=3, outputs=0).x == [[1.0, 2.0, 3.0]]
    with pytest.raises(UserError, match="nothing takes the data of 't'"):
        read("t = [[1]]", inputs=3, outputs=0)


@pytest.mark.parametrize(
    ("width", "written"),
    [(1, "[[0.5], [0.5]]"), (3, "[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]"), (9, "[[0.5, 0.5, …], [0.5, ")],
)
def test_the_remedy_shows_rows_of_the_right_width(width: int, written: str) -> None:
    with pytest.raises(UserError) as caught:
        read("x = [1, 2]\nt = [[1]]", inputs=width)
    assert str(caught.value).startswith("net.toml:1: row 1 of 'x': wrong row (expected a list of ")
    assert f"such as x = {written}" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"learning_rate": 0.0}, UserError, r"a learning rate is a positive number \(got 0.0\)"),
        ({"learning_rate": True}, UserError, "a learning rate is a positive number"),
        ({"epochs": 1.5}, UserError, "the number of epochs is a whole number from 1"),
        ({"epochs": MOST_EPOCHS + 1}, BudgetError, r"too many epochs \(expected at most 10,000,000, got 10,000,001\)"),
        ({"tolerance": float("nan")}, UserError, "a tolerance is a number from 0"),
        ({"seed": -1}, UserError, "a seed is a whole number from 0"),
        ({"seed": 1.0}, UserError, "a seed is a whole number from 0"),
    ],
)
def test_from_python_the_same_limits_hold(settings: dict[str, Any], error: type[UserError], message: str) -> None:
    with pytest.raises(error, match=message):
        Training(**settings)


def test_settings_may_be_changed_one_by_one() -> None:
    changed = Training(epochs=9, seed=4).but(learning_rate=2.0, epochs=None, seed=0)
    assert changed == Training(learning_rate=2.0, epochs=9, seed=0)
    with pytest.raises(UserError, match="a learning rate is"):
        Training().but(learning_rate=-1.0)


def test_a_file_may_ask_for_as_many_epochs_as_python() -> None:
    assert read(f"epochs = {MOST_EPOCHS}").epochs == MOST_EPOCHS
    with pytest.raises(BudgetError, match=r"net.toml:1: 'epochs' is too large \(expected at most 10,000,000"):
        read(f"epochs = {MOST_EPOCHS + 1}")
