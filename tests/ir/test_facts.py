"""What facts are about, worked out: terms of all kinds, positions, and what is not known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from symprop.ir.facts import totals
from symprop.ir.nodes import SumOfProducts, Term
from symprop.ir.program import Fact
from symprop.ir.tensor import Index, Tensor

N, K = Index("n", 2), Index("k", 3)
T, S = Tensor("t", (N, K)), Tensor("s", (K,))
FACT = Fact(
    SumOfProducts((Term(Fraction(2), (T(), S(K)), (K,)), Term(Fraction(-1, 2), (S(K),), (K,)))), (N,), Fraction(1)
)
KNOWN = {("t", (n, k)): 1.0 + n + k for n in range(2) for k in range(3)} | {("s", (k,)): float(k) for k in range(3)}


def test_products_are_added_at_each_position() -> None:
    found = dict(enumerate(total for _, total in totals(FACT, KNOWN.get)))
    assert found == {n: 2 * sum((1.0 + n + k) * k for k in range(3)) - 1.5 for n in range(2)}
    (elements, _), _ = totals(FACT, KNOWN.get)
    assert elements == [("t", (0, 0)), ("s", (0,)), ("t", (0, 1)), ("s", (1,)), ("t", (0, 2)), ("s", (2,))]


def test_arrays_are_worked_out_at_once() -> None:
    found = [total for _, total in totals(FACT, lambda element: np.array([0.0, 1.0]) * KNOWN[element])]
    assert [total.tolist() for total in found] == [[0.0, total] for _, total in totals(FACT, KNOWN.get)]


def test_a_position_is_left_out_where_a_number_is_not_known() -> None:
    known = {key: value for key, value in KNOWN.items() if key != ("t", (0, 2))}
    assert [elements[0] for elements, _ in totals(FACT, known.get)] == [("t", (1, 0))]


def test_what_is_out_of_range_adds_nothing() -> None:
    wide = Index("k", 5)
    fact = Fact(SumOfProducts((Term(Fraction(1), (S(wide.part),), (wide,)),)), (), Fraction(1))
    assert [total for _, total in totals(fact, KNOWN.get)] == [3.0]
