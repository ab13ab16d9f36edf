"""Loaded array programs: threads that share one, constants that are carried, infinite reductions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from symprop.backends.numpy.backend import compile_loop, compile_program
from symprop.ir.arrays import evaluate_equation
from symprop.ir.nodes import Reduction, elementwise, operand, single
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.lowering.lowered import Lowered
from symprop.scalar.numeric import FLOAT

ORIGIN = Origin("test")
H, J = Index("i", 40), Index("j", 300)
X = operand(0)
A = Tensor("a", (H, J))


@pytest.fixture
def _impatient() -> Iterator[None]:
    """Threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(run: Callable[[float], Any]) -> None:
    """Four threads, each with a number of its own, get what each would get alone."""
    alone = [run(k) for k in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, [k % 4 for k in range(200)]))
    for k, each in enumerate(found):
        np.testing.assert_array_equal(each, alone[k % 4])


@pytest.mark.usefixtures("_impatient")
def test_threads_may_share_a_program() -> None:
    y = Tensor("y", (H, J))
    value = elementwise(sympy.tanh(X) * sympy.exp(X) - 3 * X, A())
    program = compile_program(Lowered((A,), (), (Equation(y(), value, ORIGIN),), ("y",)), "float64")
    together(lambda k: program([np.full((40, 300), k / 4)])["y"])


@pytest.mark.usefixtures("_impatient")
def test_threads_may_share_a_loop() -> None:
    loss, new = Tensor("E", (), Role.LOSS), Tensor("next_a", (H, J))
    lines = (
        Equation(loss(), single(1, A(), over=(H, J)), ORIGIN),
        Equation(new(), elementwise(X - sympy.sin(X) / 7, A()), ORIGIN),
    )
    loop = compile_loop(Lowered((A,), (), lines, ("E", "next_a"), {"next_a": "a"}), "float64", frozenset())
    together(lambda k: loop.run(3, {"a": np.full((40, 300), k / 4)}, {}, {})[1]["a"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_constant_is_not_written_over_the_argument_that_it_replaces(dtype: str) -> None:
    """It is written once, the argument at the start of each run."""
    b, new, loss = Tensor("b"), Tensor("next_b"), Tensor("E", (), Role.LOSS)
    constant = Equation(new(), single(Fraction(5, 4)), ORIGIN)
    line = Equation(loss(), elementwise(3 * X, new()), ORIGIN)
    lowered = Lowered((b,), (constant,), (line,), ("E", "next_b"), {"next_b": "b"})
    loop = compile_loop(lowered, dtype, frozenset())
    for start in (0.5, -2.0):
        losses, state = loop.run(2, {"b": np.array(start, dtype)}, {}, {})
        assert losses.tolist() == [3.75, 3.75]
        assert state["b"] == 1.25


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("large", [np.inf, -np.inf, np.nan, 80.0, "most"])
def test_the_logarithm_of_a_sum_of_exponentials_may_be_infinite(dtype: str, large: Any) -> None:
    """Of a window wholly out of range it is −∞, wherever an operand is infinite it is ∞."""
    i, p, u = Index("i", 6), Index("p", 6), Index("u", 2)
    x, bias = Tensor("x", (i,)), Tensor("s", (p,))
    access = x(Affine(((2, p), (1, u)), -2))
    line = Equation(Tensor("y", (p,))(), Reduction("logsumexp", (access, bias()), (u,)), ORIGIN)
    values = np.array([0.5, np.finfo(dtype).max if large == "most" else large, 1, 2, -np.inf, -np.inf], dtype)
    given = {"x": values, "s": np.full(6, -np.inf, dtype)}
    with np.errstate(all="ignore"):
        found = compile_program(Lowered((x, bias), (), (line,), ("y",)), dtype)(given)["y"]
    known = {name: array.astype(float).astype(object) for name, array in given.items()}
    wanted = np.asarray(evaluate_equation(line, known, FLOAT, {}), float)
    assert np.isneginf(found).tolist() == [True, False, False, True, True, True]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
