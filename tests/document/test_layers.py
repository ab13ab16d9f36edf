"""The general form of a layer's δ is the chain rule's own step, read off the derivation."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TypeGuard

import pytest

from symprop.document.blocks import Block, Equations
from symprop.document.layers import index_and_matrix
from symprop.document.narrative import narrate
from symprop.document.subject import Subject
from symprop.face import Derivation, Network
from symprop.layers.dense import Dense
from symprop.notation.formula import Chain
from symprop.notation.latex import latex
from symprop.notation.plain import plain_chain
from symprop.views.scalar import ScalarView
from tests.document.reading import prose


def subject(derivation: Derivation) -> Subject:
    core = derivation.core
    return Subject("net", core, derivation.names, ScalarView(core, derivation.names), {}, 0.5)


def sums(about: Subject) -> list[str]:
    """The matrix lines of the weighted sums, the last layer first."""
    chains = (c for b in index_and_matrix(about) for c in getattr(b, "chains", ()))
    return [text for chain in chains if "dz" in (text := plain_chain(chain, matrix=True)).split(" = ")[0]]


NET = Network(3, [Dense(4, "tanh"), Dense(2, "sigmoid", bias="layer")])


def test_the_step_is_told() -> None:
    last, first = sums(subject(NET.derive()))
    assert last.startswith("dE_total_dz2 = dE_total/da2 * sigmoid'(z2) = ")
    assert first.startswith("dE_total_dz1 = (W2.T @ dE_total_dz2) * tanh'(z1) = ")


def test_another_step_is_told_otherwise() -> None:
    about = subject(NET.derive())
    steps = tuple(
        replace(step, adjoint=Fraction(3)) if step.wrt.tensor.name == "z1" else step for step in about.core.steps
    )
    changed = replace(about, core=replace(about.core, steps=steps))
    assert sums(changed)[1].startswith("dE_total_dz1 = 3 * tanh'(z1) = ")


@pytest.mark.parametrize(
    "layers", [[Dense(4, "silu"), Dense(2, "gelu")], [Dense(2, "identity")]], ids=["parts with names", "no function"]
)
def test_without_a_named_slope_there_is_no_general_form(layers: list[Dense]) -> None:
    assert not any("'(" in line for line in sums(subject(Network(3, layers).derive())))


def test_letters_for_any_vector_are_free() -> None:
    derivation = Network(3, [Dense(4, weights="u"), Dense(2, weights="r", bias="layer")]).derive()
    text = str(narrate(subject(derivation)).blocks)
    assert "factors=(Symbol(name='v'), Symbol(name='s'))" in text
    assert "Ones(length=2)" in text


@pytest.mark.parametrize(
    ("bias", "trained", "asked", "said"),
    [
        ("unit", True, None, "and that of the biases."),
        (False, None, None, "There are no biases here."),
        ("layer", False, None, "The biases are fixed here, so there is none of the last kind."),
        ("unit", True, ["W1"], "That of the biases was not asked for."),
    ],
)
def test_the_four_kinds_are_those_that_there_are(
    bias: str | bool, trained: bool | None, asked: list[str] | None, said: str
) -> None:
    layers = [Dense(n, "tanh", bias=bias, bias_trainable=trained) for n in (4, 2)]
    told = prose(Network(3, layers).derive(asked).document())
    (kinds,) = (text for text in told if "Four kinds of equation" in text)
    assert kinds.endswith(said)


def test_whole_vectors_go_by_the_words_of_the_notation() -> None:
    about = NET.derive(notation="mazur")
    text = "\n".join(lay_out_text(about, block.chains) for block in about.document().blocks if is_matrix_form(block))
    assert r"\mathit{net}^{(1)}" in text
    assert r"\mathit{target}" in text
    assert not re.search(r"\b[zax]\^", text)


def is_matrix_form(block: Block) -> TypeGuard[Equations]:
    return isinstance(block, Equations) and block.id.startswith("matrix")


def lay_out_text(derivation: Derivation, chains: tuple[Chain, ...]) -> str:
    return "\n".join(latex(side, derivation.document().names) for chain in chains for side in chain.sides)
