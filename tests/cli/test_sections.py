"""What the printed sections hold: their order, their numbers, and what is said where numbers are missing."""

from __future__ import annotations

import pytest

from symprop.cli.sections import chain_of, equated, given_numbers, nested, scalar_sections, tensor_sections
from symprop.errors import UserError
from symprop.face import Derivation, Network, load
from symprop.layers.dense import Dense
from symprop.layers.recurrent import GRU, RNN
from symprop.notation.formula import Number, Symbol
from symprop.notation.plain import plain, plain_chain
from symprop.views.numbers import as_number


def test_the_last_layer_comes_first() -> None:
    net = Derivation(Network(2, [Dense(3, "tanh"), Dense(2, "tanh"), Dense(1, "sigmoid")]))
    assert [section.title for section in scalar_sections(net, {})] == [
        "Forward pass",
        "Functions",
        "Gradients of the output layer",
        "Gradients of hidden layer 2",
        "Gradients of hidden layer 1",
    ]


def test_one_layer_is_no_output_layer() -> None:
    assert [s.title for s in scalar_sections(Derivation(Network(2, [Dense(3)])), {})] == ["Forward pass", "Gradients"]


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_the_sums_are_differentiated_before_the_parameters(form: str) -> None:
    net = Derivation(Network(2, [Dense(3, "tanh"), Dense(1)]))
    *_, gradients = tensor_sections(net, form, {})
    lefts = [plain(chain.sides[0]).partition("[")[0] for chain in gradients.chains]
    assert lefts == ["dE_total_dz2", "dE_total_dz1", *(f"dE_total/d{name}" for name in ("W1", "b1", "W2", "b2"))]


def test_a_side_that_repeats_the_one_before_is_left_out() -> None:
    a, b = Symbol("a"), Symbol("b")
    assert chain_of(a, b, b, a).sides == (a, b, a)
    assert equated(b, a, "b", {"a": 0.5, "b": 0.5}).sides == (b, a, Number(0.5, 6))


def test_missing_values_are_named_the_first_few() -> None:
    net = Derivation(Network(2000, [Dense(3000, bias=False)], name="wide"))
    with pytest.raises(UserError, match=r"'wide' has no values.*Give values to i1, i2, i3, i4, i5, i6, i7, i8, … in"):
        given_numbers(net)


def test_numbers_come_with_those_of_the_gradients() -> None:
    numbers = given_numbers(Derivation(load("classroom")))
    assert numbers["h1"] == pytest.approx(0.0275)
    assert numbers["dE_total_dw5"] == pytest.approx(0.0128808, rel=1e-5)


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_the_states_of_a_sequence_stand_row_by_row(form: str) -> None:
    net = Derivation(Network((3, 2), [RNN(2, sequence=True), GRU(1)]))
    forward, *_, gradients = tensor_sections(net, form, {})
    lines = [plain_chain(chain, matrix=form == "matrix") for chain in (*forward.chains, *gradients.chains)]
    gates = "rug"
    state, row = {"index": ("y1[2,j] = h1_2[j]", "[3,k]"), "matrix": ("y1[2] = h1_2", "[3]")}[form]
    uses = [f"Sum(dE_total_dz2_{g}_3[j]*W2_{g}[j,k], j)" for g in gates]
    uses = uses if form == "index" else [f"W2_{g}.T @ dE_total_dz2_{g}_3" for g in gates]
    assert state in lines
    assert f"dE_total_dy1{row} = dE_total/dy1{row} = {' + '.join(uses)}" in lines
    assert not any(name in line for line in lines for name in ("p1_", "_via_", "+="))


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_a_row_has_its_own_numbers(form: str) -> None:
    values = {"x": [[0.5, 1], [1.5, 2], [2.5, 3]], "W1": [[0.1, 0.2], [0.3, 0.4]], "U1": [[0.5, 0.1], [0.2, 0.3]]}
    values |= {"b1": [0.1, 0.2], "W2": [[0.5, 0.25]], "U2": [[0.5]], "b2": [0.1], "t": [1.0]}
    net = Derivation(Network((3, 2), [RNN(2, sequence=True), RNN(1)], values=values))
    numbers = given_numbers(net)
    forward, *_, gradients = tensor_sections(net, form, numbers)
    found = {plain(c.sides[0]).partition(",")[0].rstrip("]"): c.sides[-1] for c in (*forward.chains, *gradients.chains)}
    assert found["y1[2"] == found["h1_2" if form == "matrix" else "h1_2[j"]
    slopes = nested(net, net.program.tensors["dE_total_dy1"], numbers)
    assert plain(found["dE_total_dy1[2"]) == f"[{', '.join(plain(as_number(slope)) for slope in slopes[1])}]"
