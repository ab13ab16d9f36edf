"""What was asked for and is no parameter has a chapter, and stands in the matrix form; nothing asked for, nothing told."""

from __future__ import annotations

import pytest

import symprop
from symprop.document.blocks import Document
from symprop.face import Derivation
from symprop.layers.dense import Dense
from symprop.notation.plain import plain_chain
from tests.document.reading import equations, headings, prose


def lines(document: Document, name: str) -> list[str]:
    return [plain_chain(chain, matrix=name.startswith("matrix")) for chain in equations(document)[name]]


def test_inputs_and_targets_have_a_chapter_each() -> None:
    document = symprop.load("classroom").derive(["x", "t"]).document()
    assert [title for title in headings(document) if "gradient" in title] == [
        "The gradient with respect to x",
        "The gradient with respect to t",
    ]
    assert lines(document, "chain-t1") == ["dE_total/dt1 = d(E1 + E2)/dt1 = dE1/dt1"]
    assert lines(document, "gradients-t") == ["dE_total/dt1 = t1 - a_o1", "dE_total/dt2 = t2 - a_o2"]
    assert lines(document, "gradients-x")[1] == "dE_total/di2 = dE_total_dh1*w2 + dE_total_dh2*w4"
    assert lines(document, "matrix-others") == ["dE_total/dx = W1.T @ dE_total_dz1", "dE_total/dt = t - a2"]
    assert "As matrices" in headings(document)
    assert "The update rule" not in headings(document)


def test_beside_weights_the_four_equations_stay() -> None:
    document = symprop.load("classroom").derive(["W2", "t"]).document()
    titles = headings(document)
    assert (
        titles.index("All output weights")
        < titles.index("The gradient with respect to t")
        < titles.index("The update rule")
    )
    assert "As matrices: the four equations" in titles


def test_an_activation_is_no_weighted_sum() -> None:
    document = symprop.load("classroom").derive("a1").document()
    assert lines(document, "matrix-others") == ["dE_total/da1 = W2.T @ dE_total_dz2"]
    assert not any("sigmoid'(z2)" in line and "da1" in line for line in lines(document, "matrix-2"))


def test_a_sum_that_was_asked_for_stands_once() -> None:
    document = symprop.load("classroom").derive("z2").document()
    assert lines(document, "matrix-others") == ["dE_total/dz2 = (a2 - t) * a2 * (1 - a2)"]
    assert "matrix-2" not in equations(document)


def test_the_loss_by_itself() -> None:
    document = symprop.load("classroom").derive("E_total").document()
    assert lines(document, "gradients-E_total") == ["dE_total/dE_total = 1"]


def test_a_large_net_tells_it_with_indices() -> None:
    document = Derivation(symprop.Network(90, [Dense(3, "tanh")]), ["x", "t"]).document()
    assert lines(document, "index-others") == [
        "dE_total/dx[k] = Sum(dE_total_dz1[j]*W1[j,k], j)",
        "dE_total/dt[j] = t[j] - a1[j]",
    ]
    assert len(lines(document, "single-others")) == 6


@pytest.mark.parametrize("inputs", [2, (5, 2)], ids=["weight by weight", "layer by layer"])
def test_where_nothing_is_trained_there_is_no_gradient(inputs: symprop.Network) -> None:
    document = symprop.Network(inputs, [Dense(3, trainable=False)]).derive().document()
    assert headings(document)[-1] == "The loss"
    assert any(
        text.startswith("Nothing in this network is trained, so there is no gradient") for text in prose(document)
    )
    assert not any(name.startswith(("matrix", "index", "backward")) for name in equations(document))


def test_delta_is_spoken_of_where_it_stands() -> None:
    of_targets = symprop.load("classroom").derive("t").document()
    assert not any("weighted sums of the last layer" in text for text in prose(of_targets))
    of_weights = symprop.load("classroom").derive("W2").document()
    assert any("weighted sums of the last layer" in text for text in prose(of_weights))
