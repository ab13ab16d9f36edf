"""Indices, affine indices, tensors and accesses: what is plain, what is read where, how they are renamed and printed."""

from __future__ import annotations

import pytest

from symprop.ir.tensor import Access, Affine, Index, Tensor

J, K, Y = Index("j", 3), Index("k", 4), Index("y", 2)
W, V = Tensor("W", (J, K)), Tensor("v", (Index("n", 3),))


@pytest.mark.parametrize(
    ("affine", "text"),
    [
        (Affine(((1, J),)), "j"),
        (Affine(((2, Y), (1, J)), -1), "2*y + j - 1"),
        (Affine(((-1, J),), 2), "-j + 2"),
        (Affine((), 3), "3"),
        (Affine(()), "0"),
    ],
)
def test_affine_indices_print(affine: Affine, text: str) -> None:
    assert str(affine) == text


@pytest.mark.parametrize("affine", [Affine(((2, J),)), Affine(((1, J),), 1), Affine(((1, J), (1, K))), Affine((), 0)])
def test_what_is_not_bare(affine: Affine) -> None:
    assert affine.bare is None


def test_bare_and_value() -> None:
    assert Affine(((1, J),)).bare == J
    assert Affine(((2, Y), (3, J)), -1).at({"y": 1, "j": 2}) == 7
    assert Affine(((2, Y), (3, J))).indices == (Y, J)


@pytest.mark.parametrize(
    ("access", "plain"),
    [
        (W(), True),
        (W(Index("a", 3), Index("b", 4)), True),
        (Tensor("s")(), True),
        (V(J), True),
        (V(Index("n", 2)), False),  # a slice
        (V(Affine(((1, J),), 1)), False),
        (V(Affine((), 0)), False),
        (Tensor("S", (J, Index("l", 3)))(J, J), False),
    ],
)
def test_plain_reads_every_element_once(access: Access, plain: bool) -> None:
    assert access.plain is plain


def test_free_indices_appear_once_each() -> None:
    assert W(Affine(((1, Y), (1, J))), Affine(((2, J),))).free == (Y, J)
    assert W.extents == (3, 4)


def test_elements_out_of_range_are_none() -> None:
    window = V(Affine(((2, Y), (1, J)), -1))
    found = [window.element({"y": y, "j": j}) for y in range(2) for j in range(3)]
    assert found == [None, (0,), (1,), (1,), (2,), None]


def test_renaming_goes_into_affine_indices() -> None:
    renamed = W(Affine(((2, Y), (1, J))), K).rename({J: (m := Index("m", 3)), K: J})
    assert renamed == W(Affine(((2, Y), (1, m))), J)
    assert W().rename({}) == W()


def test_accesses_print() -> None:
    assert str(W(J, Affine(((1, K),), 1))) == "W[j, k + 1]"
    assert str(Tensor("s")()) == "s"
