"""The first chapters: the table of symbols, the forward pass, and what is said of functions and losses."""

from __future__ import annotations

import pytest

from symprop.document.blocks import Equations, Paragraph
from symprop.document.subject import MOST_EQUATIONS
from symprop.face import Derivation, Network, load
from symprop.face import Equations as EquationList
from symprop.layers.dense import Dense
from symprop.layers.softmax import Softmax
from symprop.notation.latex import latex
from symprop.prose.text import Math
from symprop.rules.custom import loss_from_text
from symprop.rules.joint_losses import JOINT_LOSSES, MEANINGS
from symprop.rules.losses import Loss
from tests.document.reading import equations, prose, rows


def test_the_table_names_the_first_and_the_last_element() -> None:
    net = Network(3, [Dense(4, "tanh"), Dense(2, bias=False)])
    table = {row[0]: row[1:] for row in rows(Derivation(net).document(), "Symbol")}
    assert table["x"] == ["i1 to i3", "inputs", "3"]
    assert table["t"] == ["t1, t2", "targets: what the outputs should be", "2"]
    assert table["W1"] == ["w1 to w12", "weights of layer 1", "4 × 3"]
    assert table["b1"] == ["b_h1 to b_h4", "biases of layer 1", "4"]
    assert table["W2"] == ["w13 to w20", "weights of layer 2", "2 × 4"]
    assert table["E_total"] == ["", "total loss, which training makes small", "a number"]
    assert "b2" not in table


def test_what_is_fixed_and_what_is_shared_is_said() -> None:
    table = {row[0]: row[2] for row in rows(Derivation(load("mazur")).document(), "Symbol")}
    assert table["b1"] == "bias that all units of layer 1 share, fixed"
    tied = Network(2, [Dense(2, "tanh", weights="W"), Dense(2, weights="W")])
    assert "weights of layers 1 and 2" in [row[2] for row in rows(Derivation(tied).document(), "Symbol")]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([Dense(1)], "A 3-1 network: 3 inputs, then 1 layer of 1 unit."),
        ([Dense(4, "tanh"), Dense(2)], "A 3-4-2 network: 3 inputs, then 2 layers of 4 and 2 units."),
    ],
)
def test_the_network_in_words(layers: list[Dense], words: str) -> None:
    assert prose(Derivation(Network(3, layers, "log_cosh")).document())[1] == words


@pytest.mark.parametrize(
    ("loss", "joined", "formula"),
    [
        ("log_cosh", "added up", r"\ell_{\log\cosh}(a, t) = \log\cosh(a - t)"),
        ("mean_squared_error", "averaged", r"\ell_{\mathrm{MSE}}(a, t) = (t - a)^{2}"),
        (loss_from_text("quartic", "(t - a)**4"), "added up", r"\ell_{\mathop{\mathrm{quartic}}}(a, t) = (t - a)^{4}"),
    ],
)
def test_the_loss_function_of_one_output(loss: str | Loss, joined: str, formula: str) -> None:
    document = Derivation(Network(3, [Dense(2)], loss)).document()
    assert any("loss function" in text and joined in text for text in prose(document))
    (chain,) = next(
        block.chains for block in document.blocks if isinstance(block, Equations) and block.id == "loss-function"
    )
    assert " = ".join(latex(side, document.names) for side in chain.sides) == formula


def test_a_loss_over_classes_has_its_name() -> None:
    document = Derivation(Network(3, [Dense(2), Softmax()], "categorical_cross_entropy")).document()
    named = next(
        block for block in document.blocks if isinstance(block, Paragraph) and "loss function" in str(block.text[0])
    )
    assert [latex(i.formula, document.names) for i in named.text if isinstance(i, Math)] == [
        r"\ell_{\mathrm{CE}}(a, t)"
    ]


def test_a_loss_on_the_sums_says_which_loss_it_is() -> None:
    by_sums = Derivation(Network(2, [Dense(1, "sigmoid")], "binary_cross_entropy")).document()
    assert any("in this form nothing overflows" in text for text in prose(by_sums))
    by_outputs = Derivation(Network(2, [Dense(1, "sigmoid")], "half_squared_error")).document()
    assert not any("overflows" in text for text in prose(by_outputs))


def test_a_function_that_an_equation_applies_is_explained_once() -> None:
    found = equations(Derivation(Network(2, [Dense(3, "silu"), Dense(1)])).document())
    explained = [name for name in found if name.startswith("functions")]
    assert explained == []  # a small net spells sigmoid out where it stands
    large = equations(Derivation(Network(30, [Dense(3, "silu"), Dense(1)])).document())
    assert [name for name in large if name.startswith("functions")] == ["functions-1"]


@pytest.mark.parametrize("count", [MOST_EQUATIONS, MOST_EQUATIONS + 7])
def test_of_a_long_list_the_first_equations_and_the_loss_are_given(count: int) -> None:
    lines = ["a1 = w*x", *(f"a{k} = sin(a{k - 1})" for k in range(2, count)), f"E = (t - a{count - 1})**2"]
    document = Derivation(EquationList(lines, "E", ["w"])).document()
    names = [str(chain.sides[0].name) for chain in equations(document)["forward"]]  # type: ignore[union-attr]
    limited = count > MOST_EQUATIONS
    assert len(names) == MOST_EQUATIONS + limited
    assert names[-1] == "E"
    assert (
        any(f"of {count} equations the first {MOST_EQUATIONS}, and the loss" in text for text in prose(document))
        is limited
    )


def test_what_a_loss_over_classes_computes_is_said() -> None:
    net = Network(3, [Dense(4), Dense(2)], "categorical_cross_entropy_from_logits")
    table = {row[0]: row[2] for row in rows(Derivation(net).document(), "Symbol")}
    assert table["l"] == "the logarithm of the sum of the outputs' exponentials"
    assert table["p"] == "the outputs as probabilities, by softmax"
    assert table["E"] == "loss of the example"
    smoothed = JOINT_LOSSES["categorical_cross_entropy_from_logits"].smoothed(0.1)
    table = {row[0]: row[2] for row in rows(Derivation(Network(3, [Dense(2)], smoothed)).document(), "Symbol")}
    assert table["u"] == "the smoothed targets"


def test_a_part_of_the_loss_is_no_part_of_an_activation() -> None:
    net = Network(3, [Dense(2)], loss_from_text("soft", "(t - sigmoid(a))**2"))
    table = {row[0]: row[2] for row in rows(Derivation(net).document(), "Symbol")}
    parts = [words for words in table.values() if "named since" in words]
    assert parts == ["a part of the loss, named since the derivative needs it"] * len(parts)
    assert parts


def test_every_quantity_of_every_joint_loss_is_explained() -> None:
    for rule in JOINT_LOSSES.values():
        defined = {equation.partition("[")[0] for equation in rule.equations}
        assert defined - {"E"} <= set(MEANINGS)


@pytest.mark.parametrize(
    ("loss", "batch", "said"),
    [
        ("squared_error", 3, "E_total is the mean of this over the 3 examples of a batch, hence the factor 1/3."),
        ("mean_squared_error", 3, "E_total is the mean of this over the 3 examples of a batch, so one factor divides"),
        ("squared_error", 1, ""),
        ("squared_error", None, ""),
    ],
)
def test_the_mean_over_a_batch_is_said(loss: str, batch: int | None, said: str) -> None:
    document = Network(2, [Dense(4, "tanh"), Dense(2)], loss=loss, batch=batch).derive().document()
    told = [text for text in prose(document) if "is the mean of this" in text]
    assert [text[: len(said)] for text in told] == ([said] if said else [])
