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
    return " ".join(text for text in prose(document) if text.startswith(("Here stand ", "Here stands ")))


def test_a_causal_mask_says_what_it_is() -> None:
    text = notes(example("transformer_block"))
    assert "past2, 1 for a position itself and for those before it" in text
    assert "mask2, the causal mask" in text
    assert "scale2, one over the root of a query's dimension" in text
    assert "hidden2" not in text


def test_a_penalty_and_a_part_say_what_they_are() -> None:
    document = symprop.Network(3, [symprop.Dense(2, "tanh", l2=0.25, l1=0.1)]).derive().document()
    assert "R1_part, a part of a later line" in notes(document)
    assert "R1, the penalty on the weights of layer 1" in notes(document)


def test_parts_of_an_activation_share_their_words() -> None:
    document = symprop.Network((4, 3), [symprop.Dense(2, "gelu")]).derive().document()
    assert "Here stand phi1 and Phi1, named since the derivative needs it." in notes(document)


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
    known = derivation(layer, shapes).core.forward.tensors  # type: ignore[arg-type]
    absent = {own for own in layer.meanings if numbered(own, 1) not in known}  # type: ignore[attr-defined]
    assert absent <= {"past", "mask", "b"}
