"""Networks with a batch at the command line: rows are examples, in print as in files, and make whole batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symprop
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


NET = """
inputs = 2
batch = 3
loss = "mean_squared_error"

[[layers]]
units = 4
activation = "tanh"

[[layers]]
type = "batch_norm"

[[layers]]
units = 1

[values]
mean2_1 = 0.3

[training]
epochs = 6
learning_rate = 0.05
x = [[0.1, 0.2], [0.3, 0.5], [0.9, -0.2], [0.4, 0.4], [0.3, 0.1], [0.8, -0.3]]
t = [[1], [0], [1], [0.5], [0.25], [0.75]]
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    (tmp_path / "net.toml").write_text(NET, encoding="utf-8")
    return "net.toml"


def test_the_summary_has_a_row_for_each_example(run: Run, net: str) -> None:
    result = run("train", net)
    assert (result.code, result.err) == (0, "")
    header, *rows, left_out = (line.split() for line in result.out.rstrip().rsplit("\n\n", 1)[1].splitlines())
    assert header == ["i1", "i2", "a_o1", "t1"]
    assert [(row[0], row[1], row[3]) for row in rows][:2] == [("0.1", "0.2", "1"), ("0.3", "0.5", "0")]
    assert " ".join(left_out) == "(the first 5 of 6 examples)"


def test_json_and_what_is_saved_agree_and_load_again(run: Run, net: str) -> None:
    content = run("train", net, "--json", "--save", "trained.toml").json
    assert len(content["loss"]) == 7
    assert content["loss"][6] < content["loss"][0]
    again = symprop.load("trained.toml")
    assert again.values["mean2"] == [content["parameters"][f"mean2_{k}"] for k in (1, 2, 3, 4)]
    further = run("train", "trained.toml", "--epochs", "1", "--json").json
    assert further["loss"][0] == pytest.approx(content["loss"][6], rel=1e-12)


def test_a_file_of_examples(run: Run, net: str) -> None:
    Path("points.csv").write_text("i1,i2,t1\n" + "0.5,0.25,1\n0.1,0.2,0\n-1,0.4,1\n")
    header, *rows = (line.split() for line in run("train", net, "--data", "points.csv").out.splitlines()[-4:])
    assert header == ["i1", "i2", "a_o1", "t1"]
    assert [row[0] for row in rows] == ["0.5", "0.1", "-1"]


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_rows_that_make_no_whole_batches(command: str, refused: Callable[..., str], net: str) -> None:
    Path("points.csv").write_text("i1,i2,t1\n" + "0.5,0.25,1\n" * 5)
    message = refused(command, net, "--data", "points.csv")
    assert (
        "5 examples do not make whole batches (expected a multiple of 3, the network's batch). Leave out 2, or add 1."
        in message
    )


def test_a_sweep(run: Run, net: str) -> None:
    runs = run("sweep", net, "--learning-rates", "0.001,0.05", "--json").json["runs"]
    fitted = run("train", net, "--learning-rate", "0.05", "--json").json["loss"]
    assert runs[1]["loss"] == pytest.approx(fitted, rel=1e-12)
    assert "0.001" in run("sweep", net, "--learning-rates", "0.001,0.05").out


def test_a_stuck_sweep_names_units_and_not_examples(run: Run) -> None:
    text = NET.replace("units = 1\n", 'units = 1\nactivation = "sigmoid"\n').replace("mean2_1 = 0.3", "b3_1 = 30")
    Path("flat.toml").write_text(text, encoding="utf-8")
    out = run("sweep", "flat.toml", "--learning-rates", "0.001").out
    assert "o1 is saturated: for example " in out
    assert ", where it is steepest, a_o1 = " in out
    assert "the factor da_o1/do1 = a_o1*(1 - a_o1) = " in out
