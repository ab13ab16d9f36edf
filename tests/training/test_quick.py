"""The short way to value and gradient: the same numbers, and the long way for whatever is not just right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop import Dense, Network, Softmax
from symprop.backends import BACKENDS
from symprop.errors import UserError
from symprop.training.model import Model
from tests.training.nets import data, uneven


@pytest.mark.parametrize("examples", [1, 7])
def test_the_same_numbers_both_ways(examples: int) -> None:
    model = uneven()
    x, t = data(model, examples)
    start = model.start(3)
    slow, quick = model.value_and_gradient(start, x, t), model.value_and_gradient(start, x, t)
    other = {name: value + 0.5 for name, value in start.items()}
    changed = model.value_and_gradient(other, x + 1, t)
    assert slow[0] == quick[0] != changed[0]
    for name, gradient in slow[1].items():
        np.testing.assert_array_equal(gradient, quick[1][name])
    fresh = uneven().value_and_gradient(other, x + 1, t)
    assert changed[0] == fresh[0]


def test_what_is_not_just_right_takes_the_long_way() -> None:
    model = uneven()
    x, t = data(model, 2)
    start = model.start()
    expected = model.value_and_gradient(start, x, t)[0]
    lists = {name: value.tolist() for name, value in start.items()}
    assert model.value_and_gradient(lists, x.tolist(), t)[0] == expected
    assert model.value_and_gradient(start, x.astype("float32").astype(float), t)[0] == pytest.approx(expected, rel=1e-6)


def _no_array(model: Model, start: dict[str, Any], x: Any, t: Any) -> Any:
    return model.value_and_gradient({**start, "W9": 1.0}, x, t)


def _not_finite(model: Model, start: dict[str, Any], x: Any, t: Any) -> Any:
    return model.value_and_gradient(start, x * np.nan, t)


def _wrong_shape(model: Model, start: dict[str, Any], x: Any, t: Any) -> Any:
    return model.value_and_gradient({**start, "W1": np.ones((3, 4))}, x, t)


@pytest.mark.parametrize("use", [_no_array, _not_finite, _wrong_shape])
def test_refusals_are_those_of_the_long_way(use: Any) -> None:
    model = uneven()
    x, t = data(model, 2)
    start = model.start()
    model.value_and_gradient(start, x, t)
    with pytest.raises(UserError):
        use(model, start, x, t)


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_of_no_real_numbers_are_refused_at_every_call(backend: str) -> None:
    model = Network(2, [Dense(3, activation="tanh"), Dense(1)]).derive().compile(backend=backend)
    x, t = np.array([[0.5, 0.25]]), np.array([[1.0]])
    start = model.start()
    for _ in range(2):
        _, gradients = model.value_and_gradient(start, x, t)
        assert {type(array) for array in gradients.values()} == {np.ndarray}
    for wrong in (x + 1j, x.astype(str), np.array([[None, 1.0]])):
        with pytest.raises(UserError):
            model.value_and_gradient(start, wrong, t)


def test_short_ways_are_kept_for_few_shapes() -> None:
    model = uneven()
    for examples in range(1, 30):
        x, t = data(model, examples)
        model.value_and_gradient(model.start(), x, t)
    assert len(model._quick) <= 8


def test_targets_with_a_condition_are_always_looked_at() -> None:
    model = Network(2, [Dense(3), Softmax()], "categorical_cross_entropy").derive().compile()
    x, t = np.ones((1, 2)), np.array([[0.5, 0.25, 0.25]])
    model.value_and_gradient(model.start(), x, t)
    with pytest.raises(UserError, match="do not add up to 1"):
        model.value_and_gradient(model.start(), x, t * 1.1)
