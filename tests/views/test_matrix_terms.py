"""Products and sums over vectors and matrices: transposes that are needed, scalars in front, what sums have in common."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symprop.ir.tensor import Index
from symprop.notation.formula import Call, Formula, Negative, Number, Product, Sign, Sum, Symbol, Transpose
from symprop.notation.plain import plain
from symprop.views.matrix_terms import Factored, NoMatrixForm, Part, factored, summed, transposed

J, K, L = Index("j", 3), Index("k", 4), Index("l", 5)
A, B, C, u, v, s, r = (Symbol(name) for name in ("A", "B", "C", "u", "v", "s", "r"))
TWO = Number(Fraction(2))


def had(*factors: Formula) -> Product:
    return Product(factors, Sign.HADAMARD)


def chain(*factors: Formula) -> Product:
    return Product(factors, Sign.JUXTAPOSED)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (A, "A.T"),
        (Transpose(A), "A"),
        (chain(A, B), "B.T @ A.T"),
        (chain(TWO, A), "2 * A.T"),
        (had(A, B), "(A * B).T"),
        (had(A, Transpose(B)), "A.T * B"),
        (had(Transpose(A), Transpose(B)), "A * B"),
        (Product((s, r, A)), "s*r*A.T"),
        (Negative(had(A, Transpose(B))), "-A.T * B"),
        (Call("diag", (u,)), "diag(u)"),
        (Sum((A, B)), "(A + B).T"),
    ],
)
def test_transposes(formula: Formula, text: str) -> None:
    assert plain(transposed(formula), matrix=True) == text


def of(parts: list[Part], over: tuple[Index, ...], axes: tuple[Index, ...]) -> str:
    return plain(summed([factored([], parts, over, (), axes)], axes), matrix=True)


@pytest.mark.parametrize(
    ("parts", "over", "axes", "text"),
    [
        ([Part(A, (J, K)), Part(v, (K,))], (K,), (J,), "A @ v"),
        ([Part(A, (J, K))], (J,), (K,), "colsum(A)"),
        ([Part(chain(Transpose(A), Transpose(B)), (J, K))], (K,), (J,), "colsum(B @ A)"),
        ([Part(chain(Transpose(A), B), (J, K))], (K,), (J,), "rowsum(A.T @ B)"),
        ([Part(A, (J, K)), Part(B, (K, J))], (J, K), (), "total(A.T * B)"),
        ([Part(A, (J, K)), Part(B, (J, K))], (K, J), (), "total(A * B)"),
        ([Part(Product((s, u)), (J,)), Part(v, (J,))], (), (J,), "s * u * v"),
        ([Part(Product((s, A)), (J, K)), Part(Product((r, v)), (K,))], (K,), (J,), "s*r*(A @ v)"),
        ([Part(u, (J,))], (K,), (J,), "4*u"),
    ],
)
def test_products(parts: list[Part], over: tuple[Index, ...], axes: tuple[Index, ...], text: str) -> None:
    assert of(parts, over, axes) == text


def test_three_matrices_over_one_axis_have_no_form() -> None:
    parts = [Part(A, (J, K)), Part(B, (L, K)), Part(C, (K, Index("m", 2)))]
    with pytest.raises(NoMatrixForm):
        factored([], parts, (K,), (), (J, L))


@pytest.mark.parametrize(
    ("terms", "axes", "text"),
    [
        ([Factored((), (u,)), Factored((Negative(TWO),), (v,))], (J,), "u - 2*v"),
        ([Factored((), (u,)), Factored((), (u, v))], (J,), "u * (1 + v)"),
        ([Factored((Negative(s),), (u, v)), Factored((s,), (u,))], (J,), "s * u * (1 - v)"),
        ([Factored((), (v,)), Factored((s,))], (J,), "v + s*np.ones(3)"),
        ([Factored((s,), (A,)), Factored((), (A,))], (J, K), "(1 + s)*A"),
        ([Factored((s,)), Factored((TWO,))], (J,), "(2 + s)*np.ones(3)"),
        ([Factored((s,)), Factored((s, r))], (), "s*(1 + r)"),
        ([Factored((), (A, B)), Factored((), (A,), rows=Negative(u))], (J, K), "A * (B - u @ np.ones(4).T)"),
        ([Factored(())], (J, K), "np.ones(3) @ np.ones(4).T"),
        ([], (J,), "0"),
    ],
)
def test_sums(terms: list[Factored], axes: tuple[Index, ...], text: str) -> None:
    assert plain(summed(terms, axes), matrix=True) == text


def test_a_sum_over_a_named_axis_is_one_factor() -> None:
    h = Index("h", 2)
    terms = [factored([s], [Part(A, (J, K))], (), (h,), (J, K)), Factored((s,), (B,))]
    assert plain(summed(terms, (J, K)), matrix=True) == "Sum(s*A, h) + s*B"
