"""`symprop sweep`: the table, the verdicts with their reasons, the picture, JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.cli.reported import PICTURES
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


def test_json_of_the_worked_example(run: Run) -> None:
    result = run("sweep", "classroom", "--learning-rates", "0.1,2,1000", "--epochs", "100", "--json")
    (content,) = result.json.values()
    assert [list(each) for each in content] == [["learning_rate", "seed", "loss", "verdict"]] * 3
    assert [each["learning_rate"] for each in content] == [0.1, 2, 1000]
    assert [each["verdict"] for each in content] == ["converging", "converged", "stuck"]
    assert [len(each["loss"]) for each in content] == [101] * 3
    assert content[2]["loss"][100] == pytest.approx(0.24999665832775045, rel=1e-9)
    assert result.err.startswith("Rate 1000, stuck: o1 and o2 are saturated: ")


def test_the_table(run: Run) -> None:
    out = run("sweep", "classroom", "--learning-rates", "0.5,1000").out
    lines = out.splitlines()
    assert lines[0] == "classroom: 100 updates at each learning rate"
    assert lines[2].split() == ["Rate", "Loss", "before", "after", "1", "after", "10", "after", "100", "Verdict"]
    assert lines[3].split() == ["0.5", "0.0141814", "0.0137771", "0.0105746", "0.000614262", "converging"]
    assert lines[4].split()[-1] == "stuck"
    assert "Rate 1000, stuck: o1 and o2 are saturated: a_o1 = " in out
    assert "a_o1*(1 - a_o1)" in out


def test_the_rates_of_the_worked_example_are_the_default(run: Run) -> None:
    rates = [each["learning_rate"] for each in run("sweep", "classroom", "--epochs", "2", "--json").json["runs"]]
    assert rates == [0.1, 0.2, 0.5, 0.8, 1, 2, 10, 100, 1000]


def test_a_run_that_diverges_leaves_the_others_alone(run: Run) -> None:
    Path("net.toml").write_text(
        "inputs = 1\nloss = 'squared_error'\n[[layers]]\nunits = 1\nbias = false\n[values]\nx = [1]\nt = [2]\nW1 = [[1]]\n"
    )
    result = run("sweep", "net.toml", "--learning-rates", "0.1,1e200", "--epochs", "50", "--json")
    assert [each["verdict"] for each in result.json["runs"]] == ["converged", "diverged"]
    assert "Rate 1e+200, diverged: After update 1 the loss or a parameter is not finite" in result.err
    assert " - " in run("sweep", "net.toml", "--learning-rates", "0.1,1e200", "--epochs", "50").out


def test_help_says_that_divergence_is_no_failure(run: Run) -> None:
    assert "The exit code is 0 for all of them" in " ".join(run("sweep", "--help").out.split())


@pytest.mark.parametrize(("file", "start"), [("rates.png", b"\x89PNG"), ("rates.svg", b"<?xml")])
def test_plot(run: Run, file: str, start: bytes) -> None:
    assert run("sweep", "classroom", "--learning-rates", "0.5,2", "--epochs", "5", "--plot", file).out.endswith(
        f"wrote {file}\n"
    )
    assert Path(file).read_bytes().startswith(start)


def test_data_and_seed(run: Run) -> None:
    Path("points.csv").write_text("a,b,out\n0.5,1,1\n0.1,0.2,0\n")
    options = ("--data", "points.csv", "--learning-rates", "0.5", "--epochs", "3", "--json")
    first, second = (run("sweep", "2-2-1", *options, "--seed", seed).json for seed in "12")
    assert first != second


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--learning-rates", "0.1,x"), "--learning-rates has 'x' (expected numbers with commas between them"),
        (("--learning-rates", ""), "--learning-rates has ''"),
        (("--learning-rates", "0.1,,2"), "--learning-rates has ''"),
        (("--learning-rates", "0.1,-2"), "a learning rate is a positive number (got -2.0)"),
        (("--learning-rates", "0.1,2,1e-1"), "a learning rate is given twice (got 0.1)"),
        (("--learning-rates", "0.1,inf"), "a learning rate is a positive number, and finite (got inf)"),
        (("--learning-rates", ",".join(["1"] * 1001)), "wrong number of learning rates (expected 1 to 1000, got 1001)"),
        (("--epochs", "0"), "the number of epochs is a whole number from 1 (got 0)"),
        (("--epochs", "9000000"), "the sweep is too long (expected at most 20,000,000 updates of all runs together"),
        (("--plot", "x.bmp"), "x.bmp: a picture cannot have this format"),
        (("--plot", "no/x.png"), "no/x.png: cannot write the file"),
    ],
)
def test_what_cannot_be_swept(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("sweep", "classroom", *arguments)
    assert message in refused("sweep", "classroom", *arguments, "--json")


def test_a_report_is_written_with_its_pictures(run: Run) -> None:
    result = run("sweep", "classroom", "--learning-rates", "2,1000", "--epochs", "5", "--report", "r.md")
    assert result.out.endswith("".join(f"wrote {file}\n" for file in ("r.md", *(f"r.{name}.svg" for name in PICTURES))))
    assert "## Learning rate 1000: stuck" in Path("r.md").read_text(encoding="utf-8")
    assert Path("r.curves.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_report_as_a_page_beside_json(run: Run) -> None:
    result = run("sweep", "xor", "--learning-rates", "0.5", "--epochs", "3", "--report", "r.html", "--json")
    assert len(result.json["runs"]) == 1
    assert "Learning rate 0.5" in Path("r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("picture", PICTURES)
def test_a_report_replaces_no_picture_of_another(refused: Run, run: Run, picture: str) -> None:
    mine = Path(f"r.{picture}.svg")
    mine.write_text("mine")
    assert f"{mine}: a file of this name is there" in refused("sweep", "classroom", "--report", "r.md")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["r.pdf", "r", "no/r.md"])
def test_a_report_that_could_not_be_written_is_refused_before_the_training(refused: Run, name: str) -> None:
    expected = (
        "its directory does not exist" if "/" in name else "a report cannot have this format (expected .md, .html"
    )
    assert expected in refused("sweep", "classroom", "--report", name)


def test_seeds_that_make_no_difference_and_runs_that_are_too_short_are_noted(run: Run) -> None:
    noted = run("sweep", "classroom", "--seeds", "1,2", "--learning-rates", "0.5,1000", "--epochs", "2").err
    assert "note: the seeds make no difference: nothing that these runs use is drawn at random." in noted
    assert "note: after 2 updates a verdict says little" in noted
    Path("points.csv").write_text("a,b,y\n0.1,0.2,0.3\n0.4,0.1,0.9\n")
    options = ("--data", "points.csv", "--seeds", "1,2", "--learning-rates", "0.5", "--epochs", "20")
    assert "note: the seeds" not in run("sweep", "2-2-1", *options).err
    assert "note: " not in run("sweep", "classroom", "--learning-rates", "0.5", "--epochs", "20").err
