"""Diagonals in matrix formulas: the diagonal matrix in the place of its vector, whatever stands around it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symprop.derivation.jacobian import Block
from symprop.derivation.lift import Rows
from symprop.ir.tensor import Index, Tensor
from symprop.notation.formula import Call, Entry, Formula, Negative, Number, Ones, Product, Sign, Sum, Symbol, Transpose
from symprop.notation.plain import plain
from symprop.views.diagonal import Diagonals

ROW, P, K = Index("o", 2), Index("p", 3), Index("k", 4)
BLOCKS = {
    "D": Block(Tensor("y", (ROW,)), None, Rows((ROW,), (ROW,)), Tensor("D", (ROW, ROW))),
    "J": Block(Tensor("y", (ROW,)), None, Rows((ROW,), (None,)), Tensor("J", (ROW, K))),
    "B": Block(Tensor("y", (ROW, P)), None, Rows((ROW, P), (ROW, P)), Tensor("B", (ROW, P, ROW, P))),
}
NAMES = Diagonals(BLOCKS, "I")
D, J, v, W = Symbol("D"), Symbol("J"), Symbol("v"), Symbol("W")


def hadamard(*factors: Formula) -> Product:
    return Product(factors, Sign.HADAMARD)


def matrices(*factors: Formula) -> Product:
    return Product(factors, Sign.JUXTAPOSED)


@pytest.mark.parametrize(
    ("target", "formula", "expected"),
    [
        (J, matrices(Call("diag", (D,)), W), "J = D @ W"),
        (J, matrices(Call("diag", (hadamard(v, D, v),)), W), "J = diag(v) @ D @ diag(v) @ W"),
        (J, matrices(hadamard(D, v), Transpose(v)), "J = D @ v @ v.T"),
        (J, matrices(D, Transpose(v)), "J = D @ np.ones(2) @ v.T"),
        (J, matrices(Call("diag", (v,)), Symbol("I2"), W), "J = diag(v) @ W"),
        (J, Sum((Symbol("I2"), W)), "J = I2 + W"),
        (D, Sum((v, Negative(D))), "D = diag(v) - D"),
        (D, hadamard(v, v), "D = diag(v * v)"),
        (D, Ones(2), "D = I2"),
        (D, matrices(Number(Fraction(3)), Ones(2)), "D = 3 * I2"),
        (D, Product((Symbol("s"), D)), "D = s*D"),
        (Entry("B", ("o",)), hadamard(Entry("B", ("o",)), v), "B[o,:,o,:] = B[o,:,o,:] @ diag(v)"),
        (v, Entry("B", ("o", "p")), "v = B[o,p,o,p]"),
        (J, Entry("D", ("o",)), "J = D[o,o]"),
    ],
)
def test_in_every_place(target: Formula, formula: Formula, expected: str) -> None:
    left, right = NAMES.whole(target, formula)
    assert f"{plain(left)} = {plain(right, matrix=True)}" == expected


def test_names_of_identities() -> None:
    assert [NAMES.size(name) for name in ("I12", "I", "J", "I2x")] == [12, None, None, None]
