"""Other scalars to differentiate, and directions: what is refused, and that names stay apart."""

from __future__ import annotations

import pytest

from symprop.derivation.second import directional, with_loss
from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.evaluate import evaluate_program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.scalar.numeric import FLOAT


def test_a_gradient_is_differentiated_again() -> None:
    first = derive(EquationsSpec(["E = w**3*x"], loss="E", parameters=["w"]).elaborate())
    second = derive(with_loss(first.program, "dE_dw"), ["w", "x"])
    values = evaluate_program(second.program, {"w": 2.0, "x": 5.0}, FLOAT)
    assert [values[second.gradients[name]] for name in ("w", "x")] == [6 * 2 * 5, 3 * 4]


def test_what_is_no_scalar_is_refused() -> None:
    net = NetworkSpec(3, [Dense(2)]).elaborate()
    with pytest.raises(UserError, match="'z1' is no scalar"):
        with_loss(net, "z1")
    with pytest.raises(UserError, match="there is no quantity 'E_totl' to differentiate"):
        with_loss(net, "E_totl")


def test_directions_take_names_that_are_free() -> None:
    first = derive(EquationsSpec(["Dv = w*v_w", "E = Dv**2"], loss="E", parameters=["w"]).elaborate())
    along = directional(first)
    assert {"vv_w", "DDv"} <= set(along.tensors)
    second = derive(along, ["w"])
    values = evaluate_program(second.program, {"w": 2.0, "v_w": 3.0, "vv_w": 1.0}, FLOAT)
    assert values[second.gradients["w"]] == 2 * 9
