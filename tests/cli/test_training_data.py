"""Where a command's examples come from: a file, else the network's rows, else the one among its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symprop
from symprop.cli.training_data import training_data
from symprop.errors import UserError
from symprop.ir.tensor import Role
from symprop.training.sample import draw_sample

DERIVATION = symprop.load("3-1").derive()


def test_a_file_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("t,a,b,c\n1,2,3,4\n5,6,7,8\n")
    x, t = training_data(DERIVATION, str(file), targets="t")
    assert (x.tolist(), t.tolist()) == ([[2, 3, 4], [6, 7, 8]], [[1], [5]])
    x, t = training_data(DERIVATION, str(file), inputs=" c ,b, a")
    assert (x.tolist(), t.tolist()) == ([[4, 3, 2], [8, 7, 6]], [[1], [5]])


def test_a_file_for_equations_holds_inputs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "points.csv"
    file.write_text("x,t\n2,1\n3,5\n")
    line = symprop.Equations(["E = (t - w*x)**2"], loss="E", parameters=["w"]).derive()
    x, t = training_data(line, str(file))
    assert line.evaluation.columns(Role.INPUT) == ["t", "x"]
    assert (x.tolist(), t) == ([[1, 2], [5, 3]], None)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("header", "taken"), [("a,b", "a, b are taken for t, x"), ("x,a", "x, a are taken for t, x"), ("t,x", "")]
)
def test_columns_of_other_names_go_by_order_with_a_note(
    header: str, taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "points.csv"
    file.write_text(f"{header}\n2,1\n3,5\n")
    line = symprop.Equations(["E = (t - w*x)**2"], loss="E", parameters=["w"]).derive()
    assert training_data(line, str(file))[0].tolist() == [[2, 1], [3, 5]]
    assert capsys.readouterr().err == (f"{file}: the columns {taken}, by their order\n" if taken else "")


def test_columns_of_a_networks_own_need_no_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "points.csv"
    file.write_text("age,height,weight,ill\n1,2,3,4\n")
    assert training_data(DERIVATION, str(file))[0].tolist() == [[1, 2, 3]]
    assert capsys.readouterr().err == ""
    file.write_text("t1,i1,i2,extra\n1,2,3,4\n")
    assert training_data(DERIVATION, str(file))[0].tolist() == [[1, 2, 3]]
    assert "the columns t1, i1, i2, extra are taken for i1, i2, i3, t1, by their order" in capsys.readouterr().err


def test_the_networks_rows_come_before_its_values() -> None:
    x, t = training_data(symprop.load("xor").derive())
    assert (len(x), len(t)) == (4, 4)
    assert training_data(symprop.load("mazur").derive()) == ([[0.05, 0.1]], [[0.01, 0.99]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, "a", None), "--inputs names columns of a file, and none is given. Add --data FILE.csv."),
        ((None, None, "a"), "--targets names columns"),
        (("points.csv", "a,,b", None), "--inputs lacks a name"),
        ((None, None, None), "'i1' has no value. Add --data FILE.csv, x and t under"),
    ],
)
def test_what_is_missing_is_said(arguments: tuple[str | None, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        training_data(DERIVATION, *arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize("network", ["transformer_block", "2-3-1", "logistic_equations"])
def test_an_example_is_drawn_as_for_pages_and_workbooks(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    derivation = symprop.load(network).derive()
    x, t = training_data(derivation, draw=True)
    sample = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    assert (x or (), t or ()) == (sample.x, sample.t)
    said = capsys.readouterr().err
    drawn = [name for name in sample.drawn if name not in sample.parameters]
    assert ("drawn at random with seed 0; training can only learn them by heart" in said) == bool(drawn)


def test_own_data_are_not_drawn_anew(capsys: pytest.CaptureFixture[str]) -> None:
    x, t = training_data(symprop.load("mazur").derive(), draw=True)
    assert (np.array(x).tolist(), np.array(t).tolist()) == ([[0.05, 0.1]], [[0.01, 0.99]])
    assert not capsys.readouterr().err


def test_data_and_an_example_to_draw_are_not_both_given() -> None:
    with pytest.raises(UserError, match="--data and --sample are both given"):
        training_data(DERIVATION, "points.csv", draw=True)
