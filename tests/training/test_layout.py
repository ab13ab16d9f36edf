"""Arrays and the names of their elements: order, shapes, number formats, and every refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.training.layout import Layout, as_array, scalar_names

PROGRAM = NetworkSpec(3, [Dense(2, bias="layer"), Dense(4)]).elaborate()
NAMES = names_for(PROGRAM)


def layout(**options: Any) -> Layout:
    return Layout(PROGRAM, NAMES, **options)


def test_elements_are_named_row_by_row() -> None:
    assert scalar_names(PROGRAM.tensors["W1"], PROGRAM, NAMES) == [f"w{k}" for k in range(1, 7)]
    assert layout().inputs == ["i1", "i2", "i3"]
    assert layout().targets == ["t1", "t2", "t3", "t4"]


def test_parameters_go_apart_and_together_again() -> None:
    given = {"W1": np.arange(6.0).reshape(2, 3), "b1": 0.5, "W2": -np.arange(8.0).reshape(4, 2), "b2": [1, 2, 3, 4]}
    flat = layout().flatten(given)
    assert (flat["w1"], flat["w6"], flat["w9"], flat["b1"], flat["b_o3"]) == (0.0, 5.0, -2.0, 0.5, 3.0)
    again = layout().gather("W2", [flat[f"w{k}"] for k in range(7, 15)])
    assert again.tolist() == given["W2"].tolist()  # type: ignore[attr-defined]
    assert layout(dtype="float32").gather("b1", [0.1]).dtype == np.float32


def test_columns_of_examples() -> None:
    columns = layout().examples([[1, 2, 3], [4, 5, 6]], [[1, 2, 3, 4], [5, 6, 7, 8]])
    assert {name: column.tolist() for name, column in columns.items()}["i2"] == [2.0, 5.0]
    assert columns["t4"].tolist() == [4.0, 8.0]
    assert list(layout().examples([1, 2, 3], targets=False)) == ["i1", "i2", "i3"]


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        (object(), None, "x is not an array of numbers"),
        ([[1], [2, 3]], None, "x is not an array of numbers"),
        ([1, 2], (3,), r"x has the wrong shape \(expected \(3,\), got \(2,\)\)"),
        ([[1, 2], [np.nan, 4]], None, r"element \(1, 0\): x is not finite \(got nan\)"),
        (np.inf, None, r"^x is not finite \(got inf\)"),
        (10**400, None, "x is not an array of numbers"),
    ],
)
def test_what_is_no_array_of_finite_numbers(value: Any, shape: tuple[int, ...] | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        as_array(value, "x", shape)


@pytest.mark.parametrize("given", [None, 5, [("W1", 1.0)]])
def test_parameters_are_given_by_name(given: Any) -> None:
    with pytest.raises(UserError, match=r"parameters are given by name \(expected such as"):
        layout().flatten(given)


def test_an_array_is_copied() -> None:
    given = np.zeros(3)
    as_array(given, "x", (3,))[0] = 1.0
    assert given[0] == 0.0


def test_targets_outside_of_what_the_loss_takes() -> None:
    bounded = layout(target_domain=(0.0, 1.0))
    assert bounded.examples([1, 2, 3], [0, 1, 0.5, 1])["t3"].tolist() == [0.5]
    message = r"the loss does not take the target t2 \(expected values from 0 to 1, got 1.5\)"
    with pytest.raises(UserError, match=message):
        bounded.examples([1, 2, 3], [0, 1.5, 0, 0])


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("1.5", "text"),
        ([["1", "2"]], "text"),
        ([1 + 2j], "complex numbers"),
        (np.array([1.0, None]), "ndarray"),
        ([b"1"], "text"),
    ],
)
def test_nothing_is_made_a_number_that_is_none(value: Any, got: str) -> None:
    with pytest.raises(UserError, match=rf"x is not an array of numbers \(got {got}\)"):
        as_array(value, "x", None)


def test_numbers_of_every_kind_are_taken() -> None:
    for value in ([True, False], np.array([1, 0], dtype=np.uint8), [1, 0], np.array([1, 0], dtype=np.float16)):
        assert as_array(value, "x", (2,)).tolist() == [1.0, 0.0]
    with pytest.raises(UserError, match=r"element \(0,\): x is not finite"):
        as_array([1e300], "x", None, "float32")
