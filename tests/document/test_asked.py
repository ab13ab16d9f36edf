"""What was asked for and is no parameter has a chapter, and stands in the matrix form; nothing asked for, nothing told."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symprop
from symprop.document.blocks import Document, Equations, Table
from symprop.face import Derivation
from symprop.layers.dense import Dense
from symprop.layers.normalisation import LayerNorm
from symprop.notation.plain import plain, plain_chain
from symprop.prose.text import Text
from symprop.rules.update_rule import UpdateRule
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


def table(document: Document, first: str) -> dict[str, list[str]]:
    """The rows of the table whose first column is called so, by their first cells."""
    found = next(b for b in document.blocks if isinstance(b, Table) and b.header[0] == (first,))
    rows = ([as_plain(cell) for cell in row] for row in found.rows)
    return {row[0]: row[1:] for row in rows}


def as_plain(text: Text) -> str:
    return "".join(part if isinstance(part, str) else plain(part.formula) for part in text)


@pytest.mark.parametrize("asked", ["w3", "w8"], ids=["hidden", "output"])
def test_one_weight_is_told_of_alone(asked: str) -> None:
    document = symprop.load("classroom").derive(asked).document()
    assert [title for title in headings(document) if "gradient" in title] == [f"The gradient with respect to {asked}"]
    told = "\n".join(line for name in equations(document) for line in lines(document, name))
    others = {f"dE_total/dw{n}" for n in range(1, 9)} - {f"dE_total/d{asked}"}
    assert f"dE_total/d{asked} = " in told
    assert not [other for other in others if other in told]
    assert lines(document, "update") == [f"next_{asked} = {asked} - eta * dE_total/d{asked}"]


def test_the_update_is_that_of_all_weights_and_its_row_that_of_the_whole_document() -> None:
    network = symprop.load("classroom")
    part, whole = network.derive("w3").document(), network.derive().document()
    assert table(part, "Parameter") == {"w3": table(whole, "Parameter")["w3"]}
    assert set(table(part, "Given")) >= {"w1", "w3", "w8", "i1", "t2"}
    (after,) = (text for text in prose(whole) if text.startswith("After the update"))
    (of_all,) = (text for text in prose(part) if text.startswith("After the update of all parameters"))
    assert after.split(",", 1)[1] == of_all.split(",", 1)[1]
    assert "All elements of W1 are among them." in "\n".join(prose(part))


def test_clipping_by_norm_counts_gradients_that_were_not_asked_for() -> None:
    rule = UpdateRule(settings={"clip_norm": 1e-3})
    network = symprop.load("classroom")
    network = replace(network, training=replace(network.training, update=rule))
    part, whole = network.derive("w3").document(), network.derive().document()
    assert table(part, "Parameter")["w3"] == table(whole, "Parameter")["w3"]


def test_one_input_is_told_of_alone_and_every_number_is_worked_out() -> None:
    document = symprop.load("classroom").derive("i1").document()
    told = "\n".join(line for name in equations(document) for line in lines(document, name))
    assert "dE_total/di1" in told
    assert "dE_total/di2" not in told
    numbers = lines(document, "numbers")
    used = [name for name in ("dE_total_dh1", "dE_total_dh2") if name in numbers[-1]]
    assert used == ["dE_total_dh1", "dE_total_dh2"]
    assert all(any(line.startswith(f"{name} = dE_total/d") for line in numbers[:-1]) for name in used)
    assert "The update rule" not in headings(document)


def test_of_a_network_of_any_layers_the_element_that_was_asked_for_stands() -> None:
    network = symprop.Network((3, 2), [Dense(2, "tanh"), Dense(1)])
    document = network.derive(["w3", "b2"]).document()
    assert [line.split(" = ")[0] for line in lines(document, "single-others")] == ["dE_total/dw3"]
    assert any(text.startswith("This is the gradient with respect to each element") for text in prose(document))


def test_of_a_large_net_the_element_that_was_asked_for_stands() -> None:
    document = symprop.Network(90, [Dense(3, "tanh")]).derive("w7").document()
    assert [line.split(" = ")[0] for line in lines(document, "single-others")] == ["dE_total/dw7"]


@pytest.mark.parametrize(
    ("network", "asked"),
    [
        ("classroom", ["w3", "w4"]),
        ("classroom", ["w3", "a_h2"]),
        ("classroom", ["a_h2", "w3", "x"]),
        ("classroom", ["W2", "w1", "x"]),
        ("mazur", ["b1", "b2", "w5"]),
        ("four_layers", ["w1", "w2", "i1"]),
        ("logistic_equations", ["w1", "w2", "x1"]),
    ],
)
def test_several_are_told_one_by_one_and_no_two_equations_have_one_name(network: str, asked: list[str]) -> None:
    document = symprop.load(network).derive(asked).document()
    names = [block.id for block in document.blocks if isinstance(block, Equations)]
    assert len(names) == len(set(names))
    told = [title.removeprefix("The gradient with respect to ") for title in headings(document)]
    assert {name for name in asked if not name[0].isupper()} <= set(told)


def test_a_weight_and_an_input_of_a_network_of_any_layers_are_told() -> None:
    network = symprop.Network((3, 2), [Dense(2, "tanh"), LayerNorm(), Dense(1)])
    document = network.derive(["w3", "x"]).document()
    assert [line.split(" = ")[0] for line in lines(document, "single-others")] == ["dE_total/dw3", "dE_total/dx_1_1"]


def test_the_only_parameter_is_no_part_of_an_update() -> None:
    lines = ["h = w*x", "E = (t - h)**2/2"]
    network = symprop.Equations(lines, loss="E", parameters=["w"], values={"w": 0.5, "x": 2.0, "t": 3.0})
    part, whole = network.derive("w").document(), network.derive().document()
    assert prose(part) == prose(whole)
