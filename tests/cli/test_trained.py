"""What a run came to, in print: the columns of the outputs, and what is said of those left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symprop
from symprop.cli.trained import by_element
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


def table_of_outputs(out: str) -> list[list[str]]:
    """The last table of a summary, in cells."""
    return [line.split() for line in out.rstrip().rsplit("\n\n", 1)[1].splitlines()]


def csv(inputs: int, targets: int, rows: int) -> str:
    names = [*(f"x{k}" for k in range(inputs)), *(f"y{k}" for k in range(targets))]
    return "\n".join([",".join(names), *(",".join([str(row / 100)] * len(names)) for row in range(rows))])


def test_outputs_stand_beside_their_targets(run: Run) -> None:
    header, *rows = table_of_outputs(run("train", "xor").out)
    assert header == ["i1", "i2", "a_o1", "t1"]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("0", "0", "0"),
        ("0", "1", "1"),
        ("1", "0", "1"),
        ("1", "1", "0"),
    ]
    assert [round(float(row[2])) for row in rows] == [0, 1, 1, 0]
    assert all(float(row[2]) not in (0.0, 1.0) for row in rows)


def test_of_many_the_first_are_shown(run: Run) -> None:
    Path("wide.csv").write_text(csv(5, 6, 7))
    header, *rows, left_out = table_of_outputs(run("train", "5-6", "--data", "wide.csv", "--epochs", "1").out)
    assert header == ["a_o1", "t1", "a_o2", "t2", "a_o3", "t3", "a_o4", "t4"]
    assert [row[1] for row in rows] == ["0", "0.01", "0.02", "0.03", "0.04"]
    assert " ".join(left_out) == "(the first 5 of 7 examples, the first 4 of 6 outputs)"


def test_a_list_of_equations_has_no_outputs(run: Run) -> None:
    out = run("train", "logistic_equations", "--epochs", "1").out
    assert out.rstrip().splitlines()[-1].split()[0] == "b"


def test_it_is_not_in_the_json(run: Run) -> None:
    assert list(run("train", "xor", "--epochs", "1", "--json").json) == [
        "loss",
        "parameters",
        "epochs",
        "updates",
        "stopped",
    ]


@pytest.mark.parametrize(("name", "count"), [("classroom", 8), ("logistic_equations", 3)])
def test_parameters_by_element(name: str, count: int) -> None:
    derivation = symprop.load(name).derive()
    found = by_element(derivation, derivation.compile().start())
    assert list(found) == derivation.parameters()
    assert len(found) == count
    assert all(type(value) is float for value in found.values())
