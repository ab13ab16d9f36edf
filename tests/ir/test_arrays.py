"""Index programs worked out as arrays give what their scalar equations give, at every precision."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from symprop.derivation.known import as_numbers, first_known
from symprop.derivation.point import with_integers
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import elements, unroll
from symprop.ir.arrays import evaluate_arrays, evaluate_equation, is_long, read
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Reduction, single
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.normalisation import BatchNorm
from symprop.layers.own import IndexLayer
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import FLOAT
from symprop.views.delta import with_adjoints

# Here and there an index varies alone, so that what is read has no axes.
OWN = IndexLayer(
    "y[k] = V[k]*abs(U[k] + -Max(x1[1], q)*W[k])*Sum(x1[k + 2]*x1[2*l + q + 1], q, l) + x2[1, -2*k - 1]",
    {"k": 3, "q": 2, "l": 2},
    inputs=("x1", "x2"),
)
NETS = [
    NetworkSpec(3, [Dense(2, "gelu"), Dense(4, "relu")], "huber"),
    NetworkSpec((1, 5, 4), [Conv2d(2, (2, 3), "tanh", padding=(1, 0)), BatchNorm(), MaxPool(2), Flatten()], batch=2),
    NetworkSpec((3, 4), [MultiHeadAttention(2, causal=True)], "squared_error"),
    NetworkSpec((3,), [Embedding(5, 2), Flatten(), Dense(2)], "absolute_error"),
    NetworkSpec({"x1": (5,), "x2": (3, 4)}, [OWN], "squared_error"),
]


@pytest.mark.parametrize("spec", NETS, ids=["dense", "conv", "attention", "embedding", "own"])
def test_arrays_hold_what_the_scalar_equations_give(spec: NetworkSpec) -> None:
    random = Random(5)
    derivation = with_integers(derive(spec.elaborate()), random)
    program, names = derivation.program, with_adjoints(names_for(derivation.forward), derivation)
    numbers = [tensor for tensor in program.free if tensor.role is not Role.INDEX]
    given = {t.name: np.array([random.uniform(0.1, 1) for _ in elements(t)]).reshape(t.extents) for t in numbers}
    found = evaluate_arrays(program, {name: array.astype(object) for name, array in given.items()}, FLOAT)
    scalars = {names.element(t.name, p, t.extents): given[t.name][p] for t in numbers for p in elements(t)}
    expected = evaluate_program(unroll(program, names), scalars, FLOAT)
    for name in program.by_name:
        tensor = program.tensors[name]
        identifiers = [_identifier(derivation, names, tensor, p) for p in elements(tensor)]
        assert found[name].ravel().tolist() == pytest.approx([expected[i] for i in identifiers], rel=1e-12, abs=1e-14)


def _identifier(derivation: Any, names: Any, tensor: Tensor, position: tuple[int, ...]) -> str:
    if tensor.primal is None:
        return str(names.element(tensor.name, position, tensor.extents))
    primal = names.element(tensor.primal, position, tensor.extents)
    return tensor.name.removesuffix(tensor.primal) + str(primal)


def test_out_of_range_reads_the_identity() -> None:
    j, u = Index("j", 3), Index("u", 2)
    x = Tensor("x", (Index("k", 3),))
    shifted = x(Affine(((1, j),), -1))
    known = {"x": np.array([2.0, 3.0, 5.0], dtype=object)}
    assert read(shifted, known, {}).tolist() == [0, 2, 3]
    top = Equation(Tensor("m", (j,))(), Reduction("max", (x(Affine(((1, j), (1, u)))),), (u,)), Origin("max"))
    assert evaluate_equation(top, {"x": -known["x"]}, FLOAT, {}).tolist() == [-2, -3, -5]


def test_a_scatter_adds_up_what_meets_and_drops_what_falls_outside() -> None:
    j, u = Index("j", 3), Index("u", 2)
    y = Tensor("y", (j, u))
    target = Access(Tensor("x", (Index("k", 4),)), (Affine(((2, j), (1, u)), -1),))
    known = {"y": np.array([[1, 2], [4, 8], [16, 32]], dtype=object)}
    exact = evaluate_equation(Equation(target, single(1, y()), Origin("scatter")), known, FLOAT, {})
    assert exact.tolist() == [2, 4, 8, 16]


def test_sums_count_what_no_factor_has_and_broadcast_the_rest() -> None:
    j, k = Index("j", 2), Index("k", 3)
    line = Equation(Tensor("z", (j,))(), single(Fraction(1, 2), Tensor("s")(), over=(k,)), Origin("sum"))
    assert evaluate_equation(line, {"s": np.array(4.0, dtype=object)}, FLOAT, {}).tolist() == [6, 6]


def test_only_the_equations_asked_for_are_worked_out() -> None:
    w, a = Tensor("w"), Tensor("a")
    first = Equation(a(), single(2, w()), Origin("given"))
    last = Equation(Tensor("E", (), Role.LOSS)(), single(3, a()), Origin("given"))
    program = Program((w,), (first, last), "E")
    assert evaluate_arrays(program, {"a": np.array(5.0, dtype=object)}, FLOAT, [last])["E"].item() == 15


def test_a_sum_whose_factors_share_no_index() -> None:
    """NumPy's contraction of objects comes down to bare numbers on the way, which it then takes for arrays."""
    axes = [Index(name, extent) for name, extent in (("a", 2), ("b", 3), ("c", 4), ("d", 5))]
    factors = [Tensor(f"p{k}", (axis,), Role.PARAMETER)() for k, axis in enumerate(axes)]
    loss = Equation(Tensor("E", (), Role.LOSS)(), single(1, *factors, over=tuple(axes)), Origin("test"))
    program = Program(tuple(factor.tensor for factor in factors), (loss,), "E")
    given = {f.tensor.name: np.arange(1, f.tensor.extents[0] + 1).astype(float).astype(object) for f in factors}
    assert evaluate_arrays(program, given, FLOAT)["E"].item() == 3 * 6 * 10 * 15


