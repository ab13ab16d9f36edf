"""One equation lifted: what becomes of each index, and what is not linear in the weights."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from symprop.derivation.lift import Lifted, Rows, lift
from symprop.errors import InternalError
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term, operand, single
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Access, Affine, Index, Tensor

J, K, OUT = Index("j", 2), Index("k", 3), Index("o", 2)
W, V, B, S = Tensor("W", (J, K)), Tensor("v", (J,)), Tensor("B", (J,)), Tensor("s", (J,))
SEED = {"v": Lifted(Rows((OUT,), (OUT,)))}


def identity(outer: Index) -> Tensor:
    return Tensor(f"I{outer.extent}", (Index("a", outer.extent), Index("b", outer.extent)))


def lifted(target: Access, value: Node) -> tuple[str, str, tuple[Index | None, ...]]:
    rows, places, node = lift(Equation(target, value, Origin("test")), SEED, (OUT,), identity)
    factors = (
        "; ".join(" ".join(map(str, term.factors)) for term in node.terms)
        if isinstance(node, SumOfProducts)
        else " ".join([*map(str, node.factors), *map(str, node.accesses)] if isinstance(node, Elementwise) else [])
    )
    return ", ".join(map(str, places)), factors, rows.tied


def test_a_summed_index_becomes_the_outer_one() -> None:
    assert lifted(Tensor("x", (K,))(), single(1, V(), W(), over=(J,))) == ("k", "W[o, k]", (None,))


def test_a_free_index_leaves_the_diagonal() -> None:
    assert lifted(Tensor("x", (J,))(), single(2, V(), B())) == ("", "B[o]", (OUT,))
    slope = Elementwise((operand(0), operand(1)), (V(), B()))
    assert lifted(Tensor("x", (J,))(), slope) == ("", "x0 B[o]", (OUT,))
    assert lifted(W(), single(1, V(), Tensor("y", (K,))())) == ("k", "y[k]", (OUT, None))


def test_where_only_one_term_has_it_the_identity_stays() -> None:
    n = Index("k", 2)
    both = SumOfProducts((Term(Fraction(1), (V(),)), Term(Fraction(1), (V(n), Tensor("A", (n, J))()), (n,))))
    assert lifted(Tensor("x", (J,))(), both) == ("j", "I2[o, j]; A[o, j]", (None,))


def test_a_scatter_goes_on_with_the_outer_index() -> None:
    target = Access(Tensor("x", (Index("i", 4),)), (Affine(((2, J), (1, K)), -1),))
    assert lifted(target, single(1, V(), Tensor("w", (K,))())) == ("2*o + k - 1", "w[k]", (None,))


def test_a_window_reads_the_identity() -> None:
    place = Affine(((1, J), (1, K)), -1)
    value = single(1, Access(V, (place,)), Tensor("w", (K,))(), over=(K,))
    assert lifted(Tensor("x", (J,))(), value) == ("j", "I2[o, j + k - 1] w[k]", (None,))


def test_a_slice_of_another_extent_reads_the_identity() -> None:
    value = single(1, Access(V, (K.part,)), over=())
    assert lifted(Tensor("x", (K,))(), value) == ("k", "I2[o, k]", (None,))


@pytest.mark.parametrize(
    "value",
    [
        single(1, V(), V()),
        single(1, B()),
        Elementwise((operand(0) ** 2,), (V(),)),
        Elementwise((operand(0), sympy.exp(operand(0))), (V(),)),
        Reduction("max", (V(),)),
    ],
)
def test_what_is_not_linear_is_a_bug(value: Node) -> None:
    with pytest.raises(InternalError):
        lift(Equation(Tensor("x", (J,))(), value, Origin("test")), SEED, (OUT,), identity)
