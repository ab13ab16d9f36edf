"""The [training] table: its settings with their limits; what is wrong with rows is told in `test_schema`."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from symprop.errors import BudgetError, UserError
from symprop.network import MOST_EPOCHS, Training
from symprop.network_file.source import Source, Table
from symprop.network_file.training import read_training, written_update
from symprop.network_file.write import toml
from symprop.rules.update_rule import UpdateRule


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
        ({"batch_size": 0}, UserError, r"a batch size is a whole number from 1 \(got 0\)"),
        ({"batch_size": True}, UserError, "a batch size is a whole number from 1"),
        ({"shuffle": 1}, UserError, "shuffle is true or false"),
        ({"update": "adam"}, UserError, "wrong rule of updates"),
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


RULE = """\
optimizer = "adam"
beta1 = 0.8
schedule = "cosine"
final = 0.25
clip_norm = 1
batch_size = 32
shuffle = false
"""


def test_a_rule_of_updates_is_read() -> None:
    found = read(RULE)
    assert found.update == UpdateRule("adam", "cosine", {"beta1": 0.8, "final": 0.25, "clip_norm": 1.0})
    assert (found.batch_size, found.shuffle) == (32, False)
    assert found.learning_rate == 0.001
    assert read(f"{RULE}learning_rate = 0.25").learning_rate == 0.25


def test_a_rule_that_is_written_is_read_again() -> None:
    update = read(RULE).update
    assert read(toml(written_update(update))).update == update


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("beta1 = 1.5", "net.toml:2: wrong value for 'beta1' (expected a number from 0 to below 1, got 1.5)"),
        ("beta2 = true", "net.toml:2: wrong value for 'beta2' (expected a number from 0 to below 1, got True)"),
        ("epsilon = [1]", "net.toml:2: wrong value for 'epsilon' (expected a number above 0, got [1])"),
        ("alpha = 0.5", "net.toml:2: adam with the schedule constant has no setting 'alpha'."),
        ("beta_1 = 0.5", "net.toml:2: unknown key 'beta_1'. Did you mean 'beta1'?"),
        ('schedule = "cosin"', "net.toml:2: unknown schedule 'cosin'. Did you mean 'cosine'?"),
        ("schedule = 1", "net.toml:2: wrong value for 'schedule' (expected text in quotes, got 1)"),
        ("clip_norm = -1", "net.toml:2: wrong value for 'clip_norm' (expected a number above 0, got -1)"),
        ("batch_size = 0", "net.toml:2: wrong value for 'batch_size' (expected a whole number from 1, got 0)"),
        ("shuffle = 1", "net.toml:2: wrong value for 'shuffle' (expected true or false, got 1)"),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(line: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(f'optimizer = "adam"\n{line}\n')
    assert str(caught.value).startswith(message)


def test_an_unknown_optimizer_is_told_with_its_line() -> None:
    with pytest.raises(UserError, match=r"^net\.toml:2: unknown optimizer 'adagard'\. Did you mean 'adagrad'"):
        read('epochs = 3\noptimizer = "adagard"')


def test_another_optimizer_brings_its_usual_rate_unless_one_was_chosen() -> None:
    assert Training(update=UpdateRule("adam")).learning_rate == 0.001
    assert Training().but(update=UpdateRule("lion")).learning_rate == 0.0001
    assert Training(learning_rate=0.25).but(update=UpdateRule("lion")).learning_rate == 0.25
    assert Training().but(update=UpdateRule("lion"), learning_rate=0.3).learning_rate == 0.3
