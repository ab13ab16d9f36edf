"""Networks of any layers, told layer by layer: every equation of every layer, forms side by side, conditions, time, sharing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import symprop
from symprop.document.blocks import Document, Heading, Pairs, Table
from symprop.layers.layer import Layer
from symprop.notation.plain import plain_chain
from symprop.views.delta import adjoints_by_name
from tests.document.reading import equations, prose, said
from tests.layers.test_layers import CASES, Shape, _named

UNFOLDED = [case for case in CASES if not hasattr(case[0], "states")]


def derivation(layer: Layer, shapes: tuple[Shape, ...]) -> symprop.Derivation:
    """A network of one layer, its first axis the batch."""
    inputs = {f"in{k}": shape[1:] for k, shape in enumerate(shapes)}
    layer = replace(layer, inputs=tuple(inputs))
    return symprop.Network(inputs, [layer], batch=shapes[0][0]).derive()


@cache
def example(name: str) -> Document:
    return symprop.load(name).derive().document()


def pairs(document: Document) -> dict[str, list[tuple[str, str | None]]]:
    return {
        block.id: [(plain_chain(a), b and plain_chain(b, matrix=True)) for a, b in block.pairs]
        for block in document.blocks
        if isinstance(block, Pairs)
    }


@pytest.mark.parametrize(("layer", "shapes"), UNFOLDED, ids=map(_named, UNFOLDED))
def test_nothing_is_left_out(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    told = derivation(layer, shapes)
    found = pairs(told.document())
    forward = [line for name, lines in found.items() if name.startswith("forward") for line in lines]
    backward = [line for name, lines in found.items() if name.startswith("backward") for line in lines]
    assert len(forward) == len(told.core.forward.equations)
    gradients = told.core.gradients.values()
    assert len(backward) == len([*adjoints_by_name(told.program, gradients), *gradients])


def test_both_forms_stand_together() -> None:
    found = pairs(example("transformer_block"))
    assert found["forward-3"] == [("y3[j,k] = x[j,k] + y2[j,k]", "y3 = x + y2")]
    assert (
        "dE_total/dW6[j,k] = Sum(dE_total_dz6[l,j]*a5[l,k], l)",
        "dE_total/dW6 = dE_total_dz6.T @ a5",
    ) in found["backward-6"]


def test_a_scatter_adds() -> None:
    found = pairs(example("mnist_cnn"))
    (scatter,) = [index for index, _ in found["backward-8"] if "+=" in index]
    assert scatter == "dE_total_dy8[n,c,p1 + u1 - 1,p2 + u2 - 1] += Sum(dE_total_dz9[n,o,p1,p2]*W9[o,c,u1,u2], o)"
    assert sum("A line with += starts from 0" in text for text in prose(example("mnist_cnn"))) >= 4


def test_facts_are_conditions() -> None:
    assert [plain_chain(chain) for chain in equations(example("mnist_cnn"))["conditions"]] == ["Sum(t[n,k], k) = 1"]
    dense = symprop.Network(3, [symprop.Dense(4)], loss="categorical_cross_entropy_from_logits").derive().document()
    assert [plain_chain(chain) for chain in equations(dense)["conditions"]] == ["Sum(t[j], j) = 1"]
    assert "conditions" not in equations(example("transformer_block"))


@pytest.mark.parametrize("sequence", [False, True])
def test_a_recurrent_layer_is_one_step_and_a_sum(sequence: bool) -> None:
    net = symprop.Network((7, 3), [symprop.LSTM(2, sequence=sequence)])
    document = net.derive().document()
    found = pairs(document)
    assert (
        "c1_tau[j] = f1_tau[j]*c1_tau-1[j] + i1_tau[j]*g1_tau[j]",
        "c1_tau = f1_tau * c1_tau-1 + i1_tau * g1_tau",
    ) in found["forward-1"]
    assert (
        "dE_total/dWi1[j,k] = Sum(dE_total_dzi1_tau[j]*x[tau,k], tau)",
        "dE_total/dWi1 = Sum(dE_total_dzi1_tau @ x[tau].T, tau)",
    ) in found["backward-1"]
    assert not any("_4" in text for lines in found.values() for text, _ in lines)
    assert document.names.look("c1_tau-1") == r"c_{\tau-1}^{(1)}"


def test_one_step_is_shown_as_it_is() -> None:
    found = pairs(symprop.Network((1, 3), [symprop.RNN(2)]).derive().document())
    assert not any("tau" in text for lines in found.values() for text, _ in lines)


def test_terms_that_look_alike_elsewhere_are_no_steps() -> None:
    inputs = {f"x{k}": (4, 3) for k in (1, 2, 3)}
    found = pairs(symprop.Network(inputs, [symprop.Add(inputs=tuple(inputs))]).derive().document())
    assert found["forward-1"] == [("y1[j,k] = x1[j,k] + x2[j,k] + x3[j,k]", "y1 = x1 + x2 + x3")]


def test_a_shared_parameter_gets_a_sum() -> None:
    net = symprop.Network((5, 3), [symprop.Dense(3, "tanh", weights="W"), symprop.Dense(3, weights="W")])
    document = net.derive().document()
    (gradient,) = [index for index, _ in pairs(document)["backward-1"] if index.startswith("dE_total/dW")]
    assert gradient.count("Sum(") == 2
    assert "W is shared by layers 1 and 2, so its gradient is the sum of what each contributes." in prose(document)


def test_a_penalty_stands_with_the_loss() -> None:
    found = pairs(symprop.Network(3, [symprop.Dense(2, "tanh", l2=0.25)]).derive().document())
    assert any(text.startswith("R1 = ") for text, _ in found["forward-loss"])
    assert not any(text.startswith("R1") for text, _ in found["forward-1"])


def test_the_layers_and_conventions_are_stated() -> None:
    document = example("transformer_block")
    table = next(block for block in document.blocks if isinstance(block, Table))
    rows = [["".join(map(said, cell)) for cell in row] for row in table.rows]
    assert rows[2] == ["3", "add (first)", "x and y2", "y3", "4 × 6"]
    (convention,) = [text for text in prose(document) if text.startswith("Indices count from 1")]
    for phrase in ("Vectors are columns", "first axis", "shape of what it is a gradient by", "colsum"):
        assert phrase in convention


def test_dense_chains_keep_their_chapters() -> None:
    headings = [block.text for block in example("classroom").blocks if isinstance(block, Heading)]
    assert ("All output weights",) in headings
    assert not any(isinstance(block, Pairs) for block in example("classroom").blocks)
