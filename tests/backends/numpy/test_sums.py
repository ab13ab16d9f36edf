"""Sums of products over arrays: random terms against the reading of the equation, and which calls become of the usual ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.backends.numpy.backend import compile_program
from symprop.ir.arrays import evaluate_equation
from symprop.ir.nodes import SumOfProducts, Term, single, total
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.lowering.lowered import Lowered
from symprop.scalar.numeric import FLOAT

POOL = tuple(Index(name, extent) for name, extent in zip("ijkl", (2, 3, 4, 5), strict=True))
H, J, K, L = POOL
ORIGIN = Origin("test")
X, W, B = Tensor("x", (H, J)), Tensor("w", (K, J)), Tensor("b", (K,))


def compare(equation: Equation) -> str:
    """The written code's numbers are the equation's; returns the code."""
    tensors = {access.tensor.name: access.tensor for access in equation.value.accesses}
    lowered = Lowered(tuple(tensors.values()), (), (equation,), (equation.name,))
    random = np.random.default_rng(6)
    values = {name: random.normal(size=tensor.extents) for name, tensor in tensors.items()}
    executable = compile_program(lowered, "float64")
    for _ in range(2):  # nothing is left from the first run
        found = executable(values)[equation.name]
        wanted = evaluate_equation(equation, {n: v.astype(object) for n, v in values.items()}, FLOAT, {}).astype(float)
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)
    return executable.source.partition("def run()")[2]


def calls(code: str) -> list[str]:
    return [line.strip().partition("(")[0] for line in code.splitlines() if line.startswith("    ")]


@st.composite
def accesses(draw: Any, name: str, loops: tuple[Index, ...]) -> Access:
    """Bare indices, slices, windows and steps beyond the axes."""
    places, axes = [], []
    for number in range(draw(st.integers(0, 3))):
        kind, chosen = draw(st.integers(0, 3)), draw(st.permutations(loops))[:2]
        if kind < 3 and chosen:
            places.append(Affine(((1, chosen[0]),)))
            axes.append(Index(f"a{number}", chosen[0].extent))
        else:
            terms = tuple((draw(st.sampled_from([1, 2, -1])), index) for index in chosen[: draw(st.integers(0, 2))])
            extent = draw(st.integers(1, 6))
            bare = len(terms) == 1 and terms[0][0] == 1
            offset = draw(st.integers(-2, 3))
            places.append(Affine(terms, offset, part=bare and not offset and terms[0][1].extent != extent))
            axes.append(Index(f"a{number}", extent))
    return Access(Tensor(name, tuple(axes)), tuple(places))


@st.composite
def sums(draw: Any) -> Equation:
    target = Tensor("y", tuple(draw(st.permutations(POOL)))[: draw(st.integers(0, 3))])
    terms = []
    for number in range(draw(st.integers(1, 3))):
        rest = [index for index in POOL if index not in target.indices]
        over = tuple(draw(st.permutations(rest)))[: draw(st.integers(0, 2))]
        coefficient = Fraction(draw(st.sampled_from([1, 1, -1, 3, -2])), draw(st.sampled_from([1, 1, 7])))
        most = 2 if over else 3  # longer products that are summed come in pairs
        loops = (*target.indices, *over)
        factors = [draw(accesses(f"f{number}{k}", loops)) for k in range(draw(st.integers(0, most)))]
        terms.append(Term(coefficient, tuple(factors), over))
    return Equation(target(), SumOfProducts(tuple(terms)), ORIGIN)


@settings(max_examples=150)
@given(sums())
def test_any_sum_of_products(equation: Equation) -> None:
    compare(equation)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_one_array_read_in_several_orders(seed: int) -> None:
    """Copies that one equation made are read by the next."""
    random = np.random.default_rng(seed)
    a, b, c = Tensor("a", (J, K, L)), Tensor("b", (L, J, H)), Tensor("c", (K, L, J))
    equations = []
    for number in range(4):
        first, second = random.choice(3, 2, replace=False)
        one, two = ((a, b, c)[k] for k in (first, second))
        kept = tuple({*one.indices, *two.indices} - {J, L} if number % 2 else {*one.indices, *two.indices} - {L})
        kept = tuple(kept[k] for k in random.permutation(len(kept)))
        over = tuple(i for i in dict.fromkeys((*one.indices, *two.indices)) if i not in kept)
        equations.append(Equation(Tensor(f"y{number}", kept)(), single(1, one(), two(), over=over), ORIGIN))
    lowered = Lowered((a, b, c), (), tuple(equations), tuple(e.name for e in equations))
    values = {tensor.name: random.normal(size=tensor.extents) for tensor in (a, b, c)}
    executable = compile_program(lowered, "float64")
    for _ in range(2):
        values = {name: value + 1 for name, value in values.items()}  # a copy of before would be seen
        found = executable(values)
        for equation in equations:
            wanted = evaluate_equation(equation, {n: v.astype(object) for n, v in values.items()}, FLOAT, {})
            np.testing.assert_allclose(found[equation.name], wanted.astype(float), rtol=1e-11, atol=1e-12)


def test_what_is_copied_for_one_product_is_read_by_the_next() -> None:
    """Though the second calls the axes otherwise."""
    a, b = Tensor("a", (J, K, L)), Tensor("b", (K, H))
    m, n, o = (Index(name, extent) for name, extent in zip("mno", (3, 4, 5), strict=True))
    lines = (
        Equation(Tensor("y", (J, L, H))(), single(1, a(J, K, L), b(K, H), over=(K,)), ORIGIN),
        Equation(Tensor("z", (m, o, H))(m, o, H), single(2, a(m, n, o), b(n, H), over=(n,)), ORIGIN),
    )
    executable = compile_program(Lowered((a, b), (), lines, ("y", "z")), "float64")
    values = {"a": np.random.default_rng(1).normal(size=(3, 4, 5)), "b": np.random.default_rng(2).normal(size=(4, 2))}
    found = executable(values)
    wanted = np.einsum("jkl,kh->jlh", values["a"], values["b"])
    np.testing.assert_allclose(found["y"], wanted, rtol=1e-12)
    np.testing.assert_allclose(found["z"], 2 * wanted, rtol=1e-12)
    assert calls(executable.source.partition("def run()")[2]).count("copyto") == 1


def test_a_layer_is_one_matrix_product_and_one_sum() -> None:
    value = total(Term(Fraction(1), (W(K, J), X(H, J)), (J,)), Term(Fraction(1), (B(K),)))
    assert calls(compare(Equation(Tensor("z", (H, K))(), value, ORIGIN))) == ["matmul", "add"]


def test_a_sum_over_the_batch_is_a_reduction() -> None:
    assert calls(compare(Equation(Tensor("s", (J,))(), single(1, X(), over=(H,)), ORIGIN))) == ["add.reduce"]


def test_a_coefficient_that_all_terms_share_is_multiplied_once() -> None:
    pair = (Term(Fraction(2, 7), (X(H, J),)), Term(Fraction(-2, 7), (Tensor("v", (H, J))(),)))
    assert calls(compare(Equation(Tensor("d", (H, J))(), total(*pair), ORIGIN))) == ["subtract", "multiply"]


def test_a_sum_over_what_no_factor_reads_counts() -> None:
    compare(Equation(Tensor("y", (H,))(), single(Fraction(1, 3), X(H, J), over=(J, K, L)), ORIGIN))
    compare(Equation(Tensor("y", (H,))(), single(Fraction(1, 3), over=(K, L)), ORIGIN))


@pytest.mark.parametrize("terms", [(), (Term(Fraction(0), (X(H, J),)),), (Term(Fraction(-5), ()),)])
def test_numbers_alone(terms: tuple[Term, ...]) -> None:
    compare(Equation(Tensor("y", (J, H))(), SumOfProducts(terms), ORIGIN))


def test_zeros_are_read_around_a_tensor() -> None:
    """A convolution with padding: nothing is copied into room that is there already."""
    x, w = Tensor("x", (H, Index("p", 7))), Tensor("w", (K, Index("u", 3)))
    q, u = Index("q", 4), Index("u", 3)
    window = Affine(((2, q), (1, u)), -1)
    compare(Equation(Tensor("y", (H, K, q))(), single(1, w(K, u), x(H, window), over=(u,)), ORIGIN))


def test_a_gathered_row_is_multiplied() -> None:
    table, rows = Tensor("e", (Index("v", 6), J)), Tensor("s", (H,), Role.INDEX)
    read = table(Affine((), 0, rows(H)), J)
    equation = Equation(Tensor("y", (H, K))(), single(2, W(K, J), read, over=(J,)), ORIGIN)
    executable = compile_program(Lowered((table, rows, W), (), (equation,), ("y",)), "float64")
    random = np.random.default_rng(2)
    e, w, s = random.normal(size=(6, 3)), random.normal(size=(4, 3)), np.array([5, 2])
    np.testing.assert_allclose(executable({"e": e, "w": w, "s": s})["y"], 2 * e[s] @ w.T, rtol=1e-13)
