"""What a user may name a network by: examples, files and shorthands; and what is none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symprop import examples
from symprop.errors import BudgetError, UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.network_file import load
from symprop.rules.custom import activation_from_text, loss_from_text

SMALL = 'inputs = 2\n[[layers]]\nunits = 3\nactivation = "tanh"\n'


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "my net.toml"
    file.write_text(SMALL)
    expected = NetworkSpec(2, [Dense(3, "tanh")], name="my net")
    assert load(file) == load(str(file)) == expected


def test_an_example_goes_before_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xor").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    assert load("xor").name == "xor"
    assert load("./xor") == load(Path("xor")) == NetworkSpec(2, [Dense(3, "tanh")], name="xor")


@pytest.mark.parametrize("name", examples.names())
def test_every_example_loads(name: str) -> None:
    assert load(name).name == name


def test_a_shorthand_is_a_network_of_sigmoids() -> None:
    layers = [Dense(3, "sigmoid", "unit"), Dense(1, "sigmoid", "unit")]
    assert load("2-3-1") == NetworkSpec(2, layers, "half_squared_error", name="2-3-1")
    assert load("784-0128-10").layers == (Dense(128, "sigmoid"), Dense(10, "sigmoid"))  # type: ignore[union-attr]


def test_a_shorthand_takes_options() -> None:
    found = load("2-3-1", activation="tanh", loss="huber", bias=False)
    assert found == NetworkSpec(2, [Dense(3, "tanh", False), Dense(1, "tanh", False)], "huber", name="2-3-1")
    own, loss = activation_from_text("own", "x**3"), loss_from_text("mine", "(a - t)**4")
    assert load("2-3", activation=own, loss=loss, bias="layer") == NetworkSpec(2, [Dense(3, own, "layer")], loss, "2-3")


def test_a_long_shorthand_has_a_short_name() -> None:
    found = load("-".join(["3"] * 42))
    assert (len(found.layers), found.name) == (41, "network of 41 layers")
    assert load("-".join(["3"] * 40)).name == "-".join(["3"] * 40)


@pytest.mark.parametrize(
    ("shorthand", "message"),
    [
        ("2-2-2-", "shorthand '2-2-2-': a size is missing beside a dash. Write sizes"),
        ("2--2", "a size is missing beside a dash"),
        ("-2-3", "a size is missing beside a dash"),
        ("-2", "a size is missing beside a dash"),
        ("2", "shorthand '2': a network needs inputs and at least one layer"),
        ("0-2", "a layer needs at least one unit (expected sizes from 1, got 0)"),
        ("2-00", "a layer needs at least one unit"),
        ("2-2.5", "'2.5' is no size"),
        ("2 - 3", "'2 ' is no size"),
        (
            "2x3x1",
            "'2x3x1' is no size (expected whole numbers). Write sizes from the inputs to the outputs, such as 2-3-1.",
        ),
        ("2–3", "'2–3' is no size"),
        ("٢-٣", "'٢' is no size"),
    ],
)
def test_a_mistyped_shorthand_is_explained(shorthand: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(shorthand)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("shorthand", "message"),
    [
        ("2-1000001", "layer 1, Dense: the layer is too large (expected at most 1,000,000 units, got 1,000,001)"),
        ("1000001-2", "the input is too large"),
        ("2-" + "9" * 5000, "a layer is too large (expected at most 1,000,000 units, got 9999999999999999999…)"),
        ("100000-100000", "the network is too large"),
        ("-".join("1" * 1002), "too many layers (expected at most 1,000, got 1,001)"),
    ],
)
def test_an_absurd_shorthand_is_refused(shorthand: str, message: str) -> None:
    with pytest.raises(BudgetError) as caught:
        load(shorthand)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "sigmod"}, "unknown activation 'sigmod'. Did you mean 'sigmoid'?"),
        ({"loss": "hubert"}, "unknown loss 'hubert'. Did you mean 'huber'?"),
        ({"bias": "both"}, "unknown kind of bias"),
        ({"loss": "binary_cross_entropy", "activation": "tanh"}, "takes outputs between 0 and 1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load("2-3", **options)
    assert message in str(caught.value)


@pytest.mark.parametrize("options", [{"activation": "tanh"}, {"loss": "huber"}, {"bias": False}])
def test_options_are_for_shorthands_alone(options: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_text(SMALL)
    for network in ("classroom", file):
        with pytest.raises(
            UserError, match=f"^the {next(iter(options))} of .* stands in its file. Give it for a shorthand"
        ):
            load(network, **options)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("clasroom", "clasroom: no such file, and no such example. Did you mean 'classroom'?"),
        ("nothing/like/it", "no such file, and no such example. Known: classroom, "),
        ("no.toml", "no.toml: no such file. Known: classroom, "),
        ("xors.toml", "xors.toml: no such file. Did you mean 'xor'?"),
        ("", "'': no such file"),
        ("a\0b", "'a\\x00b': no such file"),
        ("long" * 2000, "longlonglong"),
        (3, "a network is named by text or a path (got int)"),
        (None, "a network is named by text or a path (got NoneType)"),
    ],
)
def test_what_is_no_network_is_refused(network: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(network)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300
