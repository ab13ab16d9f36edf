"""The three right-hand sides: their accesses, canonical operands, renaming; what they mean is tested in `derivation`."""

from __future__ import annotations

from fractions import Fraction

import sympy

from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, elementwise, operand, rename, single, total
from symprop.ir.tensor import Index, Tensor

J, K, M = Index("j", 3), Index("k", 4), Index("m", 4)
W, x, b = Tensor("W", (J, K)), Tensor("x", (K,)), Tensor("b", (J,))
X0, X1, X2 = operand(0), operand(1), operand(2)


def test_accesses_in_reading_order() -> None:
    dense = total(Term(Fraction(1), (W(), x()), (K,)), Term(Fraction(2), (b(),)))
    assert list(dense.accesses) == [W(), x(), b()]
    assert list(Reduction("max", (W(), b()), (K,)).accesses) == [W(), b()]
    assert list(elementwise(X0 * X1, b(), W()).accesses) == [b(), W()]


def test_single_takes_whole_numbers_and_fractions() -> None:
    assert single(2, b()) == SumOfProducts((Term(Fraction(2), (b(),)),))
    assert single(Fraction(1, 3), W(), x(), over=(K,)).terms[0].over == (K,)


def test_operands_are_canonical() -> None:
    assert elementwise(X0 + X2, b(), W(), x()) == Elementwise((X0 + X1,), (b(), x()))
    assert elementwise(X0 * X1**2, b(), b()) == Elementwise((X0**3,), (b(),))
    assert elementwise(sympy.Integer(3), b()) == Elementwise((sympy.Integer(3),), ())
    assert elementwise(X1 / X0, b(), x()) == Elementwise((X1 / X0,), (b(), x()))


def test_operands_are_real_and_one_object_each() -> None:
    assert operand(7).is_real
    assert operand(7) is operand(7)


def test_expression_is_the_product_of_the_factors() -> None:
    assert Elementwise((X0 - 1, X0), (b(),)).expression == X0 * (X0 - 1)
    assert Elementwise((X0,), (b(),)).expression is X0


def test_renaming_reaches_bound_indices() -> None:
    assert rename(single(1, W(), x(), over=(K,)), {K: M}) == single(1, W(J, M), x(M), over=(M,))
    assert rename(Reduction("max", (W(),), (K,)), {K: M}) == Reduction("max", (W(J, M),), (M,))
    assert rename(Elementwise((X0, X1), (W(), x())), {K: M}) == Elementwise((X0, X1), (W(J, M), x(M)))
