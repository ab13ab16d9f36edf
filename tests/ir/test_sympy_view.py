"""Equations as SymPy: worked out with `doit`, they give what the unrolled program gives."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy

from symprop.derivation.sweep import derive
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, elementwise, operand, single
from symprop.ir.program import Equation, Origin
from symprop.ir.sympy_view import node_to_sympy, target_and_value, to_sympy
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec

J, K = Index("j", 2), Index("k", 3)
W, x, b = Tensor("W", (J, K)), Tensor("x", (K,)), Tensor("b", (J,))
X0, X1 = operand(0), operand(1)
ORIGIN = Origin("example")


def base(tensor: Tensor) -> Any:
    return sympy.IndexedBase(tensor.name, shape=tensor.extents)


def test_sums_work_out() -> None:
    dense = SumOfProducts((Term(Fraction(2, 3), (W(), x()), (K,)), Term(Fraction(1), (b(),))))
    at_one = node_to_sympy(dense).subs(sympy.Symbol("j", integer=True), 1).doit()
    expected = sympy.Rational(2, 3) * sum(base(W)[1, k] * base(x)[k] for k in range(3)) + base(b)[1]
    assert sympy.expand(at_one - expected) == 0


def test_affine_indices_and_scalars() -> None:
    k = sympy.Symbol("k", integer=True)
    assert node_to_sympy(single(1, W(Affine((), 1), K))) == base(W)[1, k]
    padded = node_to_sympy(single(1, x(Affine(((2, K),), -1))))
    assert [padded.subs(k, place) for place in range(3)] == [0, base(x)[1], 0]
    assert node_to_sympy(single(3, Tensor("s")())) == 3 * sympy.Symbol("s")


def test_a_sum_over_nothing_but_an_index() -> None:
    assert node_to_sympy(single(5, over=(K,))).doit() == 15


def test_elementwise_and_reductions() -> None:
    j = sympy.Symbol("j", integer=True)
    assert node_to_sympy(Elementwise((X0, 1 - X0), (b(),))) == base(b)[j] * (1 - base(b)[j])
    assert node_to_sympy(elementwise(sympy.exp(X0) * X1, b(), Tensor("s")())) == sympy.exp(base(b)[j]) * sympy.Symbol(
        "s"
    )
    reduced = node_to_sympy(Reduction("logsumexp", (x(),), (K,))).doit()
    assert reduced == sympy.log(sum(sympy.exp(base(x)[k]) for k in range(3)))
    s, r = Tensor("s"), Tensor("r")
    assert node_to_sympy(Reduction("max", (s(), r()))) == sympy.Max(sympy.Symbol("s"), sympy.Symbol("r"))
    assert str(node_to_sympy(Reduction("max", (x(),), (K,)))) == "max(x[k], k)"


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu", "mish"])
def test_every_equation_of_a_derivation_has_a_view(activation: str) -> None:
    program = derive(NetworkSpec(3, [Dense(2, activation), Dense(4, "tanh", bias="layer")]).elaborate()).program
    for equation in program.equations:
        assert isinstance(to_sympy(equation), sympy.Eq)


def test_an_equation_is_not_worked_out() -> None:
    trivial = Equation(Tensor("s")(), single(1, Tensor("s")()), Origin("test"))
    assert str(to_sympy(trivial)) == "Eq(s, s)"


def test_a_scatter_is_a_sum_with_deltas() -> None:
    """Each entry of a gradient that scatters, worked out, is what the unrolled program gives."""
    n, y, d, v = Index("n", 2), Index("y", 3), Index("d", 2), Index("v", 4)
    tok, dE, dy = Tensor("tok", (n,), Role.INDEX), Tensor("dE", (v, d)), Tensor("dy", (n, d))
    target, value = target_and_value(Equation(dE(Affine((), 0, tok()), d), single(2, dy()), ORIGIN))
    assert str(target) == "dE[v, d]"
    assert str(value) == "Sum(2*KroneckerDelta(v, tok[n])*dy[n, d], (n, 0, 1))"
    window = Tensor("dx", (Index("x", 4),))
    target, value = target_and_value(Equation(window(Affine(((2, y),), -1)), single(1, Tensor("g", (y,))()), ORIGIN))
    at = [value.subs(sympy.Symbol("x", integer=True), place).doit() for place in range(4)]
    assert str(target) == "dx[x]"
    assert [str(entry) for entry in at] == ["0", "g[1]", "0", "g[2]"]


def test_a_diagonal_keeps_one_index_and_ties_the_other() -> None:
    j = Index("j", 3)
    matrix = Tensor("dW", (Index("j", 3), Index("k", 3)))
    target, value = target_and_value(Equation(matrix(j, j), single(1, Tensor("g", (j,))()), ORIGIN))
    assert (str(target), str(value)) == ("dW[j, k]", "KroneckerDelta(j, k)*g[j]")


def test_indices_are_not_called_like_tensors() -> None:
    h = Index("h", 2)
    target, value = target_and_value(Equation(Tensor("z", (h,))(), single(1, Tensor("h", (h,))()), ORIGIN))
    assert (str(target), str(value)) == ("z[j]", "h[j]")
    summed = Equation(Tensor("s")(), single(1, Tensor("k", (K,))(), over=(K,)), ORIGIN)
    assert str(target_and_value(summed)[1]) == "Sum(k[j], (j, 0, 2))"


def test_what_may_be_out_of_range_is_guarded() -> None:
    u = Index("u", 2)
    ahead = x(Affine(((1, u),), 2))
    assert [node_to_sympy(single(1, ahead)).subs(sympy.Symbol("u", integer=True), p) for p in (0, 1)] == [base(x)[2], 0]
    total = node_to_sympy(Reduction("logsumexp", (ahead,), (u,))).doit()
    assert total == sympy.log(sympy.exp(base(x)[2]))
