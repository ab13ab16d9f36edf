"""Long products in pairs: the same numbers, no term with more than two factors under a sum, and the cheap pair first."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.ir.arrays import evaluate_equation
from symprop.ir.check import check_lines
from symprop.ir.nodes import SumOfProducts, Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Affine, Index, Tensor
from symprop.lowering.products import in_pairs
from symprop.scalar.numeric import FLOAT

POOL = tuple(Index(name, extent) for name, extent in zip("ijkl", (2, 3, 4, 5), strict=True))
H, J, K, L = POOL
ORIGIN = Origin("test", 3)


def multiplied(line: Equation) -> list[Equation]:
    """The lines, proved to give the equation's numbers."""
    lines = list(in_pairs(line, {line.name, *(access.tensor.name for access in line.value.accesses)}))
    tensors = {access.tensor.name: access.tensor for access in line.value.accesses}
    check_lines(tensors.values(), lines)
    random = np.random.default_rng(4)
    known = {name: random.normal(size=tensor.extents).astype(object) for name, tensor in tensors.items()}
    wanted = evaluate_equation(line, known, FLOAT, {}).astype(float)
    for part in lines:
        known[part.name] = evaluate_equation(part, known, FLOAT, {})
    np.testing.assert_allclose(np.asarray(known[line.name]).astype(float), wanted, rtol=1e-11, atol=1e-12)
    return lines


@st.composite
def equations(draw: Any) -> Equation:
    """Sums of up to five factors each, some of which are read through windows and beyond their axes."""
    kept = tuple(draw(st.permutations(POOL)))[: draw(st.integers(0, 3))]
    terms = []
    for number in range(draw(st.integers(1, 2))):
        over = tuple(draw(st.permutations([index for index in POOL if index not in kept])))[: draw(st.integers(0, 3))]
        factors = []
        for k in range(draw(st.integers(0, 5))):
            chosen = tuple(draw(st.permutations((*kept, *over))))[: draw(st.integers(0, 3))]
            if chosen and draw(st.integers(0, 3)) == 0:
                window = Affine(((2, chosen[0]), (-1, chosen[-1])), 1)
                factors.append(Tensor(f"f{number}{k}", (Index("h", 6),))(window))
            else:
                tensor = Tensor(f"f{number}{k}", chosen)
                factors.append(tensor())
        terms.append(Term(Fraction(draw(st.sampled_from([1, -2])), 3), tuple(factors), over))
    if draw(st.integers(0, 4)) == 0 and H in kept:
        wide = Tensor("y", tuple(Index("h", 5) if index == H else index for index in kept))
        places = (Affine(((2, index),), -1) if index == H else index for index in kept)
        return Equation(wide(*places), SumOfProducts(tuple(terms)), ORIGIN)
    return Equation(Tensor("y", kept)(), SumOfProducts(tuple(terms)), ORIGIN)


@settings(max_examples=80)
@given(equations())
def test_any_product(line: Equation) -> None:
    lines = multiplied(line)
    for each in lines:
        assert isinstance(each.value, SumOfProducts)
        assert all(len(term.factors) <= 2 or not term.looped for term in each.value.terms)
        assert each.origin == ORIGIN
    assert lines[-1].target == line.target


def test_the_cheap_pair_comes_first() -> None:
    a, b, c = Tensor("a", (H, L)), Tensor("b", (L, K)), Tensor("c", (K,))
    first, last = multiplied(Equation(Tensor("y", (H,))(), single(2, a(), b(), c(), over=(K, L)), ORIGIN))
    assert (str(first.target), [str(access) for access in first.value.accesses]) == ("y_part[l]", ["b[l, k]", "c[k]"])
    assert [str(access) for access in last.value.accesses] == ["a[i, l]", "y_part[l]"]
    assert isinstance(last.value, SumOfProducts)
    assert last.value.terms == (Term(Fraction(2), tuple(last.value.accesses), (L,)),)


def test_names_are_fresh() -> None:
    a, b, c = Tensor("y_part", (H, L)), Tensor("b", (L, K)), Tensor("c", (K,))
    taken = {"y", "y_part", "b", "c"}
    value = total(*(Term(Fraction(1), (a(), b(), c()), (K, L)) for _ in range(2)))
    lines = list(in_pairs(Equation(Tensor("y", (H,))(), value, ORIGIN), taken))
    assert [line.name for line in lines] == ["y_part_", "y_part__", "y"]
    assert taken == {"y", "y_part", "y_part_", "y_part__", "b", "c"}


def test_what_is_short_or_sums_nothing_stays() -> None:
    a, b, c = (Tensor(name, (H, J)) for name in "abc")
    for value in (
        single(1, a(), b(), c()),
        single(1, a(), b(), c(), over=(K,)),
        total(Term(Fraction(1), (a(), b())), Term(Fraction(1), (c(),))),
        elementwise(operand(0) * operand(1), a(), b()),
    ):
        line = Equation(Tensor("y", (H, J))(), value, ORIGIN)
        assert list(in_pairs(line, {"y", "a", "b", "c"})) == [line]
