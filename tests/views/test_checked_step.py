"""Each step of the chain rule stands a check of its own; a step that is off does not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from symprop import Dense, Equations, Network, load
from symprop.ir.nodes import single
from symprop.views.checked_step import CheckedStep


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (load("classroom"), "w1"),
        (Network(3, [Dense(2, "silu"), Dense(2, "gelu")], "huber"), "w2"),
        (Network(2, [Dense(3, "mish"), Dense(1, "sigmoid")], "binary_cross_entropy"), "w1"),
        (Equations(["h = w*w*x", "E = h**2 + h*w"], loss="E", parameters=["w"]), "w"),
    ],
    ids=["classroom", "silu", "mish", "twice"],
)
def test_every_step_of_a_gradient_holds(network: Network, name: str) -> None:
    steps = network.derive().steps(name)
    assert len(steps) > 2
    for step in steps:
        found = step.verify(seed=1)
        assert found.ok, (str(step), found)


def test_a_wrong_derivative_is_seen() -> None:
    step = next(step for step in load("classroom").derive().steps("w5") if step.wrt.tensor.name == "a_o1")
    assert step.verify().ok
    view = step.view
    line = view.derivation.steps_by_quantity["a2"][0]
    off = replace(line, local=single(Fraction(3)))
    view.derivation.steps_by_quantity["a2"][0] = off
    found = step.verify()
    assert not found.ok
    assert found.local > 1e-3 > found.adjoint


def test_a_wrong_adjoint_is_seen() -> None:
    step = load("classroom").derive().steps("w5")[-1]
    off = CheckedStep.of(replace(step, adjoint=Fraction(7)), step.view)
    found = off.verify()
    assert (found.ok, found.local < 1e-20, found.adjoint > 1e-3, found.product > 1e-3) == (False, True, True, True)
