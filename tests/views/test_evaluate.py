"""Formulas are evaluated as a reader takes them: named indices from 1, products of matrices, sums over named axes."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
import pytest

from symprop.errors import InternalError, UnsupportedError
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Tensor
from symprop.notation.formula import (
    Call,
    Cases,
    Comparison,
    Compound,
    Entry,
    Fold,
    Formula,
    Negative,
    Number,
    Ones,
    Partial,
    Power,
    Product,
    Quotient,
    Sign,
    Sum,
    Summation,
    Symbol,
    Transpose,
)
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import FLOAT
from symprop.views.evaluate import Setting, place

J, K, H = Index("j", 2), Index("k", 3), Index("h", 4)
FREE = (Tensor("A", (J, K)), Tensor("v", (K,)), Tensor("u", (J,)), Tensor("T", (J, H, K)), Tensor("s"))
KNOWN: dict[str, Any] = {
    "A": np.arange(1.0, 7.0).reshape(2, 3).astype(object),
    "v": np.array([1.0, -2.0, 4.0], dtype=object),
    "u": np.array([3.0, 5.0], dtype=object),
    "T": np.arange(24.0).reshape(2, 4, 3).astype(object),
    "s": np.array(-2.0, dtype=object),
}
SETTING = Setting(Program(FREE, (), "s", integers={("tok", (1,)): 2}), KNOWN, FLOAT)
A, v, u, s = Symbol("A"), Symbol("v"), Symbol("u"), Symbol("s")
ONE, ZERO = Number(Fraction(1)), Number(Fraction(0))


def value(formula: Formula, **position: int) -> Any:
    found = SETTING.value(formula, position)
    return found.tolist() if isinstance(found, np.ndarray) else float(found)


def matrix(*factors: Formula) -> Product:
    return Product(factors, Sign.JUXTAPOSED)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (matrix(A, v), [[9.0], [18.0]]),
        (matrix(Transpose(u), A, v), 117.0),
        (matrix(u, Transpose(v)), [[3.0, -6.0, 12.0], [5.0, -10.0, 20.0]]),
        (Product((A, A), Sign.HADAMARD), [[1.0, 4.0, 9.0], [16.0, 25.0, 36.0]]),
        (matrix(Call("diag", (u,)), A), [[3.0, 6.0, 9.0], [20.0, 25.0, 30.0]]),
        (Call("rowsum", (A,)), [[6.0], [15.0]]),
        (Call("colsum", (A,)), [[5.0], [7.0], [9.0]]),
        (Call("total", (A,)), 21.0),
        (matrix(Transpose(Ones(2)), u), 8.0),
        (Sum((ONE, Negative(u))), [[-2.0], [-4.0]]),
        (Quotient(u, s), [[-1.5], [-2.5]]),
        (Power(u, Number(Fraction(2))), [[9.0], [25.0]]),
        (Call("abs", (s,)), 2.0),
        (Call("sqrt", (Number(Fraction(9)),)), 3.0),
        (Fold("max", (s, ONE), ()), 1.0),
        (Cases(((v, Comparison(">", v, ZERO)), (ZERO, None))), [[1.0], [0.0], [4.0]]),
        (
            Cases(((ONE, Compound("and", (Comparison(">", v, ZERO), Comparison("<", v, ONE)))), (ZERO, None))),
            [[0.0]] * 3,
        ),
    ],
)
def test_matrices(formula: Formula, expected: Any) -> None:
    assert value(formula) == expected


def test_named_indices_count_from_one() -> None:
    assert value(Entry("A", ("j", "k")), j=2, k=3) == 6
    assert value(Entry("A", ("1", "2*k - 1")), k=2) == 3
    assert value(Entry("A", ("j", "k + 1")), j=1, k=3) == 0
    assert value(Summation("k", 3, Entry("v", ("k",)))) == 3


def test_indices_stand_in_their_places_whatever_axes_are_called() -> None:
    assert value(Entry("T", ("h",)), h=2) == KNOWN["T"][1].tolist()
    assert value(Entry("T", (":", "h", ":")), h=2) == KNOWN["T"][:, 1, :].tolist()
    assert value(Entry("T", (":", "h")), h=2) == KNOWN["T"][:, 1, :].tolist()
    assert value(Entry("T", (":", "j", "2")), j=3) == [[7.0], [19.0]]
    assert value(Entry("T", ("j", "h")), j=1, h=4) == [[9.0], [10.0], [11.0]]
    assert value(Entry("T", (":", "h", ":")), h=5) == 0


def test_gathers_read_integers() -> None:
    assert place("tok[s] + 1", {"s": 2}, {("tok", (1,)): 2}) == 2
    assert place("-j + 4", {"j": 3}, {}) == 0
    assert value(Entry("v", ("tok[s] + 1",)), s=2) == 4


def test_folds_leave_out_what_is_out_of_range() -> None:
    """At k = 1 a window of two reads one entry, and further on none."""
    window = (Entry("v", ("k + n - 2",)),)
    assert value(Fold("logsumexp", window, ("n",), (2,)), k=1) == 1
    assert value(Fold("max", (Entry("v", ("-n - k",)), *window), ("n",), (2,)), k=3) == 4
    assert value(Fold("max", window, ("n",), (2,)), k=9) == -inf
    assert value(Fold("max", (Entry("A", ("j", "k")),), ("j", "k"), (2, 3))) == 6


def test_numbers_are_the_decimals_that_print() -> None:
    with decimals(50) as arithmetic:
        setting = Setting(SETTING.program, {}, arithmetic)
        assert setting.value(Number(1e-05)) == setting.value(Number(Fraction(1, 100_000)))


def test_shapes_that_do_not_fit_are_no_formula() -> None:
    with pytest.raises(InternalError, match="joins different shapes"):
        value(Product((A, u), Sign.HADAMARD))
    with pytest.raises(InternalError, match="a matrix product of shapes"):
        value(matrix(A, u))


@pytest.mark.parametrize(
    "formula", [Partial(s, s), Symbol("unknown"), Call("unknown", (s,)), Call("rowmax", (s, s))], ids=str
)
def test_what_has_no_value(formula: Formula) -> None:
    with pytest.raises(UnsupportedError):
        value(formula)
