"""The JSON of `formulas`: its shape in each form, and its values where they are known, or too many to be worked out."""

from __future__ import annotations

import pytest

from symprop.cli.described import described
from symprop.errors import BudgetError
from symprop.face import Derivation, Equations, Network, load
from symprop.layers.dense import Dense
from tests.document.reading import prose, valued_large


def test_each_adjoint_stands_behind_those_that_it_refers_to() -> None:
    layers = [Dense(3, "tanh", bias=False) for _ in range(5)]
    content = described(Derivation(Network(2, [*layers, Dense(2)])), ["w1"], "scalar")
    known: set[str] = set()
    for name, entry in content["adjoints"].items():
        assert {other for other in content["adjoints"] if other in entry["formula"]} <= known
        known.add(name)
    assert any(name in content["gradients"][0]["formula"] for name in known)


def test_values_have_the_shape_of_their_tensor() -> None:
    values = {"x": [0.1, 0.2, 0.3], "t": [1.0, 0.0], "W1": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}
    derivation = Derivation(Network(3, [Dense(2, "tanh", bias=False)], values=values))
    content = described(derivation, ["W1"], "index")
    (entry,) = content["gradients"]
    assert [len(row) for row in entry["value"]] == [3, 3]
    assert entry["value"][1][2] == derivation.numbers["dE_total_dw6"]
    assert content["forward"]["z1"] == [derivation.numbers["o1"], derivation.numbers["o2"]]
    assert content["forward"]["E_total"] == derivation.numbers["E_total"]


def test_a_list_of_equations_names_its_loss() -> None:
    content = described(Derivation(Equations(["E = (t - w*x)**2"], "E", ["w"])), ["w"], "scalar")
    assert (content["loss"], content["forward"]) == ("E", None)


@pytest.mark.parametrize("form", ["scalar", "index", "matrix"])
def test_too_many_values_are_left_out(form: str) -> None:
    derivation = valued_large()
    assert derivation.numbers_left_out
    content = described(derivation, ["w7" if form == "scalar" else "W1"], form)
    assert content["forward"] is None
    assert content["gradients"][0]["value"] is None
    assert "program" not in vars(derivation.scalars)


def test_too_many_numbers_are_never_worked_out() -> None:
    derivation = valued_large()
    with pytest.raises(BudgetError, match="too large to be written out"):
        _ = derivation.numbers
    assert any("so the numbers of the first update are left out" in text for text in prose(derivation.document()))
    assert not load("classroom").derive().numbers_left_out
