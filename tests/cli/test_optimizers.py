"""`train` and `sweep` with optimizers, schedules, batches, back ends and number formats: what is given, saved and refused."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symprop import UpdateRule, load
from symprop.backends import BACKENDS
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


POINTS = "a,b,c,out\n0.5,1,9,1\n0.1,0.2,9,0\n-1,0.4,9,1\n2,0,1,0\n0,0.1,3,1\n"
X, T = [[0.5, 1, 9], [0.1, 0.2, 9], [-1, 0.4, 9], [2, 0, 1], [0, 0.1, 3]], [[1], [0], [1], [0], [1]]
ADAM = ("--optimizer", "adam", "--learning-rate", "0.05", "--set", "beta1=0.8", "--set", "clip_norm=0.5")
BATCHES = ("--schedule", "cosine", "--batch-size", "2", "--epochs", "4", "--seed", "3")
NET = """
inputs = 3
[[layers]]
units = 2
[training]
optimizer = "adam"
beta1 = 0.7
clip_value = 3.0
schedule = "cosine"
final = 0.1
learning_rate = 0.02
batch_size = 2
epochs = 3
x = [[1, 2, 3], [2, 0, 1], [0, 1, 1]]
t = [[1, 0], [0, 1], [1, 1]]
"""


@pytest.fixture
def data() -> str:
    Path("points.csv").write_text(POINTS)
    return "points.csv"


def test_it_is_what_fit_does(run: Run, data: str) -> None:
    content = run("train", "3-2-1", "--data", data, *ADAM, *BATCHES, "--json").json
    model, rule = load("3-2-1").derive().compile(), UpdateRule("adam", "cosine", {"beta1": 0.8, "clip_norm": 0.5})
    history = model.fit(X, T, 0.05, 4, seed=3, update=rule, batch_size=2)
    assert content["loss"] == history.losses
    assert (content["epochs"], content["updates"], len(content["loss"])) == (4, 12, 13)
    assert content["parameters"]["w1"] == history.parameters["W1"][0, 0]


@pytest.mark.parametrize(
    "changed",
    [
        ("--optimizer", "adamw"),
        ("--schedule", "constant"),
        ("--set", "beta2=0.9"),
        ("--batch-size", "3"),
        ("--no-shuffle",),
        ("--seed", "4"),
    ],
)
def test_every_option_changes_the_run(run: Run, data: str, changed: tuple[str, ...]) -> None:
    usual = ["train", "3-2-1", "--data", data, *ADAM, *BATCHES, "--json"]
    other = [*usual, *changed]
    if changed[0] in usual and changed[0] != "--set":  # given once, with the other value
        place = usual.index(changed[0])
        other = [*usual[:place], *changed, *usual[place + 2 :]]
    assert run(*other).json["loss"][-1] != run(*usual).json["loss"][-1]


def test_the_summary_says_what_was_done(run: Run, data: str) -> None:
    out = run("train", "3-2-1", "--data", data, *ADAM, *BATCHES).out
    assert out.startswith("3-2-1: 12 updates by adam at learning rate 0.05 (cosine)\nloss before: ")
    assert [line[-15:] for line in out.splitlines()[1:3]] == [" (of one batch)"] * 2


def test_the_usual_rate_is_the_optimizers(run: Run) -> None:
    assert "at learning rate 0.001\n" in run("train", "classroom", "--optimizer", "adam", "--epochs", "2").out


def test_a_saved_network_keeps_its_rule(run: Run) -> None:
    Path("net.toml").write_text(NET)
    run("train", "net.toml", "--save", "same.toml")
    assert training("same.toml") == tomllib.loads(NET)["training"]
    run("train", "net.toml", "--optimizer", "momentum", "--set", "momentum=0.5", "--no-shuffle", "--save", "w.toml")
    kept = {"clip_value": 3.0, "schedule": "cosine", "final": 0.1, "learning_rate": 0.02, "batch_size": 2, "epochs": 3}
    own = {"optimizer": "momentum", "momentum": 0.5, "shuffle": False}
    assert {key: value for key, value in training("w.toml").items() if key not in "xt"} == {**kept, **own}
    assert run("train", "w.toml").out.startswith("net: 6 updates by momentum at learning rate 0.02 (cosine)\n")


def test_a_saved_shorthand_has_its_rule(run: Run, data: str) -> None:
    run("train", "3-2-1", "--data", data, "--optimizer", "adam", "--save", "w.toml")
    expected = {"learning_rate": 0.001, "optimizer": "adam", "schedule": "constant"}
    assert training("w.toml") == expected


def training(file: str) -> dict[str, Any]:
    return dict(tomllib.loads(Path(file).read_text())["training"])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("dtype", "digits"), [("float64", 1e-9), ("float32", 1e-4)])
def test_every_back_end_trains(run: Run, data: str, backend: str, dtype: str, digits: float) -> None:
    usual = ("train", "3-2-1", "--data", data, *ADAM, *BATCHES, "--json")
    result = run(*usual, "--backend", backend, "--dtype", dtype, "--verbose")
    assert result.json["loss"] == pytest.approx(run(*usual).json["loss"], rel=digits)
    assert result.err == f"back end {backend}, as asked; numbers are {dtype}\n"


def test_verbose_names_the_default(run: Run) -> None:
    result = run("sweep", "classroom", "--epochs", "2", "--verbose")
    assert re.match(
        r"back end \w+, estimated for \d+ updates, compiling included: .*; numbers are float64\n", result.err
    )


def test_a_sweep_over_rates_and_seeds(run: Run, data: str) -> None:
    options = ("--learning-rates", "0.02,0.3", "--seeds", "5,1", "--optimizer", "adam", "--batch-size", "2")
    usual = ("sweep", "3-2-1", "--data", data, "--epochs", "6", *options)
    runs = run(*usual, "--json").json["runs"]
    assert [(each["learning_rate"], each["seed"]) for each in runs] == [(0.02, 5), (0.02, 1), (0.3, 5), (0.3, 1)]
    for each in runs:
        alone = ("--learning-rate", str(each["learning_rate"]), "--seed", str(each["seed"]), "--optimizer", "adam")
        loss = run("train", "3-2-1", "--data", data, "--epochs", "6", "--batch-size", "2", *alone, "--json").json[
            "loss"
        ]
        assert each["loss"] == pytest.approx(loss, rel=1e-9)
    lines = run(*usual, "--plot", "runs.svg").out.splitlines()
    assert lines[0] == "3-2-1: 18 updates by adam at each learning rate and seed"
    assert lines[2].split()[:4] == ["Rate", "Seed", "Loss", "before"]
    assert [line.split()[:2] for line in lines[3:7]] == [["0.02", "5"], ["0.02", "1"], ["0.3", "5"], ["0.3", "1"]]
    assert Path("runs.svg").stat().st_size > 1000


def test_reasons_name_rate_and_seed(run: Run) -> None:
    found = run("sweep", "classroom", "--learning-rates", "1000", "--seeds", "0,7", "--json").err.splitlines()
    told = [line.partition(":")[0] for line in found if line.startswith("Rate")]
    assert told == ["Rate 1000, seed 0, stuck", "Rate 1000, seed 7, stuck"]


def test_the_usual_rates_are_about_the_optimizers(run: Run) -> None:
    runs = run("sweep", "classroom", "--optimizer", "adam", "--epochs", "2", "--json").json["runs"]
    assert [each["learning_rate"] for each in runs] == [0.0002, 0.0004, 0.001, 0.0016, 0.002, 0.004, 0.02, 0.2, 2.0]


@pytest.mark.parametrize(
    "layers",
    [
        '[[layers]]\nunits = 4\n[[layers]]\ntype = "dropout"\nrate = 0.5\n',
        '[[layers]]\ntype = "embedding"\nvocabulary = 10\ndimension = 2\n[[layers]]\ntype = "flatten"\n',
    ],
    ids=["dropout", "embedding"],
)
@pytest.mark.parametrize("command", ["train", "sweep"])
def test_layers_that_are_fed_anew_are_trained(run: Run, command: str, layers: str) -> None:
    Path("net.toml").write_text(f"inputs = 3\n{layers}[[layers]]\nunits = 1\nactivation = 'sigmoid'\n")
    Path("whole.csv").write_text("a,b,c,out\n1,2,9,1\n0,0,9,0\n3,4,1,0\n")
    options = ("--data", "whole.csv", "--epochs", "5", "--batch-size", "2", "--json")
    rates = ("--learning-rates", "0.1,1") if command == "sweep" else ()
    content = run(command, "net.toml", *options, *rates).json
    for each in content.get("runs", [content]):
        assert len(each["loss"]) == 11
        assert np.isfinite(each["loss"]).all()


@pytest.mark.parametrize("command", ["train", "sweep"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--optimizer", "momemtum"), "unknown optimizer 'momemtum'. Did you mean 'momentum'?"),
        (("--schedule", "cosin"), "unknown schedule 'cosin'. Did you mean 'cosine'?"),
        (("--set", "momentun=0.5", "--optimizer", "momentum"), "has no setting 'momentun'. Did you mean 'momentum'?"),
        (("--set", "beta1=0.5"), "sgd with the schedule constant has no setting 'beta1'."),
        (
            ("--optimizer", "adam", "--set", "beta1=1"),
            "wrong value for 'beta1' (expected a number from 0 to below 1, got 1)",
        ),
        (("--set", "clip_norm=-1"), "wrong value for 'clip_norm' (expected a number above 0, got -1)"),
        (("--set", "weight_decay=nan"), "wrong value for 'weight_decay' (expected a number from 0, got nan)"),
        (("--set", "beta1"), "--set has no number (expected a name and a number, such as beta1=0.8, got 'beta1')"),
        (("--set", "beta1=x"), "--set has no number"),
        (("--batch-size", "0"), "a batch size is a whole number from 1 (got 0)"),
        (("--backend", "nump"), "unknown back end 'nump'. Did you mean 'numpy'?"),
        (("--dtype", "float16"), "the back end 'numpy' has no number format 'float16' (expected float64 or float32)"),
        (
            ("--backend", "numpy", "--dtype", "bfloat16"),
            "'bfloat16' (expected float64 or float32). The back end 'jax' has it.",
        ),
    ],
)
def test_what_is_refused(refused: Run, command: str, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused(command, "classroom", *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seeds", "1,x"), "--seeds has 'x' (expected whole numbers with commas between them, such as 0,1,2"),
        (("--seeds", "1,,2"), "--seeds has ''"),
        (("--seeds", "-1"), "a seed is a whole number from 0 (got -1)"),
        (("--seeds", "1,1"), "a seed is given twice (got 1, 1)"),
        (("--seeds", "1,2", "--seed", "3"), "--seed and --seeds are both given. Leave one of them out."),
        (("--seeds", ",".join(map(str, range(500)))), "wrong number of runs (expected 1 to 1000, got 9 rates with 500"),
    ],
)
def test_seeds_that_are_refused(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("sweep", "classroom", *arguments)


@pytest.mark.parametrize(("backend", "extra"), [("jax", "jax"), ("numba", "fast")])
def test_a_back_end_that_is_not_installed(
    refused: Run, monkeypatch: pytest.MonkeyPatch, backend: str, extra: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"symprop.backends.{backend}")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, backend, None)
    message = refused("train", "classroom", "--backend", backend)
    assert f"the back end '{backend}' needs the package '{backend}'" in message
    assert f"Install it: python -m pip install 'symprop[{extra}]'" in message


def test_a_setting_without_a_name_or_given_twice_is_refused(refused: Run) -> None:
    assert "--set has no name" in refused("train", "classroom", "--set", "=3")
    message = refused("train", "classroom", "--optimizer", "adam", "--set", "beta1=0.8", "--set", "beta1=0.7")
    assert "--set gives 'beta1' twice" in message
    message = refused("train", "classroom", "--set", "learning_rate=3")
    assert "'learning_rate' is not given by --set. Use --learning-rate." in message
    assert "a number from 0, and finite, got inf" in refused("train", "classroom", "--set", "weight_decay=inf")
