"""A document says what each δ is the derivative by that leaves out the letter of its quantity, and is right."""

from __future__ import annotations

import re

import pytest

import symprop
from symprop.document.blocks import Document
from symprop.layers.layer import Layer
from tests.document.reading import prose

SEQUENCE: list[Layer] = [symprop.LSTM(3, sequence=True), symprop.GRU(2, sequence=True), symprop.RNN(2)]


def note(document: Document) -> str:
    (text,) = [text for text in prose(document) if text.startswith("From the loss back.")]
    return text


def network(*layers: Layer) -> Document:
    return symprop.Network((4, 2), list(layers)).derive().document()


def test_the_delta_of_a_gate_is_by_its_sum() -> None:
    text = note(network(*SEQUENCE))
    for gate, layer in [("g", 2), ("u", 2), ("r", 2), ("o", 1), ("f", 1), ("i", 1)]:
        assert f"dE_total_dz{layer}_{gate}_tau that with respect to z{layer}_{gate}_tau" in text
    assert "dE_total_dz3_tau is the derivative with respect to z3_tau, " in text
    assert " and dE_total_dz1_i_tau that with respect to z1_i_tau; and likewise in every layer." in text


def test_once_for_sums_of_one_kind() -> None:
    text = note(symprop.Network((4, 2), [symprop.Dense(3, "tanh"), symprop.Dense(2)]).derive().document())
    assert (
        "Below δ the z of a sum is left out: dE_total_dz2 is the derivative with respect to z2; and likewise in every layer."
        in text
    )


def test_a_delta_that_could_be_taken_for_a_gates_is_told_too() -> None:
    text = note(network(symprop.LSTM(4, sequence=True), symprop.MultiHeadAttention(2)))
    assert re.search(r"dE_total_dz1_o_tau (is the derivative|that) with respect to z1_o_tau", text)
    assert re.search(r"dE_total_do2 (is the derivative|that) with respect to o2", text)
    assert "dE_total_dy" not in text


@pytest.mark.parametrize("layer", [symprop.MultiHeadAttention(2), symprop.LayerNorm()])
def test_nothing_without_such_sums(layer: Layer) -> None:
    assert "Below δ" not in note(network(layer))


def test_no_two_adjoints_look_alike() -> None:
    derivation = symprop.Network((4, 2), [*SEQUENCE, symprop.Dense(2)]).derive()
    tensors = derivation.program.tensors
    looks = [derivation.names.look(name) for name in tensors if tensors[name].primal is not None]
    assert len(looks) == len(set(looks))


@pytest.mark.parametrize(
    ("notation", "letter", "look"), [("mazur", "net", r"\mathit{net}"), ("classroom", "z", "z"), ("bishop", "a", "a")]
)
def test_the_letter_is_that_of_the_tensor_told_of(notation: str, letter: str, look: str) -> None:
    derivation = symprop.Network((4, 2), [symprop.LSTM(3), symprop.Dense(2)]).derive(notation=notation)
    assert f"Below δ the {letter} of a sum is left out: " in note(derivation.document())
    assert all((derivation.names.look(name) or "").startswith(look) for name in ("z2", "z1_i_1"))
