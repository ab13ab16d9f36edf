"""The chapters on single weights: one explained, all listed, and what is said where that would be too long or is 0."""

from __future__ import annotations

from symprop.document.subject import MOST_EQUATIONS, MOST_PARAMETERS, MOST_STEPS
from symprop.face import Derivation, Network
from symprop.face import Equations as EquationList
from symprop.layers.dense import Dense
from symprop.notation.formula import Symbol
from symprop.rules.custom import activation_from_text
from symprop.views.tree import symbols
from tests.document.reading import equations, headings, prose

STEP = activation_from_text("step", "(1 + sign(x))/2")


def chain(count: int, parameters: list[str]) -> Derivation:
    """A list of equations in which each depends on the one before."""
    lines = ["a1 = w1*x", *(f"a{k} = sin(w{k}*a{k - 1})" for k in range(2, count)), f"E = (t - a{count - 1})**2"]
    return Derivation(EquationList(lines, "E", parameters))


def test_a_step_says_why_the_gradient_is_zero() -> None:
    document = Derivation(Network(2, [Dense(3, "tanh"), Dense(1, STEP)])).document()
    assert "da2/dz2 is 0 everywhere, so no small change of w7 reaches E_total. The gradient is 0." in prose(document)
    assert not any(name.startswith(("chain", "factors")) for name in equations(document))


def test_what_the_loss_does_not_depend_on_is_said() -> None:
    lines = ["h = w*x", "E = (t - h)**2", "dead = 2*v"]
    assert "E does not depend on v, so the gradient is 0." in prose(
        Derivation(EquationList(lines, "E", ["w", "v"])).document()
    )


def test_of_many_gradients_the_last_are_written_out() -> None:
    count = MOST_PARAMETERS + 12
    document = chain(count, [f"w{k}" for k in range(1, count)]).document()
    shown = equations(document)["gradients"]
    assert len(shown) == MOST_PARAMETERS
    assert shown[-1].sides[0].wrt == Symbol(f"w{count - 1}")  # type: ignore[union-attr]
    assert f"There are {count - 1} gradients. Those by the last {MOST_PARAMETERS} quantities are written out." in prose(
        document
    )
    assert "Gradients" in headings(document)


def test_of_few_gradients_all_are() -> None:
    document = chain(5, ["w1", "w2", "w3", "w4"]).document()
    assert len(equations(document)["gradients"]) == 4
    assert "All gradients" in headings(document)
    assert "adjoints" not in equations(document)


def test_a_name_is_introduced_before_a_long_formula_uses_it() -> None:
    document = chain(60, [f"w{k}" for k in range(1, 60)]).document()
    found, known = equations(document), set[str]()
    for line in found["adjoints"]:
        assert {name for name in symbols(line.sides[-1]) if name.startswith("dE_d")} <= known
        known |= set(symbols(line.sides[0]))
    used = {name for line in found["gradients"] for name in symbols(line.sides[-1]) if name.startswith("dE_d")}
    assert used
    assert used <= known


def test_a_long_way_to_the_loss_is_not_told_step_by_step() -> None:
    count = MOST_STEPS + MOST_EQUATIONS + 3
    document = chain(count, ["w1"]).document()
    words = f"w1 is {count:,} equations away from the loss, too many to go through one by one: {MOST_STEPS} at the most are."
    assert words in prose(document)
    assert not any(name.startswith(("chain", "factors")) for name in equations(document))
    assert len(equations(document)["adjoints"]) == MOST_EQUATIONS
    assert any(f"The first {MOST_EQUATIONS} of {count - 1}, from the loss on:" in text for text in prose(document))
