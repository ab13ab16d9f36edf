"""`symprop examples`: each name with one line, and each name works as a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_the_list(run: Run) -> None:
    lines = run("examples").out.splitlines()
    assert "classroom           The class sheet: 2-2-2, sigmoid, no bias, half squared error" in lines
    assert {"classroom", "mazur", "xor", "four_layers"} <= {line.split()[0] for line in lines}


def test_json(run: Run) -> None:
    found = run("examples", "--json").json["examples"]
    assert all(set(each) == {"name", "description"} for each in found)
    assert [run("formulas", each["name"], "--json").code for each in found] == [0] * len(found)
