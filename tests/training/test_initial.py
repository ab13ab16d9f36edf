"""Starting parameters: given values, Glorot's range, zeros, seeds, budgets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.training.initial import initial_parameters

NET = NetworkSpec(30, [Dense(20, activation="relu"), Dense(10, bias="layer")]).elaborate()


def start(values: dict[str, Any] | None = None, seed: int = 0) -> dict[str, Any]:
    return initial_parameters(NET, names_for(NET), values, seed)


def test_weights_are_glorots_and_biases_zero() -> None:
    found = start()
    assert {name: value.shape for name, value in found.items()} == {
        "W1": (20, 30),
        "b1": (20,),
        "W2": (10, 20),
        "b2": (),
    }
    assert not found["b1"].any()
    assert not found["b2"].any()
    for name, fans in (("W1", 50), ("W2", 30)):
        limit = math.sqrt(6 / fans)
        assert 0.9 * limit < abs(found[name]).max() <= limit
        assert abs(found[name].mean()) < 0.1 * limit


def test_a_seed_repeats_and_another_differs() -> None:
    assert np.array_equal(start(seed=5)["W2"], start(seed=5)["W2"])
    assert not np.array_equal(start(seed=5)["W2"], start(seed=6)["W2"])


def test_given_values_win_and_leave_the_others_alone() -> None:
    found = start({"W1": np.full((20, 30), 0.25).tolist(), "w601": 7, "b2": -1.5})
    assert (found["W1"] == 0.25).all()
    assert (found["W2"][0, 0], found["b2"]) == (7.0, -1.5)
    assert np.array_equal(found["W2"].ravel()[1:], start()["W2"].ravel()[1:])


def test_a_factor_in_equations_is_a_weight_and_a_summand_a_bias() -> None:
    program = EquationsSpec(["h = w*x + b", "E = exp(h - v)"], loss="E", parameters=["w", "b", "v"]).elaborate()
    found = initial_parameters(program, Names(), None, 1)
    assert found["b"] == 0.0
    assert 0 < abs(found["w"]) <= math.sqrt(3)
    assert found["v"] != 0.0


@pytest.mark.parametrize(
    ("values", "message"),
    [({"W1": [[1.0]]}, "W1"), ({"w9999": 1.0}, "w9999"), ({"b2": float("nan")}, "finite")],
)
def test_values_that_do_not_fit_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        start(values)


def test_too_many_parameters_are_refused_before_any_is_made() -> None:
    from symprop.ir.program import Program

    huge = Tensor("W", (Index("j", 40_000), Index("k", 40_000)), Role.PARAMETER)
    with pytest.raises(BudgetError, match=r"1,600,000,000 \(about 12.8 GB in float64\)"):
        initial_parameters(Program((huge,), (), "E"), Names())
