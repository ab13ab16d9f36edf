"""The update in the document is the training step that a program would run, under names that nothing else has."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest

from symprop.document.blocks import Equations, Table
from symprop.face import Derivation, Network, load
from symprop.face import Equations as EquationList
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm
from symprop.notation.formula import Number, Partial, Symbol
from symprop.notation.latex import latex
from symprop.notation.plain import plain, plain_chain
from symprop.prose.text import Math
from symprop.views.tree import map_parts
from tests.document.reading import equations, headings, prose, rows, said
from tests.layers.test_layers import CASES, Shape, _named


def update(derivation: Derivation) -> tuple[str, str]:
    """The update rule in plain text and in LaTeX."""
    document = derivation.document()
    (chain,) = next(b.chains for b in document.blocks if isinstance(b, Equations) and b.id == "update")
    plain_text, looks = ([show(side) for side in chain.sides] for show in (plain, lambda s: latex(s, document.names)))
    return " = ".join(plain_text), " = ".join(looks)


@pytest.mark.parametrize(
    ("notation", "text", "look"),
    [
        ("classroom", "next_w1 = w1 - eta*dE_total/dw1", r"w_{1}^{\mathrm{new}} = w_{1} - \eta "),
        (
            "textbook",
            "next_w1_1_1 = w1_1_1 - eta*dE_total/dw1_1_1",
            r"w_{11}^{(1), \mathrm{new}} = w_{11}^{(1)} - \eta ",
        ),
    ],
)
def test_the_update_rule(notation: str, text: str, look: str) -> None:
    found = update(load("classroom").derive(notation=notation))
    assert found[0].replace(" * ", "*") == text
    assert found[1].startswith(look)


def test_the_names_of_the_update_are_free() -> None:
    lines = ["h = eta*next_w*x", "E = (t - h)**2"]
    text, look = update(EquationList(lines, loss="E", parameters=["next_w"]).derive())
    assert text.replace(" * ", "*") == "next_next_next_w = next_w - eta_*dE/dnext_w"
    assert r"\mathtt{eta\_}" in look
    assert r"\eta" not in look


def test_the_table_holds_what_the_rule_says() -> None:
    derivation = load("mazur").derive()
    rate, numbers, document = derivation.spec.training.learning_rate, derivation.numbers, derivation.document()
    (table,) = [b for b in document.blocks if isinstance(b, Table) and b.header[0] == ("Parameter",)]
    assert [row[0] for row in table.rows] == [(Math(Symbol(name)),) for name in derivation.parameters()]
    (chain,) = next(b.chains for b in document.blocks if isinstance(b, Equations) and b.id == "update")

    def number(part):  # type: ignore[no-untyped-def]
        if isinstance(part, Partial):
            return Number(numbers["dE_total_dw1"])
        if isinstance(part, Symbol):
            return Number({"eta": rate, **numbers}[part.name])
        return map_parts(part, number)

    (after,) = table.rows[0][3]
    assert isinstance(after, Math)
    assert isinstance(after.formula, Number)
    assert eval(plain(number(chain.sides[1]))) == pytest.approx(after.formula.value)


def test_what_is_not_trained_is_not_updated() -> None:
    net = Network(2, [Dense(3, trainable=False), Dense(1, bias=False)], values={"x": [1, 2], "t": [1]})
    assert update(net.derive(["x", "W1", "W2"]))[0].startswith("next_w7 = ")
    blocks = net.derive("x").document().blocks
    assert not any(isinstance(block, Equations) and block.id == "update" for block in blocks)


def running(**options: Any) -> Network:
    """Two examples through a normalisation by the batch, all numbers given."""
    layers = [Dense(3, "tanh", trainable=False), BatchNorm(**options)]
    net = Network(2, layers, batch=2)
    values = {t.name: np.linspace(0.1, 0.9, prod(t.extents)).reshape(t.extents) for t in net.elaborate().free}
    return replace(net, values={name: array.tolist() for name, array in values.items()})


def test_a_state_has_a_rule_of_its_own() -> None:
    document = running().derive().document()
    found = equations(document)
    (rule,) = found["update"]
    assert plain_chain(rule).endswith(" - eta * dE_total/dg2")
    assert [plain_chain(chain) for chain in found["states"]] == [
        "next_mean2[k] = 9/10*mean2[k] + 1/10*m2[k]",
        "next_variance2[k] = 9/10*variance2[k] + 1/10*v2[k]",
    ]
    assert [row[0] for row in rows(document, "State")] == [f"{n}2_{k}" for n in ("mean", "variance") for k in (1, 2, 3)]
    assert {row[0] for row in rows(document, "Parameter")} == {f"{name}2_{k}" for name in "gb" for k in (1, 2, 3)}


def test_states_alone_are_no_weights() -> None:
    document = running(trainable=False).derive().document()
    titles = headings(document)
    assert "The update rule" not in titles
    assert "What is kept between updates" in titles
    assert "The first update, in numbers" in titles
    assert not any("every weight takes a small step" in text for text in prose(document))


def test_states_move_as_the_table_says() -> None:
    derivation = running().derive()
    numbers = derivation.numbers
    for name, before, after in rows(derivation.document(), "State"):
        assert float(before) == pytest.approx(numbers[name], rel=1e-4)
        assert float(after) == pytest.approx(numbers[f"next_{name}"], rel=1e-4)
        assert before != after


def test_a_batch_is_no_example() -> None:
    text = prose(running().derive().document())
    assert "Here are the numbers of one batch, of 2 examples." in text
    assert not any("the example" in each and "loss" in each for each in text if "formulas are for" not in each)


def test_one_gradient_is_not_two() -> None:
    one = Network(2, [Dense(1)], values={"x": [1, 2], "t": [0], "W1": [[1, 1]], "b1": [0]}).derive().document()
    assert any(text.startswith("One gradient, first in symbols") for text in prose(one))
    assert len(equations(one)["numbers"]) == 1
    assert any(text.startswith("Two gradients, ") for text in prose(load("classroom").derive().document()))


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_every_layer_is_told_with_numbers(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    inputs = {f"in{k}": shape[1:] for k, shape in enumerate(shapes)}
    net = Network(inputs, [replace(layer, inputs=tuple(inputs))], batch=shapes[0][0])
    values = {t.name: np.linspace(0.1, 0.9, prod(t.extents)).reshape(t.extents).tolist() for t in net.elaborate().free}
    derivation = replace(net, values=values).derive()
    document = derivation.document()
    count = sum(prod(t.extents) for t in derivation.core.forward.trainable)
    tables = [block for block in document.blocks if isinstance(block, Table) and block.header[0] == ("Parameter",)]
    assert [len(table.rows) for table in tables] == [min(count, 60)] * bool(count)
    for table in tables:
        for row in table.rows:
            name, before, gradient, after = ("".join(map(said, cell)) for cell in row)
            assert float(before) == pytest.approx(derivation.numbers[name], rel=1e-4)
            assert float(after) == pytest.approx(float(before) - 0.5 * float(gradient), rel=1e-4, abs=1e-5)
