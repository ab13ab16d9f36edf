"""Joining, rearranging and thinning out, by hand on numbers that tell every place apart."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.layers import layer_class
from symprop.layers.shaping import Add, Concatenate
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from tests.layers.spelled import evaluated

U, V = np.arange(6.0).reshape(2, 3), 10 + np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Add", U + V), ("Multiply", U * V), ("Concatenate", np.concatenate([U, V], -1))],
)
def test_two_inputs(kind: str, expected: np.ndarray) -> None:
    found = evaluated(NetworkSpec({"u": (2, 3), "v": (2, 3)}, [layer_class(kind)(inputs=("u", "v"))]), u=U, v=V)
    assert found["y1"].tolist() == expected.tolist()


def test_an_input_may_be_read_twice() -> None:
    found = evaluated(NetworkSpec((2, 3), [layer_class("Multiply")(inputs=("x", "x"))]), x=U)
    assert found["y1"].tolist() == (U**2).tolist()


def test_flatten_runs_fastest_along_the_last_axis() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    assert evaluated(NetworkSpec((2, 3, 4), [layer_class("Flatten")()]), x=x)["y1"].tolist() == x.ravel().tolist()
    batched = evaluated(NetworkSpec((3, 4), [layer_class("Flatten")()], batch=2), x=x)
    assert batched["y1"].tolist() == x.reshape(2, 12).tolist()


def test_dropout_scales_what_it_keeps_and_does_nothing_after_training() -> None:
    spec = NetworkSpec((2, 3), [layer_class("Dropout")(0.2)])
    mask = np.array([[1.0, 0, 1], [0, 1, 1]])
    assert evaluated(spec, x=U, mask1=mask)["y1"] == pytest.approx(U * mask / 0.8)
    program = spec.elaborate(training=False)
    assert "mask1" not in program.tensors


@pytest.mark.parametrize("kind", [Add, Concatenate])
def test_a_hundred_inputs_and_more(kind: type[Add] | type[Concatenate]) -> None:
    names = tuple(f"in{k}" for k in range(130))
    program = NetworkSpec(dict.fromkeys(names, 3), [kind(inputs=names)]).elaborate()
    assert program.tensors["y1"].extents == ((3,) if kind is Add else (390,))
    assert verify(derive(program, ["in77"]), names_for(program)).ok
