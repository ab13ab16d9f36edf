"""Formulas and tables as a terminal shows them: in Unicode, in lines that fit, in ASCII where that is asked for or needed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from symprop.cli import output
from tests.cli.conftest import ROOT

Run = Callable[..., Any]


def on_a_terminal(*arguments: str, columns: int, **environment: str) -> str:
    """What a command prints on a terminal of so many columns."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "TERM": "xterm", **environment}
    parent, child = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "symprop", *arguments], env=surroundings, stdout=child, stderr=subprocess.DEVNULL
    )
    os.close(child)
    chunks = []
    while True:
        try:
            chunk = os.read(parent, 65536)
        except OSError:  # how Linux says that nobody writes any more
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(parent)
    assert started.wait(60) == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("formulas", "classroom", "--wrt", "w1", "--numbers"),
        ("formulas", "transformer_block"),
        ("verify", "classroom"),
        ("sweep", "classroom", "--learning-rates", "0.5,1000", "--epochs", "10"),
    ],
    ids=str,
)
def test_nothing_is_wider_than_a_narrow_terminal(arguments: tuple[str, ...]) -> None:
    lines = on_a_terminal(*arguments, columns=40, NO_COLOR="1").splitlines()
    assert [line for line in lines if len(line) > 40] == []
    assert len(lines) > 5


def test_a_left_side_stands_above_what_has_no_room_beside_it() -> None:
    shown = on_a_terminal("formulas", "classroom", "--wrt", "w1", columns=40, NO_COLOR="1")
    assert "\n  ∂E_total/∂w1\n    = ∂E_total/∂a_h1 · ∂a_h1/∂h1" in shown


def test_the_formula_of_the_worked_example(run: Run) -> None:
    out = run("formulas", "classroom").out
    assert "  ∂E_total/∂w5 = (a_o1 − t1) · a_o1(1 − a_o1) · a_h1\n" in out
    assert "  E1      = 1/2 · (t1 − a_o1)²\n" in out
    assert "  σ(x) = 1/(1 + exp(−x))\n" in out
    assert out.count("                 · a_h1(1 − a_h1) · i1\n") == 1


def test_whole_layers(run: Run) -> None:
    matrices = run("formulas", "3-4-2", "--activation", "silu", "--form", "matrix").out
    assert "  δ_z1         = ∂E_total/∂z1 = (W2ᵀ δ_z2) ⊙ (s1 + a1 ⊙ (1 − s1))\n" in matrices
    indices = run("formulas", "transformer_block").out
    assert "  l2[h,s]    = log Σ_m exp(S2[h,s,m])\n" in indices
    assert "  y2[s,j]    = Σ_{h,e} O2[j,h,e] · o2[h,s,e]\n" in indices


def test_updates_name_the_learning_rate(run: Run) -> None:
    out = run("formulas", "classroom", "--wrt", "w1", "--optimizer", "momentum").out
    assert "η is the learning rate" in out
    assert "= w1 − η·next_v_w1\n" in out


@pytest.mark.parametrize("command", ["formulas", "verify", "sweep", "train"])
def test_ascii(run: Run, command: str) -> None:
    assert run(command, "classroom", "--ascii").out.isascii()
    assert not run(command, "classroom").out.isascii()


def test_ascii_is_asked_for_each_time(run: Run) -> None:
    assert run("formulas", "2-1", "--ascii").out.isascii()
    assert not run("examples").out.isascii()


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "latin-1"}, {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}]
)
def test_without_the_letters_it_is_ascii(symprop: Run, environment: dict[str, str]) -> None:
    expected = symprop("formulas", "classroom", "--wrt", "w1", "--numbers", "--ascii").out
    assert symprop("formulas", "classroom", "--wrt", "w1", "--numbers", environment=environment).out == expected


def test_greek_letters_may_be_typed(run: Run) -> None:
    net = ("formulas", "2-1", "--activation", "gelu", "--wrt")
    shown = run(*net, "Φ_o1")
    assert (shown.code, shown.out) == (0, run(*net, "Phi_o1").out)
    assert "The chain rule for Φ_o1\n" in shown.out


@pytest.mark.parametrize("columns", [60, 120])
def test_formulas_fit_a_terminal(columns: int) -> None:
    out = on_a_terminal("formulas", "classroom", "--wrt", "w1", "--numbers", columns=columns, NO_COLOR="1")
    assert max(map(len, out.splitlines())) <= columns
    assert "".join(out.split()).count("((a_o1−t1)·a_o1(1−a_o1)·w5+(a_o2−t2)·a_o2(1−a_o2)·w7)·a_h1(1−a_h1)·i1") == 1


def test_a_wide_table_is_continued_below() -> None:
    arguments = ("sweep", "classroom", "--epochs", "1000", "--learning-rates", "0.1,0.2")
    out = on_a_terminal(*arguments, columns=60, NO_COLOR="1")
    assert max(map(len, out.splitlines()[:12])) <= 60
    assert out.count("\nRate  ") == 2
    assert "\x1b" not in out
    piped = [line.split() for line in on_a_terminal(*arguments, columns=200, NO_COLOR="1").splitlines()]
    assert ["0.1", "0.0141814", "0.0141001"] in [line[:3] for line in piped]


def test_texts_of_a_table_are_wrapped() -> None:
    out = on_a_terminal("examples", columns=60)
    assert max(map(len, out.replace("\033[1m", "").replace("\033[0m", "").splitlines())) <= 60
    assert "\033[1m" in out


def test_an_empty_table() -> None:
    assert output.table(["a", "b"], [], [True, False]).splitlines()[0] == "a  b"
