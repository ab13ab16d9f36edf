"""Points lie in every domain, off kinks, on the facts; quantities that are one function may meet."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from symprop.derivation.point import draw_point, with_integers, work
from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import needed
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.own import IndexLayer
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.layers.softmax import Softmax
from symprop.network import NetworkSpec
from symprop.scalar.numeric import FLOAT


def test_distributions_sum_to_one() -> None:
    net = NetworkSpec((3,), [Dense(4), Softmax()], "categorical_cross_entropy", batch=2).elaborate()
    point = draw_point(net, Random(1))
    assert point.values["t"].shape == (2, 4)
    assert point.values["t"].sum(axis=1).tolist() == [1, 1]
    assert all(isinstance(number, Fraction) for number in point.values["t"].ravel())


def test_zeros_of_a_relu_may_meet_in_a_maximum() -> None:
    """Half the pooled numbers are the zeros of dead units: they move together, and their meeting is no kink."""
    net = NetworkSpec((2, 8, 6), [Dense(6, "relu"), MaxPool(2), Flatten()], batch=1).elaborate()
    point = draw_point(net, Random(3))
    assert point.values["x"].shape == (1, 2, 8, 6)


def test_points_near_a_kink_are_left_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symprop.derivation.point.MARGIN", 0.5)
    net = NetworkSpec(3, [Dense(4, "relu", bias=False)]).elaborate()
    point = draw_point(net, Random(0))
    assert point.avoided > 0
    floats = {name: array.astype(float).astype(object) for name, array in point.values.items()}
    assert np.all(np.abs(evaluate_arrays(net, floats, FLOAT)["z1"].astype(float)) > 0.5)


@pytest.mark.parametrize(
    ("size", "equation", "sizes"),
    [
        (40, "y[j] = sqrt(x[j])", {}),
        (16, "y[j] = log(x[j] - 0.3)*c[j]", {}),
        (8, "y[j] = sqrt(Sum(W[j,i]*x[i], i))", {"j": 12}),
    ],
)
def test_a_narrow_domain_is_found_element_by_element(size: int, equation: str, sizes: dict[str, int]) -> None:
    """All elements together fit in one draw of 2 to the power of their number."""
    net = NetworkSpec(size, [IndexLayer((equation,), sizes=sizes), Dense(2)]).elaborate()
    for seed in range(3):
        point = draw_point(net, Random(seed))
        floats = {name: array.astype(float).astype(object) for name, array in point.values.items()}
        assert np.all(np.isfinite(evaluate_arrays(net, floats, FLOAT)["y1"].astype(float)))


def test_integers_are_drawn_within_the_table() -> None:
    derivation = derive(NetworkSpec((4,), [Embedding(3, 2), Flatten(), Dense(1)]).elaborate())
    drawn = with_integers(derivation, Random(2)).forward.integers
    assert len(drawn) == 4
    assert set(drawn.values()) <= {0, 1, 2}


def test_work_counts_products_of_what_is_needed() -> None:
    net = NetworkSpec(3, [Dense(2, "tanh", bias=False)]).elaborate()
    names = [equation.name for equation in needed(net.equations, ["a1"])]
    assert names == ["z1", "a1"]
    assert work(needed(net.equations, ["a1"])) == 2 * 3 + 2


@pytest.mark.parametrize("constant", ["299792458", "10**30", "0"])
def test_a_constant_may_be_large_or_on_a_kink(constant: str) -> None:
    program = EquationsSpec([f"c = {constant}", "d = abs(c)", "E = (m*(1 + d)/(1 + d) - t)**2"], "E", ["m"]).elaborate()
    point = draw_point(program, Random(0))
    assert set(point.values) == {"m", "t"}