LONG = NetworkSpec((3, 12, 11), [Conv2d(4, (3, 2), "tanh", padding=(1, 0)), Conv2d(5, 2)], batch=2)


@pytest.mark.parametrize(
    "spec", [LONG, NetworkSpec((7, 20), [MultiHeadAttention(2), Dense(19)], batch=3)], ids=["conv", "attention"]
)
def test_long_sums_by_whole_numbers_are_those_term_by_term(spec: NetworkSpec) -> None:
    known = first_known(derive(spec.elaborate()), 40, 0)
    program = known.derivation.program
    given = {tensor.name: known.values[tensor.name] for tensor in program.free}
    with decimals(40) as arithmetic:
        met: list[int] = []
        assert arithmetic.wholes is not None
        join = arithmetic.wholes.join

        def joined(wholes: Any, exponent: int) -> Any:
            met.append(len(wholes))
            return join(wholes, exponent)

        watched = replace(arithmetic, wholes=replace(arithmetic.wholes, join=joined))
        fast = evaluate_arrays(program, given, watched)
        slow = evaluate_arrays(program, given, replace(arithmetic, wholes=None))
    assert len(met) >= 4
    for name, array in slow.items():
        scale = max(abs(array.ravel()))
        assert max(abs(np.ravel(fast[name] - array))) <= scale * Decimal("1e-36"), name


@pytest.mark.parametrize("odd", ["Infinity", "NaN", "1e-300"])
def test_long_sums_of_numbers_that_are_not_alike(odd: str) -> None:
    """What cannot be written as whole numbers is added up term by term."""
    j, k, n = Index("j", 20), Index("k", 30), Index("n", 40)
    w, x = Tensor("w", (j, k)), Tensor("x", (k, n))
    line = Equation(Tensor("y", (j, n))(), single(1, w(), x(), over=(k,)), Origin("test"))
    assert is_long([w(), x()], [j, n])
    with decimals(25) as arithmetic:
        known = {t.name: as_numbers(np.full(t.extents, Fraction(1, 4)), arithmetic) for t in (w, x)}
        known["w"][3, 5] = Decimal(odd)
        found = evaluate_equation(line, known, arithmetic, {})
        slow = evaluate_equation(line, known, replace(arithmetic, wholes=None), {})
    assert list(map(str, found.ravel())) == list(map(str, slow.ravel()))
