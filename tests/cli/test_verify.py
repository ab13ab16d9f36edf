"""`symprop verify`: one line for each parameter; a gradient that is wrong is a finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy

from symprop.derivation.local import LocalDerivatives
from symprop.ir.nodes import Elementwise

Run = Callable[..., Any]


def test_every_parameter_has_a_line(run: Run) -> None:
    lines = run("verify", "xor").out.splitlines()
    assert [line.split()[0] for line in lines] == ["Parameter", "W1", "b1", "W2", "b2"]
    assert all(line.endswith("agrees") for line in lines[1:])
    assert "8 of 8" in lines[1]


def test_json(run: Run) -> None:
    content = run("verify", "3-2", "--activation", "mish", "--points", "2", "--seed", "4", "--json").json
    assert (content["network"], content["ok"], content["points"]) == ("3-2", True, 2)
    assert [(check["parameter"], check["checked"], check["size"]) for check in content["checks"]] == [
        ("W1", 6, 6),
        ("b1", 2, 2),
    ]
    assert all(check["error"] < content["tolerance"] for check in content["checks"])


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
    assert result.err.startswith("error: the gradient of W1 (at w")
    assert json.loads(run("verify", "2-2", "--activation", "softsign", "--json").out)["ok"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom", "--points", "0"), "wrong number of points (expected 1 to 1,000, got 0)"),
        (("classroom", "--seed", "-1"), "a seed is a whole number from 0 (got -1)"),
        (("300-300",), "the network is too large to be written out weight by weight"),
    ],
)
def test_what_cannot_be_verified(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("verify", *arguments)
