"""Networks of any layers, told layer by layer: every equation of every layer, forms side by side, conditions, time, sharing."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

import symprop
from symprop.document.blocks import Document, Heading, Pairs, Paragraph, Table
from symprop.document.lines import letters_in
from symprop.layers.layer import Layer
from symprop.notation.plain import plain_chain
from symprop.views.delta import adjoints_by_name
from tests.document.reading import equations, prose, said
from tests.layers.test_layers import CASES, Shape, _named

WORDS = re.compile(r"[a-z]\w*")
UNFOLDED = [number for number, (layer, *_) in enumerate(CASES) if not hasattr(layer, "states")]


def derivation(layer: Layer, shapes: tuple[Shape, ...]) -> symprop.Derivation:
    """A network of one layer, its first axis the batch."""
    inputs = {f"in{k}": shape[1:] for k, shape in enumerate(shapes)}
    layer = replace(layer, inputs=tuple(inputs))
    return symprop.Network(inputs, [layer], batch=shapes[0][0]).derive()


@cache
def case(number: int) -> tuple[symprop.Derivation, Document]:
    """The layer by itself, and its document."""
    told = derivation(*CASES[number])
    return told, told.document()


def identified(number: int) -> str:
    return _named(CASES[number])


@cache
def example(name: str) -> Document:
    return symprop.load(name).derive().document()


def pairs(document: Document) -> dict[str, list[tuple[str, str | None]]]:
    return {
        block.id: [(plain_chain(a), b and plain_chain(b, matrix=True)) for a, b in block.pairs]
        for block in document.blocks
        if isinstance(block, Pairs)
    }


@pytest.mark.parametrize("number", UNFOLDED, ids=identified)
def test_nothing_is_left_out(number: int) -> None:
    told, document = case(number)
    found = pairs(document)
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
        "dE_total/dW1_i[j,k] = Sum(dE_total_dz1_i_tau[j]*x[tau,k], (tau, 1, 7))",
        "dE_total/dW1_i = Sum(dE_total_dz1_i_tau @ x[tau].T, (tau, 1, 7))",
    ) in found["backward-1"]
    assert not any("_4" in text for lines in found.values() for text, _ in lines)
    assert document.names.look("c1_tau-1") == r"c_{\tau-1}^{(1)}"


def test_a_sequence_is_what_its_steps_are() -> None:
    found = pairs(symprop.Network((4, 2), [symprop.RNN(3, sequence=True)]).derive().document())
    assert found["forward-1"] == [
        ("h1_0[j] = 0", "h1_0 = 0"),
        (
            "z1_tau[j] = Sum(W1[j,k]*x[tau,k], k) + Sum(U1[j,l]*h1_tau-1[l], l) + b1[j]",
            "z1_tau = W1 @ x[tau] + U1 @ h1_tau-1 + b1",
        ),
        ("h1_tau[j] = tanh(z1_tau[j])", "h1_tau = tanh(z1_tau)"),
        ("y1[tau,j] = h1_tau[j]", "y1[tau] = h1_tau"),
    ]
    texts = [text for text, _ in found["backward-1"]]
    assert texts[1] == "dE_total_dz1_4[j] = dE_total_dy1[4,j]*(1 - h1_4[j]**2)"
    assert "dE_total_dy1[tau,j]" in texts[2]
    assert not any("p1" in text for text in texts)


@pytest.mark.parametrize("layer", [symprop.RNN(2), symprop.GRU(2, sequence=True), symprop.LSTM(2)])
def test_one_step_is_shown_as_it_is(layer: Layer) -> None:
    document = symprop.Network((1, 3), [layer]).derive().document()
    assert not any("tau" in text for lines in pairs(document).values() for text, _ in lines)
    assert not any("tau" in text for text in prose(document))


def test_steps_are_said_where_lines_speak_of_them() -> None:
    texts = prose(symprop.Network((4, 2), [symprop.RNN(3)]).derive().document())
    (forward, backward) = [text for text in texts if "tau" in text and text.startswith("Indices")]
    assert "tau to 4" in forward
    assert "tau to 3" in backward
    assert forward.endswith("A line with tau holds for each of these steps in time.")


def test_an_index_called_tau_takes_the_letter() -> None:
    layers = [symprop.RNN(2), symprop.IndexLayer(("y[tau] = Sum(V[tau,j]*x[j], j)",), sizes={"tau": 3})]
    found = pairs(symprop.Network((4, 2), layers).derive().document())
    assert ("h1_theta[j] = tanh(z1_theta[j])", "h1_theta = tanh(z1_theta)") in found["forward-1"]


def test_several_uses_by_one_equation_are_no_steps() -> None:
    """Their numbers rise by one as steps do."""
    equation = "y[j] = x[1,j]*x[2,j] + x[2,j]*x[3,j]"
    layers = [symprop.RNN(2, sequence=True), symprop.IndexLayer((equation,)), symprop.Dense(1)]
    document = symprop.Network((4, 2), layers).derive().document()
    (total,) = [text for text, _ in pairs(document)["backward-1"] if text.startswith("dE_total_dy1[")]
    via = "dE_total_dy1_via_y2"
    assert total == f"dE_total_dy1[k,j] = {via}[k,j] + {via}_2[k,j] + {via}_3[k,j] + {via}_4[k,j]"
    assert document.names.look(f"{via}_3") == r"\delta_{y\overset{3}{\leftarrow} y^{(2)}}^{(1)}"


def test_a_row_for_each_use_is_one_line_for_any_row() -> None:
    layers = [symprop.RNN(3, sequence=True), symprop.GRU(2)]
    lines = pairs(symprop.Network((4, 2), layers).derive().document())["backward-1"]
    gates = "rug"
    by_index = " + ".join(f"Sum(dE_total_dz2_{gate}_tau[j]*W2_{gate}[j,k], j)" for gate in gates)
    by_matrix = " + ".join(f"W2_{gate}.T @ dE_total_dz2_{gate}_tau" for gate in gates)
    assert lines[0] == (f"dE_total_dy1[tau,k] = {by_index}", f"dE_total_dy1[tau] = {by_matrix}")
    assert not any("via" in text for pair in lines for text in pair if text)


def test_a_row_of_an_inputs_adjoint_stands_with_its_layer() -> None:
    found = pairs(symprop.Network((4, 2), [symprop.RNN(3)]).derive(wrt=["x"]).document())
    assert "backward-loss" not in found
    row = ("dE_total/dx[tau,k] = Sum(dE_total_dz1_tau[j]*W1[j,k], j)", "dE_total/dx[tau] = W1.T @ dE_total_dz1_tau")
    assert row in found["backward-1"]


@pytest.mark.parametrize("number", range(len(CASES)), ids=identified)
def test_every_letter_has_its_range(number: int) -> None:
    """The paragraph behind the lines names each letter that stands in them, and no other."""
    for block, after in pairwise(case(number)[1].blocks):
        if isinstance(block, Pairs):
            letters = set().union(*(letters_in(chain) for pair in block.pairs for chain in pair if chain))
            letters = {word for letter in letters for word in WORDS.findall(letter)}
            text = "".join(map(said, after.text)) if isinstance(after, Paragraph) else ""
            stated = re.findall(r"([a-z]\w*) (?:to|from) [0-9]", text.removeprefix("Indices run from 1"))
            assert letters == set(stated)


def test_ranges_are_those_of_the_printed_letters() -> None:
    equation = "y[t] = Sum(V[t,i]*x[i], i)"
    document = symprop.Network(3, [symprop.IndexLayer((equation,), sizes={"t": 2})]).derive().document()
    assert pairs(document)["forward-1"][0][0] == "y1[j] = Sum(V1[j,i]*x[i], i)"
    assert "Indices run from 1: j to 2 and i to 3." in prose(document)


def test_a_letter_that_runs_elsewhere_is_said_with_its_line() -> None:
    (text,) = [text for text in prose(example("mnist_cnn")) if "dy6_dy5_local" in text and text.startswith("Indices")]
    assert "p1 to 5 (to 7 in dy6_dy5_local)" in text


def test_what_has_no_matrix_form_is_named() -> None:
    texts = [text for text in prose(example("mnist_cnn")) if text.startswith("There is no matrix form")]
    assert "There is no matrix form for dE_total/dW9, only the line with indices." in texts


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
    for phrase in (
        "Vectors are columns",
        "first axis",
        "shape of the quantity that it is taken with respect to",
        "colsum",
    ):
        assert phrase in convention


def test_dense_chains_keep_their_chapters() -> None:
    headings = [block.text for block in example("classroom").blocks if isinstance(block, Heading)]
    assert ("All output weights",) in headings
    assert not any(isinstance(block, Pairs) for block in example("classroom").blocks)
