"""Values given by tensor and by element: which are taken, in which order they come back, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.values import assign, describe, element_values, finite, missing

# 2-3-1: w1 … w6 lead to h1 … h3, w7 … w9 to o1.
PROGRAM = NetworkSpec(2, [Dense(3, "tanh"), Dense(1, bias="layer")]).elaborate()
NAMES = names_for(PROGRAM)
ALL = {
    "x": [0.5, -1],
    "t": (0.25,),
    "W1": [[1, 2], [3, 4], [5, 6]],
    "b1": [7, 8, 9],
    "W2": [[10, 11, 12]],
    "b2": 13,
}
ELEMENTS = {
    "i1": 0.5, "i2": -1.0, "t1": 0.25, "w1": 1.0, "w2": 2.0, "w3": 3.0, "w4": 4.0, "w5": 5.0, "w6": 6.0,
    "b_h1": 7.0, "b_h2": 8.0, "b_h3": 9.0, "w7": 10.0, "w8": 11.0, "w9": 12.0, "b2": 13.0,
}  # fmt: skip


def test_tensors_and_elements_give_the_same() -> None:
    assert element_values(PROGRAM, NAMES, ALL) == ELEMENTS
    assert element_values(PROGRAM, NAMES, ELEMENTS) == ELEMENTS


def test_the_order_is_the_programs() -> None:
    shuffled = dict(sorted(ELEMENTS.items(), key=lambda pair: pair[0][::-1]))
    assert list(shuffled) != list(ELEMENTS)
    assert list(element_values(PROGRAM, NAMES, shuffled)) == list(ELEMENTS)


def test_every_value_is_a_float() -> None:
    assert {type(value) for value in element_values(PROGRAM, NAMES, ALL).values()} == {float}


def test_arrays_are_taken_as_lists() -> None:
    given = {"W1": numpy.array(ALL["W1"]), "b2": numpy.float32(0.5), "w7": numpy.int64(3), "x": numpy.array([1, 2])}
    assert element_values(PROGRAM, NAMES, given)["w6"] == 6.0
    assert element_values(PROGRAM, NAMES, {"x": numpy.array([1, 2])}) == {"i1": 1.0, "i2": 2.0}


def test_names_in_class_are_taken_in_every_notation() -> None:
    textbook = names_for(PROGRAM, "textbook")
    assert element_values(PROGRAM, textbook, {"w3": 4, "x_2": 1}) == {"x_2": 1.0, "w1_2_1": 4.0}
    assert set(element_values(PROGRAM, textbook, ELEMENTS).values()) == set(ELEMENTS.values())


def test_what_is_not_given_is_missing() -> None:
    assert missing(PROGRAM, NAMES, {"W1": ALL["W1"], "w8": 0, "b1": [0, 0, 0]}) == ["i1", "i2", "t1", "w7", "w9", "b2"]
    assert missing(PROGRAM, NAMES, ALL) == []
    assert missing(PROGRAM, NAMES, {}) == list(ELEMENTS)
    assert missing(PROGRAM, NAMES, {"x": [1, 2]}, most=2) == ["t1", "w1"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"W1": [[1, 2, 3], [4, 5, 6]]}, "value 'W1': wrong shape (expected shape 3 × 2 for 'W1', got shape 2 × 3)"),
    ({"W1": [[1, 2], [3, 4], [5]]}, "expected shape 3 × 2 for 'W1', got lists of unequal length or depth"),
    ({"W1": [1, 2, 3, 4, 5, 6]}, "expected shape 3 × 2 for 'W1', got a list of 6"),
    ({"W1": 0.5}, "expected shape 3 × 2 for 'W1', got 0.5"),
    ({"x": [1, 2, 3]}, "value 'x': wrong shape (expected a list of 2 for 'x', got a list of 3)"),
    ({"x": []}, "expected a list of 2 for 'x', got a list of 0"),
    ({"x": [[1, 2]]}, "expected a list of 2 for 'x', got shape 1 × 2"),
    ({"x": [1, [2]]}, "got lists of unequal length or depth"),
    ({"b2": [13]}, "value 'b2': wrong shape (expected one number for 'b2', got a list of 1)"),
    ({"w1": [1]}, "value 'w1': this is not a number (expected a number, got a list of 1)"),
    ({"w1": "0.5"}, "value 'w1': this is not a number (expected a number, got text '0.5')"),
    ({"w1": True}, "this is not a number (expected a number, got true)"),
    ({"w1": None}, "this is not a number"),
    ({"w1": 1j}, "this is not a number"),
    ({"x": [1, {"a": 1}]}, "this is not a number (expected a number, got a table)"),
    ({"x": [1, float("nan")]}, "value 'x': this number is not finite (expected a finite number, got nan)"),
    ({"w1": float("-inf")}, "this number is not finite (expected a finite number, got -inf)"),
    ({"w1": 10**400}, "this number is not finite (expected a finite number, got a number of more than 30 digits)"),
    ({"w1": 16**9000}, "this number is not finite (expected a finite number, got a number of more than 30 digits)"),
    ({"w10": 1}, "value 'w10': there is no quantity 'w10'. Did you mean 'w1'?"),
    ({"W3": 1}, "there is no quantity 'W3'. Did you mean 'w3'?"),
    ({"h2": 1}, "value 'h2': 'h2' is computed from other quantities, so it takes no value"),
    ({"a1": [1, 2, 3]}, "'a1' is computed from other quantities"),
    ({"E_total": 1}, "'E_total' is computed from other quantities"),
    ({"w2": 1, "W1": ALL["W1"]}, "value 'W1': 'w2' gives a value of 'W1' already. Give one of them."),
    ({"W1": ALL["W1"], "w2": 1}, "value 'w2': 'W1' gives a value of 'w2' already. Give one of them."),
]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[str(sorted(given)) for given, _ in WRONG])
def test_a_wrong_value_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        element_values(PROGRAM, NAMES, given)
    assert message in str(caught.value)
    with pytest.raises(UserError) as again:
        assign(PROGRAM, given)
    assert str(again.value) == str(caught.value)


def test_lists_may_be_as_deep_as_they_like() -> None:
    deep: Any = 1.0
    for _ in range(5000):
        deep = [1, deep]
    with pytest.raises(UserError, match="unequal length or depth"):
        assign(PROGRAM, {"x": deep})


def test_an_element_that_two_notations_name_is_given_twice() -> None:
    with pytest.raises(UserError, match="'w1' gives a value of 'w1_1_1' already"):
        element_values(PROGRAM, names_for(PROGRAM, "textbook"), {"w1": 1, "w1_1_1": 2})


def test_an_error_knows_the_key_of_its_value() -> None:
    with pytest.raises(UserError, match=r"^value 'w1': this is not") as caught:
        assign(PROGRAM, {"w2": 3, "w1": "?"})
    assert caught.value.which("value") == "w1"


def test_equations_take_values_by_name() -> None:
    program = EquationsSpec(["h = w*x", "E = (t - h)**2"], loss="E").elaborate()
    assert element_values(program, Names(), {"x": 2, "w": 1}) == {"w": 1.0, "x": 2.0}
    assert missing(program, Names(), {"x": 2}) == ["w", "t"]


def large() -> Program:
    return NetworkSpec(3000, [Dense(1000)]).elaborate()


def test_a_large_network_takes_values_by_tensor_and_by_element() -> None:
    program = large()
    names = names_for(program)
    element = names.element("W1", (999, 2), (1000, 3000))
    given = {element: 0.5, "b1": [0.25] * 1000}
    found = element_values(program, names, given)
    assert len(found) == 1001
    assert found[element] == 0.5
    assert missing(program, names, given, most=1) == [names.element("x", (0,), (3000,))]
    with pytest.raises(UserError, match=r"there is no quantity 'W99_1_1'. Known: W1, b1, t, x"):
        assign(program, {"W99_1_1": 0.0})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (False, "false"),
        (3, "3"),
        ("a", "text 'a'"),
        ((1, 2), "a list of 2"),
        ({}, "a table"),
        (-(10**30), "a number of more than 30 digits"),
    ],
)
def test_a_value_is_described_by_its_kind(value: object, shown: str) -> None:
    assert describe(value) == shown


def test_a_finite_number_is_a_float() -> None:
    assert finite(2**60) == float(2**60)
