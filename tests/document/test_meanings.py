"""Quantities of a layer-by-layer document are explained where they first stand, in the words of what declares them."""

from __future__ import annotations

import pytest

import symprop
from symprop.document.blocks import Document
from symprop.layers.layer import numbered
from symprop.layers.normalisation import BatchNorm
from tests.document.reading import prose, rows
from tests.document.test_layerwise import derivation, example
from tests.layers.test_layers import CASES, Shape, _named


def notes(document: Document) -> str:
    return " ".join(text for text in prose(document) if text.startswith(("New here are ", "New here is ")))


def test_a_causal_mask_says_what_it_is() -> None:
    text = notes(example("transformer_block"))
    assert "past2, 1 for a position itself and for those before it" in text
    assert "mask2, the causal mask" in text
    assert "scale2, one over the root of a query's dimension" in text
    assert "hidden2" not in text


def test_a_penalty_and_a_part_say_what_they_are() -> None:
    document = symprop.Network(3, [symprop.Dense(2, "tanh", l2=0.25, l1=0.1)]).derive().document()
    assert "R1_part, named so that each line is one sum, one maximum or one function" in notes(document)
    assert "R1, the penalty on the weights of layer 1" in notes(document)


def test_parts_of_an_activation_share_their_words() -> None:
    document = symprop.Network((4, 3), [symprop.Dense(2, "gelu")]).derive().document()
    assert "New here are phi1 and Phi1, named for use in the derivative." in notes(document)


def test_a_joint_loss_says_what_its_quantities_are() -> None:
    net = symprop.Network((4, 3), [symprop.Dense(2)], loss="categorical_cross_entropy_from_logits")
    assert "l, the logarithm of the sum of the outputs' exponentials; p, the outputs as probabilities" in notes(
        net.derive().document()
    )


def test_the_table_says_what_parameters_are() -> None:
    net = symprop.Network(
        (4, 6), [symprop.MultiHeadAttention(2), symprop.Dense(6, weights="W"), symprop.Dense(6, weights="W")]
    )
    table = {row[0]: row[2] for row in rows(net.derive().document(), "Symbol")}
    assert table["Q1"] == "weights of the queries of layer 1"
    assert table["W"] == "weights that layers 2 and 3 share"
    running = derivation(BatchNorm(), ((5, 3),)).document()
    assert {row[0]: row[2] for row in rows(running, "Symbol")}[
        "mean1"
    ] == "running mean, kept from one update to the next"


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_what_a_layer_explains_is_there(layer: object, shapes: tuple[Shape, ...]) -> None:
    """But for what only a causal layer has."""
    tensors = derivation(layer, shapes).core.forward.tensors  # type: ignore[arg-type]
    known = {*tensors, *(tensor.moment.series for tensor in tensors.values() if tensor.moment)}
    absent = {own for own in layer.meanings if numbered(own, 1) not in known}  # type: ignore[attr-defined]
    assert absent <= {"past", "mask", "b"}


def test_gates_and_states_say_what_they_are_at_any_step() -> None:
    text = notes(symprop.Network((4, 2), [symprop.LSTM(3, sequence=True), symprop.GRU(2)]).derive().document())
    assert "New here are i1_tau, the input gate; f1_tau, the forget gate" in text
    assert (
        "c1_tau, the cell; s1_tau, the cell between −1 and 1, which the output gate lets through; h1_tau, the state"
        in text
    )
    assert "q2_tau, what the reset gate leaves of the state before" in text
    assert "h1_1, the state" in notes(symprop.Network((1, 2), [symprop.RNN(3)]).derive().document())


def test_a_single_step_is_called_by_its_number() -> None:
    text = notes(symprop.Network((1, 2), [symprop.GRU(3)]).derive().document())
    assert "r1_1, the reset gate; u1_1, the update gate" in text


def test_a_dropout_mask_says_what_it_is() -> None:
    document = symprop.Network((4, 3), [symprop.Dropout(0.25), symprop.Dense(2)]).derive().document()
    table = {row[0]: row[2] for row in rows(document, "Symbol")}
    assert table["mask1"].startswith("1 where an entry is kept and 0 where it is dropped, drawn at random")
    assert "y1, what is kept, divided by the probability that an entry is kept" in notes(document)


def test_the_table_knows_a_shared_bias_and_an_embedding() -> None:
    layers = [symprop.Embedding(7, 4), symprop.Dense(2, bias="layer"), symprop.Dense(3)]
    table = {row[0]: row[2] for row in rows(symprop.Network((5,), layers).derive().document(), "Symbol")}
    assert table["W1"] == "table of embeddings of layer 1"
    assert table["b2"] == "bias that all units of layer 2 share"
    assert table["b3"] == "biases of layer 3"
