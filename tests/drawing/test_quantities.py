"""Equations as a graph of quantities."""

from __future__ import annotations

import pytest

from symprop.drawing.figure import Kind
from symprop.errors import BudgetError
from symprop.face import Equations
from tests.drawing.made import EQUATIONS, drawing, of, overlaps


def test_what_is_computed_from_what() -> None:
    drawn = drawing("logistic_equations")
    assert drawn.style == "quantities"
    assert {(e.source, e.target) for e in drawn.edges} == {
        ("w1", "z"), ("x1", "z"), ("w2", "z"), ("x2", "z"), ("b", "z"), ("z", "p"), ("t", "E"), ("p", "E")
    }  # fmt: skip
    kinds = {node.key: node.kind for node in drawn.nodes}
    assert (kinds["w1"], kinds["x1"], kinds["z"], kinds["E"]) == (Kind.PARAMETER, Kind.INPUT, Kind.QUANTITY, Kind.LOSS)


def test_numbers_are_those_given_and_those_that_follow() -> None:
    texts = {label.of: label.text for label in of(EQUATIONS).labels if label.style == "value"}
    assert (texts["x"], texts["h"], texts["E"]) == ("−1.25", "−0.525", "0.9482")


@pytest.mark.parametrize("equations", [EQUATIONS, Equations(["E = w"], loss="E")])
def test_nothing_overlaps(equations: Equations) -> None:
    assert overlaps(of(equations)) == []


def test_every_line_goes_to_the_right() -> None:
    drawn = of(EQUATIONS)
    places = {node.key: node.x for node in drawn.nodes}
    assert all(places[edge.source] < places[edge.target] for edge in drawn.edges)


def test_more_than_can_be_seen() -> None:
    lines = ["a0 = w", *(f"a{k} = 2*a{k - 1}" for k in range(1, 150)), "E = a149"]
    with pytest.raises(BudgetError, match="at most 150 quantities"):
        of(Equations(lines, loss="E"))
