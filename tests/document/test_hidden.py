"""The chapters on hidden layers: their titles, one path or several, δ where it is needed, and a layer that passes nothing."""

from __future__ import annotations

from symprop.face import Derivation, Network
from symprop.layers.dense import Dense
from symprop.rules.custom import activation_from_text
from tests.document.reading import equations, headings, prose

STEP = activation_from_text("step", "(1 + sign(x))/2")


def test_each_hidden_layer_has_its_chapter_the_last_one_first() -> None:
    found = headings(Derivation(Network(2, [Dense(3, "tanh"), Dense(2, "tanh"), Dense(1)])).document())
    hidden = [title for title in found if title.startswith(("Back to", "All weights of"))]
    assert hidden == [
        "Back to hidden layer 2",
        "All weights of hidden layer 2",
        "Back to hidden layer 1",
        "All weights of hidden layer 1",
    ]


def test_one_output_makes_one_path() -> None:
    several = prose(Derivation(Network(2, [Dense(3, "tanh"), Dense(2)])).document())
    assert any("reaches it along several paths" in text for text in several)
    one = Derivation(Network(2, [Dense(3, "tanh"), Dense(1)])).document()
    assert any("the loss reaches it along that path." in text for text in prose(one))
    assert "For the path to a_h1:" in prose(one)
    assert len(equations(one)["paths-a_h1"]) == 1


def test_delta_comes_in_only_where_formulas_are_long() -> None:
    short = equations(Derivation(Network(2, [Dense(2, "tanh", bias=False), Dense(1)])).document())
    assert not any(name.startswith("deltas") for name in short)
    long = equations(Derivation(Network(2, [Dense(3, "tanh"), Dense(3, "tanh"), Dense(2)])).document())
    assert [name for name in long if name.startswith("deltas")] == ["deltas-3", "deltas-2", "deltas-1"]


def test_a_layer_of_steps_says_why_it_learns_nothing() -> None:
    document = Derivation(Network(2, [Dense(3, STEP), Dense(2, "tanh")])).document()
    assert "da1/dz1 is 0 everywhere, so no small change of w1 reaches E_total. The gradient is 0." in prose(document)
    assert "hidden-chain-1" not in equations(document)
    assert len(equations(document)["hidden-gradients-1"]) == 9
