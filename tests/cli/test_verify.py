"""`symprop verify`: one line for each parameter; a gradient that is wrong is a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sympy

from symprop import load
from symprop.derivation.local import LocalDerivatives
from symprop.ir.nodes import Elementwise
from symprop.notation.formula import Formula, Transpose
from symprop.views.matrix import MatrixView
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


def test_every_parameter_has_a_line(run: Run) -> None:
    lines = run("verify", "xor").out.splitlines()
    assert [line.split()[0] for line in lines[:6]] == ["Parameter", "W1", "b1", "W2", "b2", "At"]
    assert all(line.endswith("agrees") for line in lines[1:5])
    assert "8 of 8" in lines[1]


def test_the_point_is_printed(run: Run) -> None:
    result = run("verify", "2-2", "--points", "2")
    point = run("verify", "2-2", "--points", "2", "--json").json["parameters"][0]["point"]
    below = " ".join(" ".join(result.out.splitlines()[3:]).split())
    assert ", ".join(f"{name} = {value}" for name, value in point.items()) in below
    assert "(326 numbers in all)" in " ".join(run("verify", "transformer_block").out.split())


def test_few_digits_raise_no_false_alarm() -> None:
    derivation = load("3-4-2").derive()
    assert all(derivation.verify(digits=15, seed=seed).ok for seed in (8, 11, 25))


def test_the_point_and_what_was_left_out_are_said(run: Run) -> None:
    result = run("verify", "2-2", "--seed", "4")
    assert "note: at a random point of seed 4, off every kink" in result.err
    assert result.out.splitlines()[1].split() == ["W1", "4", "of", "4", *result.out.splitlines()[1].split()[4:]]
    assert "index, matrix, scalar" in result.out


def test_several_quantities_may_be_named(run: Run) -> None:
    lines = run("verify", "3-2-1", "--wrt", "x", "--wrt", "W2").out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["x", "W2"]


def test_json(run: Run) -> None:
    content = run("verify", "3-2", "--activation", "mish", "--points", "2", "--seed", "4", "--json").json
    assert list(content) == ["ok", "checked", "max_relative_error", "parameters"]
    assert (content["ok"], content["checked"]) == (True, 8)
    found = content["parameters"]
    assert [(entry["parameter"], entry["directions"], entry["size"]) for entry in found] == [("W1", 6, 6), ("b1", 2, 2)]
    assert all(entry["max_relative_error"] <= content["max_relative_error"] < 1e-20 for entry in found)
    assert all(set(entry["views"]) == {"index", "matrix", "scalar"} for entry in found)
    assert (found[0]["seed"], len(found[0]["point"])) == (4, 3 + 2 + 6 + 2)


def test_a_network_with_windows(run: Run, tmp_path: Path) -> None:
    """What has no matrix form is named, and everything else is checked."""
    layers = (
        '[[layers]]\ntype = "conv1d"\nchannels = 2\nkernel = 2\nactivation = "relu"\n\n[[layers]]\ntype = "flatten"\n'
    )
    file = tmp_path / "windows.toml"
    file.write_text(f'name = "windows"\ninputs = [1, 5]\nloss = "half_squared_error"\n\n{layers}')
    result = run("verify", str(file))
    assert result.code == 0
    assert "the matrix form of" in result.err
    assert "was not compared: there is none" in result.err


def test_a_wrong_view_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    right = MatrixView.formula

    def turned(self: MatrixView, name: str) -> Formula:
        found = right(self, name)
        return Transpose(found) if name.endswith("dW1") else found

    monkeypatch.setattr(MatrixView, "formula", turned)
    result = run("verify", "3-3")
    assert result.code == 1
    assert result.err.splitlines()[-1].startswith("error: the matrix form of W1")
    content = json.loads(run("verify", "3-3", "--json").out)
    assert content["ok"] is False
    assert [entry["parameter"] for entry in content["parameters"] if not entry["agrees"]] == ["W1"]


def test_a_large_parameter_is_said_to_be_checked_in_one_direction(run: Run) -> None:
    lines = run("verify", "13-6").out.splitlines()
    assert "1 direction" in lines[1]
    assert "78 of 78" not in lines[1]
    assert "all at once" in lines[1]
    assert "6 of 6" in lines[2]
    found = run("verify", "13-6", "--json").json["parameters"]
    assert [(entry["directions"], entry["size"]) for entry in found] == [(1, 78), (6, 6)]


def test_a_wrong_gradient_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    right = LocalDerivatives.of

    def doubled(self: LocalDerivatives, *arguments: Any) -> Elementwise:
        slope = right(self, *arguments)
        return replace(slope, factors=(sympy.Integer(2), *slope.factors))

    # Patched here and not where SymPy differentiates, whose results outlive a test.
    monkeypatch.setattr(LocalDerivatives, "of", doubled)
    result = run("verify", "2-2", "--activation", "softsign")
    assert result.code == 1
    assert "differs" in result.out
    assert "error: the gradient of W1 (at w" in result.err
    assert json.loads(run("verify", "2-2", "--activation", "softsign", "--json").out)["ok"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom", "--points", "0"), "wrong number of points (expected a whole number from 1 to 1,000, got 0)"),
        (("classroom", "--seed", "-1"), "a seed is a whole number from 0 (got -1)"),
        (("10000-5000",), "the network is too large to be checked at 50 digits"),
    ],
)
def test_what_cannot_be_verified(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("verify", *arguments)


ATTENTION = (
    'inputs = {q = [3, 2], k = [4, 2], v = [4, 3]}\n\n[[layers]]\ntype = "attention"\ninputs = ["q", "k", "v"]\n'
)


def test_where_nothing_is_trained_nothing_passes(run: Run, refused: Run, tmp_path: Path) -> None:
    file = tmp_path / "attention.toml"
    file.write_text(ATTENTION)
    assert "nothing here is trained, so there is no gradient to check" in refused("verify", str(file))
    assert "--wrt" in refused("verify", str(file), "--json")
    content = run("verify", str(file), "--wrt", "k", "--json").json
    assert (content["ok"], content["checked"]) == (True, 8)
    assert [entry["parameter"] for entry in content["parameters"]] == ["k"]


def test_points_that_nobody_asked_for_are_explained(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bent.toml"
    file.write_text('inputs = 3\n\n[[layers]]\nunits = 1\nactivation = "relu"\n')
    notes = run("verify", str(file), "--seed", "1").err
    found = re.search(r"at (\d+) random points", notes)
    assert found is not None
    assert f"note: {int(found[1]) - 1} points more than asked for, to see every kink from both sides" in notes
    assert "more than asked for" not in run("verify", "2-2", "--points", "2").err


def test_single_numbers_have_one_view(run: Run) -> None:
    result = run("verify", "logistic_equations")
    assert result.out.splitlines()[1].split()[-2:] == ["scalar", "agrees"]
    assert "index, matrix" not in result.out
    assert "the matrix form of w1, w2, b was not compared: single numbers have no matrix form" in result.err
