"""`symprop train`: settings, data, what is saved and drawn, divergence, JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
REFERENCE = {1: 0.01377706212624334, 10: 0.010574552164161715, 100: 0.00061426181097426}
POINTS = "a,b,c,out\n0.5,1,9,1\n0.1,0.2,9,0\n-1,0.4,9,1\n"


def test_json_of_the_worked_example(run: Run) -> None:
    content = run("train", "classroom", "--learning-rate", "0.5", "--epochs", "100", "--json").json
    assert list(content) == ["loss", "parameters", "epochs", "updates", "stopped"]
    assert len(content["loss"]) == 101
    assert content["loss"][0] == pytest.approx(0.014181377937891659, rel=1e-12)
    assert {k: content["loss"][k] for k in REFERENCE} == pytest.approx(REFERENCE, rel=1e-9)
    assert list(content["parameters"]) == [f"w{k}" for k in range(1, 9)]
    assert (content["epochs"], content["stopped"]) == (100, "epochs")


def test_fixed_parameters_stay(run: Run) -> None:
    parameters = run("train", "mazur", "--epochs", "5", "--json").json["parameters"]
    assert (parameters["b1"], parameters["b2"]) == (0.35, 0.6)
    assert parameters["w5"] != 0.4


def test_the_summary(run: Run) -> None:
    result = run("train", "classroom", "--epochs", "1")
    assert result.err == ""
    assert result.out.startswith(
        "classroom: 1 update at learning rate 0.5\nloss before: 0.0141814\nloss after:  0.0137771\n"
    )
    assert "\nParameter  Before     After\n" in result.out
    assert "\nw5            0.4   0.39356\n" in result.out


def test_a_large_network_lists_no_parameters(run: Run) -> None:
    assert "Parameter" not in run("train", "four_layers", "--epochs", "2").out


def test_settings_of_the_file_hold_unless_others_are_given(run: Run) -> None:
    assert run("train", "classroom", "--json").json["epochs"] == 100
    first = run("train", "classroom", "--epochs", "1", "--json").json["loss"]
    faster = run("train", "classroom", "--epochs", "1", "--learning-rate", "2", "--json").json["loss"]
    assert first[0] == faster[0]
    assert faster[1] == pytest.approx(0.01259528577926165, rel=1e-9)


def test_tolerance_stops_early(run: Run) -> None:
    content = run("train", "classroom", "--epochs", "5000", "--tolerance", "0.01", "--json").json
    assert content["stopped"] == "converged"
    assert content["epochs"] == len(content["loss"]) - 1 < 5000
    assert "until the loss settled" in run("train", "classroom", "--epochs", "5000", "--tolerance", "0.01").out


def test_xor_is_learnt(run: Run) -> None:
    assert run("train", "xor", "--json").json["loss"][-1] < 0.01


def test_a_list_of_equations_is_trained(run: Run) -> None:
    content = run("train", "logistic_equations", "--json").json
    assert list(content["parameters"]) == ["w1", "w2", "b"]
    assert content["loss"][-1] < content["loss"][0]


def test_data_from_a_file(run: Run) -> None:
    Path("points.csv").write_text(POINTS)
    positional = run("train", "3-2-1", "--data", "points.csv", "--epochs", "7", "--json").json
    named = ("--data", "points.csv", "--inputs", "a, b,c", "--targets", "out")
    assert run("train", "3-2-1", *named, "--epochs", "7", "--json").json == positional
    fewer = run(
        "train", "2-2-1", "--data", "points.csv", "--inputs", "b,a", "--targets", "out", "--epochs", "7", "--json"
    ).json
    assert len(fewer["parameters"]) == 9


def test_the_seed_draws_the_start(run: Run) -> None:
    Path("points.csv").write_text(POINTS)

    def loss(*options: str) -> list[float]:
        return list(run("train", "3-2-1", "--data", "points.csv", "--epochs", "3", "--json", *options).json["loss"])

    assert loss() == loss("--seed", "0") == loss("--seed", "0")
    assert loss("--seed", "1") != loss()


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_data_of_any_editor(run: Run, ends: str, mark: str) -> None:
    Path("points.csv").write_bytes((mark + POINTS.replace("\n", ends)).encode())
    Path("net.toml").write_bytes((mark + "inputs = 3\n[[layers]]\nunits = 1\n".replace("\n", "\r\n")).encode())
    parameters = run("train", "net.toml", "--data", "points.csv", "--epochs", "1", "--json").json["parameters"]
    assert list(parameters) == ["w1", "w2", "w3", "b_o1"]


def test_a_saved_network_can_be_printed_and_trained_on(run: Run) -> None:
    run("train", "2-3-1", "--activation", "tanh", "--data", points(), "--epochs", "5", "--save", "w.toml")
    assert run("formulas", "w.toml").out.startswith("2-3-1, half squared error\n")
    whole = run("train", "2-3-1", "--activation", "tanh", "--data", points(), "--epochs", "9", "--json").json["loss"]
    rest = run("train", "w.toml", "--data", points(), "--epochs", "4", "--json").json["loss"]
    assert rest == pytest.approx(whole[5:], rel=1e-12)


def test_a_saved_network_goes_on_as_it_went(run: Run) -> None:
    settings = ("--learning-rate", "1", "--epochs", "7", "--tolerance", "1e-9", "--seed", "5")
    run("train", "classroom", *settings, "--save", "w.toml")
    training = {"learning_rate": 1.0, "epochs": 7, "tolerance": 1e-9, "seed": 5}
    assert tomllib.loads(Path("w.toml").read_text())["training"] == training
    assert run("train", "w.toml", "--json").json["epochs"] == 7
    run("train", "w.toml", "--epochs", "3", "--save", "w.toml")
    assert tomllib.loads(Path("w.toml").read_text())["training"] == {**training, "epochs": 3}


@pytest.mark.parametrize("command", ["train", "sweep"])
@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ("units = 1\ntrainable = false", "every parameter is fixed"),
        ('type = "activation"\nactivation = "tanh"', "there are no parameters"),
        ("units = 1", ""),
    ],
)
def test_why_nothing_is_trained(run: Run, command: str, layer: str, why: str) -> None:
    Path("net.toml").write_text(f"inputs = 1\n[[layers]]\n{layer}\n[training]\nx = [[2]]\nt = [[1]]\n")
    result = run(command, "net.toml", "--epochs", "5")
    assert result.code == 0
    assert result.err == (f"nothing is trained, so nothing will change: {why}\n" if why else "")


def points() -> str:
    """A file of examples for two inputs and one output."""
    Path("two.csv").write_text("a,b,out\n0.5,1,1\n0.1,0.2,0\n-1,0.4,1\n")
    return "two.csv"


@pytest.mark.parametrize("file", ["points.csv", "w.json", "w.npz"])
def test_another_file_is_no_network(refused: Run, tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text(POINTS)
    assert f"{file}: this is no network file. " in refused("train", file)


@pytest.mark.parametrize("suffix", ["toml", "json", "npz"])
def test_save(run: Run, suffix: str) -> None:
    result = run("train", "classroom", "--epochs", "3", "--save", f"w.{suffix}")
    assert result.out.endswith(f"wrote w.{suffix}\n")
    expected = run("train", "classroom", "--epochs", "3", "--json").json["parameters"]
    assert saved(f"w.{suffix}") == [[expected["w1"], expected["w2"]], [expected["w3"], expected["w4"]]]


def saved(file: str) -> Any:
    """The first weight matrix in a file, its rows in order."""
    if file.endswith(".toml"):
        found = tomllib.loads(Path(file).read_text())["values"]["W1"]
    elif file.endswith(".json"):
        found = json.loads(Path(file).read_text())["parameters"]["W1"]
    else:
        import numpy

        found = numpy.load(file)["W1"]
    return [list(row) for row in found]


@pytest.mark.parametrize(("file", "start"), [("loss.png", b"\x89PNG"), ("loss.svg", b"<?xml")])
def test_plot(run: Run, file: str, start: bytes) -> None:
    assert f"wrote {file}" in run("train", "classroom", "--epochs", "3", "--plot", file).out
    assert Path(file).read_bytes().startswith(start)


EXPLODING = """
inputs = 2
loss = "squared_error"
[[layers]]
units = 2
bias = false
[training]
learning_rate = 1e6
epochs = 1000
x = [[1, 2], [3, 1]]
t = [[1, 0], [0, 1]]
"""


def test_divergence_is_a_finding(run: Run) -> None:
    Path("net.toml").write_text(EXPLODING)
    result = run("train", "net.toml", "--json", "--save", "w.json")
    assert result.code == 1
    content = json.loads(result.out)
    assert content["stopped"] == "diverged"
    assert result.err == (
        f"diverged: the loss or a parameter was not finite after update {content['epochs'] + 1}, which is undone\n"
    )
    assert all(isinstance(value, float) for value in content["loss"])
    assert all(abs(value) < float("inf") for value in content["parameters"].values())
    assert Path("w.json").exists()


def test_divergence_in_print(run: Run) -> None:
    Path("net.toml").write_text(EXPLODING)
    result = run("train", "net.toml")
    assert result.code == 1
    assert "until it diverged" in result.out
    assert "diverged: the loss" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--epochs", "0"), "the number of epochs is a whole number from 1 (got 0)"),
        (("--epochs", "-3"), "the number of epochs is a whole number from 1 (got -3)"),
        (("--epochs", "1.5"), "invalid value for '--epochs': '1.5' is not a whole number. See 'symprop train --help'."),
        (("--epochs", "99999999999"), "too many epochs"),
        (("--learning-rate", "-1"), "a learning rate is a positive number (got -1.0)"),
        (("--learning-rate", "nan"), "a learning rate is a positive number (got nan)"),
        (("--learning-rate", "inf"), "a learning rate is a positive number, and finite (got inf)"),
        (("--learning-rate", "fast"), "invalid value for '--learning-rate': 'fast' is not a number. See"),
        (("--tolerance", "-1"), "a tolerance is a number from 0 (got -1.0)"),
        (("--learning-rate", "0,5"), "'0,5' is not a number. Write 0.5. See 'symprop train --help'."),
        (("--seed", "-1"), "a seed is a whole number from 0 (got -1)"),
        (
            ("--seed", "9" * 20),
            "the seed is too large (expected at most 9,223,372,036,854,775,807, got 99,999,999,999,999,999,999)",
        ),
        (("--save", "w.toml/"), "w.toml/: cannot write a file here: it is a directory"),
        (("--data", "points.csv", "--targets", "C"), "there is no column 'C'. Did you mean 'c'?"),
        (("--lr", "1"), "unknown option '--lr'. Known: --activation, --ascii, --backend, --batch-size, --data,"),
        (("--epoch", "1"), "unknown option '--epoch'. Did you mean '--epochs'?"),
        (("--data",), "option '--data' requires an argument. See 'symprop train --help'."),
        (("--data", "empty.csv"), "empty.csv: the file is empty. The first row names the columns, such as"),
        (("--data", "head.csv"), "head.csv: there are no rows after the header"),
        (("--data", "binary.csv"), "binary.csv:1: the file is not UTF-8 text"),
        (("--data", "."), ".: cannot read the file: Is a directory"),
        (("--save", "folder.toml"), "folder.toml: cannot write a file here: it is a directory"),
        (("--epochs", "9" * 30), "too many epochs (expected at most 10,000,000"),
        (("--plot", "x.gif"), "x.gif: a picture cannot have this format"),
        (
            ("--save", "x.csv"),
            "x.csv: a file of parameters cannot have this format (expected .toml, .json, .npz, got .csv)",
        ),
        (("--plot", "no/x.png"), "no/x.png: cannot write the file: its directory does not exist"),
        (("--save", "no/x.toml"), "no/x.toml: cannot write the file: its directory does not exist"),
        (("--inputs", "a"), "--inputs names columns of a file, and none is given. Add --data FILE.csv."),
        (("--data", "none.csv"), "none.csv: cannot read the file"),
        (
            ("--data", "short.csv"),
            "short.csv: wrong number of columns (expected 2 of inputs, then 2 of targets, got 3)",
        ),
        (("--data", "points.csv", "--inputs", "a,,b"), "--inputs lacks a name"),
        (
            ("--data", "points.csv", "--inputs", "a,bb", "--targets", "c,out"),
            "there is no column 'bb'. Did you mean 'b'?",
        ),
        (("--data", "hole.csv"), "hole.csv:3: the cell in column 'b' is missing"),
        (("--data", "word.csv"), "word.csv:2: the cell in column 'd' is not a number (expected a number, got 'x')"),
    ],
)
def test_what_cannot_be_trained(refused: Run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "points.csv").write_text("a,b,c,out\n1,2,3,4\n")
    (tmp_path / "short.csv").write_text("a,b,c\n1,2,3\n")
    (tmp_path / "hole.csv").write_text("a,b,c,d\n1,2,3,4\n1,,3,4\n")
    (tmp_path / "word.csv").write_text("a,b,c,d\n1,2,3,x\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "head.csv").write_text("a,b,c,d\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(128, 256)))
    (tmp_path / "folder.toml").mkdir()
    assert message in refused("train", "classroom", *arguments)


def test_a_network_without_data(refused: Run) -> None:
    message = "the network has no data to train on: 'i1' has no value. Add --data FILE.csv"
    assert message in refused("train", "2-3-1")


def test_an_interruption_after_saving_tells_of_the_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symprop.cli.train.summary", interrupted)
    result = run("train", "classroom", "--epochs", "2", "--save", "w.toml")
    assert (result.code, result.out) == (130, "")
    assert result.err == "wrote w.toml\ninterrupted: the command did not come to its end\n"
    assert Path("w.toml").exists()
