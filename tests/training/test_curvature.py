"""The largest eigenvalue against NumPy's, and the curvature of networks against the Hessian that SymPy writes out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from symprop import Dense, Network, load
from symprop.training.curvature import curvature, largest_eigenvalue


@pytest.mark.parametrize("size", [1, 2, 7, 30])
def test_the_largest_eigenvalue_of_small_matrices(size: int) -> None:
    matrix = np.random.default_rng(size).normal(size=(size, size))
    matrix = matrix + matrix.T
    assert largest_eigenvalue(lambda v: matrix @ v, size) == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-9)


def test_the_largest_is_not_the_largest_in_size() -> None:
    assert largest_eigenvalue(lambda v: np.array([-9.0, 1.0, 0.5]) * v, 3) == pytest.approx(1.0)
    assert largest_eigenvalue(lambda v: -5 * v, 4) == pytest.approx(-5.0)
    assert largest_eigenvalue(lambda v: 0 * v, 4) == 0.0


def test_of_a_large_matrix_it_is_an_estimate() -> None:
    values = np.r_[np.linspace(-1, 1, 500), 4.0]
    assert largest_eigenvalue(lambda v: values * v, values.size) == pytest.approx(4.0, rel=1e-6)


def test_what_is_not_finite_has_none() -> None:
    assert math.isnan(largest_eigenvalue(lambda v: v * math.inf, 3))


NETS = {
    "classroom": lambda: load("classroom"),
    "two layers": lambda: Network(2, [Dense(3, "tanh"), Dense(1)], values={"x": [0.3, -0.8], "t": [0.4]}),
    "equations": lambda: load("logistic_equations"),
}


@pytest.mark.parametrize("name", NETS)
def test_against_the_hessian_that_is_written_out(name: str) -> None:
    derivation = NETS[name]().derive()
    model = derivation.compile()
    start: Mapping[str, Any] = model.start(3)
    elements = {
        element: value
        for tensor, array in start.items()
        for element, value in zip(
            derivation.scalars.identifiers(derivation.core.forward.tensors[tensor]), array.ravel(), strict=True
        )
    }
    x, t = own(derivation)
    probe = model.probe(x, t)
    _, gradient = probe.gradient(start)
    found = curvature(probe)(start, gradient)
    matrix = numeric_hessian(derivation, elements, x, t)
    assert found.largest == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-8)
    g = np.concatenate([np.ravel(gradient[name]) for name in gradient])
    assert found.along == pytest.approx(g @ matrix @ g / (g @ g), rel=1e-8)


def own(derivation: Any) -> Any:
    from symprop.training.own_data import own_data

    return own_data(derivation.core.forward, derivation.names, derivation.spec.training, derivation.values)


def numeric_hessian(derivation: Any, elements: Mapping[str, float], x: Any, t: Any) -> Any:
    """The mean over the examples of SymPy's Hessian, at numbers."""
    from symprop.ir.evaluate import evaluate_program
    from symprop.ir.tensor import Role
    from symprop.scalar.numeric import FLOAT

    hessian, total = derivation.hessian(), 0
    for row in range(len(x)):
        given = dict(elements)
        for role, table in ((Role.INPUT, x), (Role.TARGET, t)):
            given |= {} if table is None else dict(zip(derivation.evaluation.columns(role), table[row], strict=True))
        numbers = evaluate_program(derivation.scalars.program, given, FLOAT)
        total = total + np.array(hessian.subs({s: numbers[str(s)] for s in hessian.free_symbols})).astype(float)
    return total / len(x)
