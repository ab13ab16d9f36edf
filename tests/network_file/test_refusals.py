"""Absurd sizes, hostile texts and odd names in network files: refused, never run; and the line of what a message is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.errors import BudgetError, UserError
from symprop.network_file import load
from tests.network_file.texts import EQUATIONS, SMALL, extended, trained, valued

Read = Callable[[str], Any]

HUGE = "0x" + "f" * 9000  # a number that Python refuses to print


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL.replace("3", "1_000_001"), "net.toml:4: 'units' is too large (expected at most 1,000,000, got 1000001)"),
        (
            SMALL.replace("3", HUGE),
            "net.toml:4: 'units' is too large (expected at most 1,000,000, got a number of more than 30",
        ),
        (SMALL.replace("inputs = 2", "inputs = 2_000_000"), "net.toml:1: 'inputs' is too large"),
        (
            SMALL.replace("3", "1_000_000").replace("2", "900"),
            "net.toml: the network is too large (expected at most 100,000,000",
        ),
        (SMALL + "[[layers]]\nunits = 1\n" * 999, "net.toml: too many layers (expected at most 1,000, got 1,001)"),
        (
            trained("epochs = 10_000_001"),
            "net.toml:10: 'epochs' is too large (expected at most 10,000,000, got 10000001)",
        ),
        (trained(f"seed = {HUGE}"), "net.toml:10: 'seed' is too large"),
    ],
)
def test_absurd_sizes_are_refused(text: str, message: str, read: Read) -> None:
    with pytest.raises(BudgetError) as caught:
        read(text)
    assert message in str(caught.value)


CALL = '__import__("pathlib").Path("ran").touch()'


@pytest.mark.parametrize(
    "text",
    [
        f"name = '{CALL}'\n{SMALL}",
        extended(f"activation = '{CALL}'"),
        extended(f"activation = {{ name = '{CALL}', expression = 'x' }}"),
        extended(f"activation = {{ name = 'own', expression = '{CALL}' }}"),
        extended(f"activation = {{ name = 'own', expression = 'x', codomain = ['{CALL}'] }}"),
        extended(f"weights = '{CALL}'"),
        extended(f"'{CALL}' = 1"),
        SMALL.replace('"huber"', f"'{CALL}'"),
        SMALL.replace('"huber"', f"{{ name = 'own', expression = '{CALL}' }}"),
        valued(f"w1 = '{CALL}'"),
        valued(f"'{CALL}' = 1"),
        trained(f"x = [['{CALL}', 1]]\nt = [[1]]"),
        EQUATIONS.replace("w*x", CALL.replace('"', "'")),
        EQUATIONS.replace("h =", CALL.replace('"', "'") + " ="),
        EQUATIONS.replace('"E"', f"'{CALL}'"),
        EQUATIONS.replace('"b"', f"'{CALL}'"),
    ],
)
def test_text_is_refused_and_never_run(text: str, read: Read) -> None:
    with pytest.raises(UserError, match=r"^net.toml:\d+: "):
        read(text)
    assert [path.name for path in Path.cwd().iterdir()] == ["net.toml"]


def test_a_description_is_never_run(read: Read) -> None:
    read(f"description = 'A call: {CALL}'\n{SMALL}")
    assert [path.name for path in Path.cwd().iterdir()] == ["net.toml"]


@pytest.mark.parametrize("name", ["_under.toml", "ü.toml", ".toml", "a" * 90 + ".toml"])
def test_any_file_name_gives_a_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(SMALL)
    assert 1 <= len(load(file).name) <= 80


CLASSES = 'inputs = 2\nloss = "categorical_cross_entropy_from_logits"\n[[layers]]\nunits = 3\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CLASSES + "[values]\nx = [1, 2]\n\nt = [0.5, 0.2, 0.1]",
            "net.toml:8: value 't': t1, t2, t3 do not add up to 1",
        ),
        (CLASSES + "[values]\nt1 = 0.5\nt2 = 0.5\nt3 = 0.5", "net.toml:8: value 't3': t1, t2, t3 do not add up to 1"),
        (
            CLASSES + "[values]\nt2 = 7",
            "net.toml:6: value 't2': the loss does not take the target t2 (expected values from",
        ),
        (
            CLASSES.replace("inputs = 2", "inputs = { t = 2 }"),
            "net.toml:1: an input cannot be called 't'. Another quantity",
        ),
        (
            CLASSES.replace("inputs = 2", "inputs = { b = 2 }"),
            "net.toml:1: the name 'b1' is taken: an element of 'b' is",
        ),
        (
            CLASSES.replace("inputs = 2", "inputs = { p = 2 }"),
            "net.toml:1: an input cannot be called 'p'. Another quantity of the network has that name. Choose one such as p_in",
        ),
        (
            CLASSES + "name = 'a'\n[[layers]]\nunits = 2\nname = 'a'",
            "net.toml:8: layer 2, Dense 'a': two things are called",
        ),
        (CLASSES + "l1 = -1", "net.toml:5: Dense: wrong value for l1 (expected"),
        (
            'equations = ["E = w"]\nloss = "E"\n[[layers]]\nunits = 3',
            "net.toml:3: a network has layers or equations, and",
        ),
    ],
)
def test_what_a_message_is_about_has_its_line(text: str, message: str, read: Read) -> None:
    with pytest.raises(UserError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("loss", "rows", "message"),
    [
        (
            "hinge",
            "[[1, -1, 1],\n[1, 3, 1]]",
            "net.toml:7: value 't': the loss does not take the target t2 (expected",
        ),
        ("categorical_cross_entropy_from_logits", "[[0, 1, 0], [0.5, 0.2, 0.1]]", "t1, t2, t3 do not add up to 1"),
    ],
)
def test_targets_of_the_training_data_are_those_of_the_loss(loss: str, rows: str, message: str, read: Read) -> None:
    text = f'inputs = 2\nloss = "{loss}"\nlayers = [{{units = 3}}]\n[training]\nx = [[1, 2], [3, 4]]\nt = {rows}\n'
    with pytest.raises(UserError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "net.toml:" in str(caught.value)
