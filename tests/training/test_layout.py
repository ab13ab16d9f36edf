"""Arrays and the names of their elements: order, shapes, number formats, and every refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Add, Flatten
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


GIVEN: dict[str, Any] = {
    "W1": np.arange(6.0).reshape(2, 3),
    "b1": 0.5,
    "W2": -np.arange(8.0).reshape(4, 2),
    "b2": [1, 2, 3, 4],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_are_arrays_of_their_own(dtype: str) -> None:
    found = layout(dtype=dtype).checked(GIVEN)
    assert {name: array.shape for name, array in found.items()} == {"W1": (2, 3), "b1": (), "W2": (4, 2), "b2": (4,)}
    assert {array.dtype for array in found.values()} == {np.dtype(dtype)}
    found["W1"][0, 1] = 7.0
    assert GIVEN["W1"][0, 1] == 1.0


def test_elements_go_together_again() -> None:
    again = layout().gather("W2", [-k for k in range(8)])
    assert again.tolist() == GIVEN["W2"].tolist()
    assert layout(dtype="float32").gather("b1", [0.1]).dtype == np.float32


def test_several_examples_have_a_first_axis() -> None:
    copies, arrays = layout().examples([[1, 2, 3], [4, 5, 6]], [[1, 2, 3, 4], [5, 6, 7, 8]])
    assert copies == 2
    assert {name: array.shape for name, array in arrays.items()} == {"x": (2, 3), "t": (2, 4)}
    assert arrays["x"][:, 1].tolist() == [2.0, 5.0]
    assert arrays["t"][1].tolist() == [5.0, 6.0, 7.0, 8.0]


@pytest.mark.parametrize("x", [[1, 2, 3], [[1, 2, 3]]])
def test_one_example_has_no_axis_of_its_own(x: Any) -> None:
    copies, arrays = layout().examples(x, targets=False)
    assert (copies, list(arrays), arrays["x"].tolist()) == (1, ["x"], [1.0, 2.0, 3.0])


def test_batches_have_a_first_axis() -> None:
    program = NetworkSpec((2, 3), [Dense(4), Flatten(), Dense(2)], batch=2).elaborate()
    x, t = np.arange(36.0).reshape(6, 2, 3), np.arange(12.0).reshape(6, 2)
    columns = {Role.INPUT: [f"i{k}" for k in range(6)], Role.TARGET: ["t1", "t2"]}
    own = Layout(program, NAMES, batch=2, columns=columns)
    for given in (x, x.reshape(6, 6)):
        copies, arrays = own.examples(given, t)
        assert copies == 3
        np.testing.assert_array_equal(arrays["x"], x.reshape(3, 2, 2, 3))
        np.testing.assert_array_equal(arrays["t"], t.reshape(3, 2, 2))
    copies, arrays = own.examples(x[:2], t[:2])
    assert (copies, arrays["x"].shape, arrays["t"].shape) == (1, (2, 2, 3), (2, 2))
    with pytest.raises(UserError, match=r"5 examples do not make whole batches .*Leave out 1, or add 1"):
        own.examples(x[:5], t[:5])


def test_a_table_is_cut_into_the_tensors_that_make_it_up() -> None:
    layers = [Dense(2, name="a", inputs=("u",)), Dense(2, name="b", inputs=("v",)), Add(inputs=("a", "b"))]
    program = NetworkSpec({"u": 1, "v": 3}, layers, batch=2).elaborate()
    table = np.arange(16.0).reshape(4, 4)
    columns = {Role.INPUT: ["u1", "v1", "v2", "v3"], Role.TARGET: ["t1", "t2"]}
    copies, arrays = Layout(program, NAMES, batch=2, columns=columns).examples(table, targets=False)
    assert copies == 2
    np.testing.assert_array_equal(arrays["u"], table[:, :1].reshape(2, 2, 1))
    np.testing.assert_array_equal(arrays["v"], table[:, 1:].reshape(2, 2, 3))


def test_integers_are_integers() -> None:
    program = NetworkSpec((3,), [Embedding(5, 2), Flatten(), Dense(2)]).elaborate()
    for dtype in ("float32", "float64"):
        _, arrays = Layout(program, NAMES, dtype).examples([[0, 4, 1], [2, 2, 0]], targets=False)
        assert arrays["x"].dtype == np.int64
        assert arrays["x"].tolist() == [[0, 4, 1], [2, 2, 0]]
    for wrong, got in ((5, "5"), (-1, "-1"), (1.5, "1.5")):
        message = rf"wrong value in 'x' \(expected whole numbers from 0 to 4, got {got}\)"
        with pytest.raises(UserError, match=message):
            Layout(program, NAMES).examples([[0, 4, 1], [2, wrong, 0]], targets=False)


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
        layout().checked(given)


def test_an_array_is_copied() -> None:
    given = np.zeros(3)
    as_array(given, "x", (3,))[0] = 1.0
    assert given[0] == 0.0


def test_targets_outside_of_what_the_loss_takes() -> None:
    bounded = layout(target_domain=(0.0, 1.0))
    assert bounded.examples([1, 2, 3], [0, 1, 0.5, 1])[1]["t"].tolist() == [0.0, 1.0, 0.5, 1.0]
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
