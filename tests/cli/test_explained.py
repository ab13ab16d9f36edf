"""One gradient with its steps: why it is 0, when it is refused, and its numbers."""

from __future__ import annotations

import pytest

from symprop.cli.explained import MOST_PATHS, explained
from symprop.cli.sections import given_numbers
from symprop.errors import BudgetError, UserError
from symprop.face import Derivation, Equations, Network, load
from symprop.layers.dense import Dense
from symprop.notation.plain import plain
from symprop.rules.custom import activation_from_text

STEP = activation_from_text("step", "(1 + sign(x))/2")


@pytest.mark.parametrize("quantity", ["w1", "i2", "h3", "b_h1"])
def test_behind_a_step_nothing_reaches_the_loss(quantity: str) -> None:
    derivation = Derivation(Network(2, [Dense(3, STEP), Dense(2, "tanh")]), [quantity])
    (result,) = explained(derivation, quantity, {})
    assert [plain(side) for side in result.chains[0].sides] == [f"dE_total/d{quantity}", "0"]
    assert result.note == f"∂a1/∂z1 is 0 everywhere, so no small change of {quantity} reaches E_total."


def test_two_ways_that_both_end() -> None:
    lines = ["a = sign(w*x)", "b = sign(w + x)", "E = (a + b)**2"]
    (result,) = explained(Derivation(Equations(lines, "E", ["w"])), "w", {})
    assert result.note == "∂a/∂w and ∂b/∂w are 0 everywhere, so no small change of w reaches E."


def test_a_quantity_that_leads_nowhere() -> None:
    lines = ["E = (t - w*x)**2", "dead = 2*v"]
    (result,) = explained(Derivation(Equations(lines, "E", ["w", "v"])), "v", {})
    assert result.note == "E does not depend on v."


def test_a_gradient_that_is_not_zero_needs_no_reason() -> None:
    assert {section.note for section in explained(Derivation(load("mazur")), "w1", {})} == {""}
    (result,) = explained(Derivation(load("mazur"), ["E_total"]), "E_total", {})
    assert (plain(result.chains[0].sides[1]), result.note) == ("1", "")


def test_too_many_uses_are_refused_before_they_are_followed() -> None:
    derivation = Derivation(Network(3, [Dense(4, "tanh"), Dense(MOST_PATHS + 1, "tanh"), Dense(2)]), ["w1"])
    with pytest.raises(
        BudgetError, match=r"the steps to 'a_h1_1' are too many to read \(expected at most 200 paths, got 201"
    ):
        explained(derivation, "w1", {})


def test_an_unknown_quantity_is_refused() -> None:
    with pytest.raises(UserError, match="there is no quantity 'w55'"):
        explained(Derivation(load("classroom")), "w55", {})


def test_each_factor_has_its_number() -> None:
    derivation = Derivation(load("classroom"))
    sections = {s.title: s for s in explained(derivation, "w5", given_numbers(derivation))}
    assert [plain(chain.sides[-1]) for chain in sections["Each factor"].chains] == ["0.106478", "0.238662", "0.506875"]
    assert plain(sections["The result"].chains[0].sides[-1]) == "0.0128808"
