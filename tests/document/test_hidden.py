"""The chapters on hidden layers: their titles, one path or several, δ where it is needed, and a layer that passes nothing."""

from __future__ import annotations

from symprop.document.blocks import Document
from symprop.face import Derivation, Network
from symprop.layers.dense import Dense
from symprop.notation.plain import plain_chain
from symprop.rules.custom import activation_from_text, loss_from_text
from tests.document.reading import equations, headings, prose

STEP = activation_from_text("step", "(1 + sign(x))/2")


def test_each_hidden_layer_has_its_chapter_the_last_one_first() -> None:
    found = headings(Derivation(Network(2, [Dense(3, "tanh"), Dense(2, "tanh"), Dense(1)])).document())
    hidden = [title for title in found if title.startswith(("Back to", "All weights and biases of"))]
    assert hidden == [
        "Back to hidden layer 2",
        "All weights and biases of hidden layer 2",
        "Back to hidden layer 1",
        "All weights and biases of hidden layer 1",
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


def lines(document: Document, name: str) -> list[str]:
    return [plain_chain(chain) for chain in equations(document)[name]]


def test_shared_weights_are_told_once_after_all_their_uses() -> None:
    layers = [Dense(2, "tanh", weights="V"), Dense(2, "tanh", weights="V"), Dense(1)]
    document = Derivation(Network(2, layers)).document()
    titles = [title for title in headings(document) if title.startswith(("All ", "The weights", "Back"))]
    assert titles == [
        "All output weights and biases",
        "Back to hidden layer 2",
        "All biases of hidden layer 2",
        "Back to hidden layer 1",
        "All biases of hidden layer 1",
        "The weights that layers 1 and 2 share",
    ]
    assert lines(document, "hidden-chain-1-shared-2") == [
        "dE_total/dw1 = dE_total/dh1_1 * dh1_1/dw1 + dE_total/dh2_1 * dh2_1/dw1|direct",
        "dh1_1/dw1 = i1",
        "dh2_1/dw1|direct = a_h1_1",
        "dE_total/dw1 = dE_total_dh1_1*i1 + dE_total_dh2_1*a_h1_1",
    ]
    whole = [line for name in equations(document) for line in lines(document, name)]
    assert sum(line.startswith("dE_total/dV = ") for line in whole) == 1
    assert len(lines(document, "hidden-gradients-1-shared-2")) == 4


def test_a_shared_output_layer_is_told_with_the_hidden_one() -> None:
    document = Derivation(Network(2, [Dense(2, "tanh", weights="V"), Dense(2, weights="V")])).document()
    assert "The chain rule, for one output bias" in headings(document)
    assert "All output biases" in headings(document)
    assert not any("All weights into one unit" in text for text in prose(document))


def test_a_bias_of_a_whole_layer_alone_is_a_sum_over_units() -> None:
    first = Dense(3, "tanh", bias="layer", trainable=False, bias_trainable=True)
    document = Derivation(Network(2, [first, Dense(2)])).document()
    assert lines(document, "hidden-chain-1")[-1] == "dE_total/db1 = dE_total_dh1 + dE_total_dh2 + dE_total_dh3"
    assert "hidden-gradients-1" not in equations(document)


def test_a_number_needs_no_delta() -> None:
    """The derivative by a sum that is a plain number has no equation, and so no name."""
    layers = [Dense(2, weights="V"), Dense(2, weights="V"), Dense(1, bias=False)]
    plain_loss = loss_from_text("outcome", "a - t")
    document = Derivation(Network(2, layers, plain_loss)).document()
    assert not any("dE_total_do1" in line for name in equations(document) for line in lines(document, name))


def test_the_last_factor_names_the_parts_that_it_passes() -> None:
    document = Derivation(Network(2, [Dense(2, "mish"), Dense(1)])).document()
    (text,) = [text for text in prose(document) if text.startswith("From the unit's output")]
    assert text.endswith("For w1, where u_h1 and v_h1 count as what they stand for:")
