"""Plans for sums over products of two arrays: whichever is chosen gives einsum's numbers, and the cheap one is chosen."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.backends.numpy.contraction import Factor, Indices, Plan, _plans, plan, size
from symprop.ir.tensor import Index

POOL = tuple(Index(name, extent) for name, extent in zip("abcdef", (2, 3, 4, 5, 1, 6), strict=True))
A, B, C, D, _, F = POOL


def strided(indices: Indices, random: Random) -> Any:
    """Numbers whose axes lie in any order in memory, some with room between."""
    order = random.sample(range(len(indices)), len(indices))
    room = [random.choice([0, 0, 1]) for _ in indices]
    whole = np.random.default_rng(random.randrange(10**6)).normal(size=[indices[k].extent + room[k] for k in order])
    inside = whole[tuple(slice(indices[k].extent) for k in order)]
    return inside.transpose([order.index(k) for k in range(len(indices))])


def matrices(factor: Factor, stack: Indices, rows: Indices, columns: Indices, may_copy: bool) -> Any:
    order = [index for index in (*stack, *rows, *columns) if index in factor.indices]
    array = factor.array.transpose([factor.indices.index(index) for index in order])
    shape = [index.extent if index in factor.indices else 1 for index in stack]
    merged = array.reshape([*shape, size(rows), size(columns)])
    assert may_copy or np.may_share_memory(merged, array), "a plan without copies has to be one of views"
    return merged


def carried_out(p: Plan, order: Indices) -> Any:
    """What the plan gives, over `order`."""
    left = matrices(p.left, p.stack, p.rows, p.inner, p.copies[0])
    right = matrices(p.right, p.stack, p.inner, p.columns, p.copies[1])
    product = np.matmul(left, right).reshape([index.extent for index in p.result])
    summed = product.sum(axis=tuple(range(len(p.after))))
    kept = [index for index in p.result if index not in p.after]
    return summed.transpose([kept.index(index) for index in order])


def expected(left: Factor, right: Factor, order: Indices) -> Any:
    letters = {index: number for number, index in enumerate(POOL)}
    places = [[letters[index] for index in each] for each in (left.indices, right.indices, order)]
    return np.einsum(left.array, places[0], right.array, places[1], places[2])


@st.composite
def products(draw: Any) -> tuple[list[Factor], list[Factor], Indices, Indices]:
    """Two factors, each with copies in other orders, what is summed, and in which order the result is wanted."""
    random = Random(draw(st.integers(0, 10**6)))
    indices = random.sample(POOL, random.randint(2, 5))
    which = ["summed", *(random.choice(["left", "right", "both", "summed"]) for _ in indices[1:])]
    summed = tuple(i for i, where in zip(indices, which, strict=True) if where == "summed")
    groups = []
    for side in ("left", "right"):
        own = tuple(i for i, where in zip(indices, which, strict=True) if where in (side, "both", "summed"))
        own = tuple(random.sample(own, len(own)))
        first = Factor(side, strided(own, random), own)
        copies = [first]
        for number in range(random.randint(0, 2)):
            turned = random.sample(range(len(own)), len(own))
            copy = np.ascontiguousarray(first.array.transpose(turned))
            copies.append(Factor(f"{side}{number}", copy, tuple(own[k] for k in turned)))
        groups.append(copies)
    kept = [index for index in indices if index not in summed]
    return groups[0], groups[1], summed, tuple(random.sample(kept, len(kept)))


@settings(max_examples=100)
@given(products())
def test_every_plan_gives_einsums_numbers(drawn: tuple[list[Factor], list[Factor], Indices, Indices]) -> None:
    lefts, rights, summed, order = drawn
    wanted = expected(lefts[0], rights[0], order)
    for left in lefts:
        for right in rights:
            for each in (*_plans(left, right, summed, order), *_plans(right, left, summed, None)):
                np.testing.assert_allclose(carried_out(each, order), wanted, rtol=1e-12, atol=1e-13)


@settings(max_examples=40)
@given(products())
def test_the_plan_is_the_cheapest(drawn: tuple[list[Factor], list[Factor], Indices, Indices]) -> None:
    lefts, rights, summed, order = drawn
    chosen = plan(lefts, rights, summed, order)
    np.testing.assert_allclose(carried_out(chosen, order), expected(lefts[0], rights[0], order), rtol=1e-12, atol=1e-13)
    every = [p for a in lefts for b in rights for pair in ((a, b), (b, a)) for p in _plans(*pair, summed, order)]
    assert chosen.cost(order) == min(each.cost(order) for each in every)


def whole(name: str, *indices: Index) -> Factor:
    return Factor(name, np.ones([index.extent for index in indices]), indices)


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (whole("x", A, B), whole("w", C, B), (A, C)),  # a layer forward: the matrix is turned, nothing is copied
        (whole("d", A, C), whole("w", C, B), (A, B)),  # backward
        (whole("d", A, C), whole("x", A, B), (C, B)),  # its weights
        (whole("x", A, B, D), whole("w", C, D), (A, B, C)),  # two axes that merge
        (whole("x", A, B), whole("w", C, B), (C, A)),  # the other one is first
    ],
)
def test_a_matrix_product_copies_nothing(left: Factor, right: Factor, order: Indices) -> None:
    (summed,) = {*left.indices, *right.indices}.difference(order)
    chosen = plan([left], [right], (summed,), order)
    assert (chosen.copies, chosen.stack, chosen.result) == ((False, False), (), order)


def test_a_copy_that_lies_as_it_should_is_taken() -> None:
    crossed = Factor("x", np.ones((3, 4, 2)).transpose(2, 0, 1)[:, :2], (A, Index("b", 2), C))
    copy = Factor("copy", np.ones((2, 2, 4)), crossed.indices)
    right = whole("w", C, D)
    assert any(plan([crossed], [right], (C,), None).copies)
    chosen = plan([crossed, copy], [right], (C,), None)
    assert "copy" in (chosen.left.name, chosen.right.name)
    assert not any(chosen.copies)


def test_what_both_keep_is_stacked() -> None:
    chosen = plan([whole("q", D, A, F)], [whole("k", D, B, F)], (F,), (D, A, B))
    assert (chosen.stack, chosen.rows, chosen.inner, chosen.columns, chosen.after) == ((D,), (A,), (F,), (B,), ())


def test_a_row_with_room_behind_it_is_a_matrix() -> None:
    array = np.ones((3, 7))[:, :4]
    padded = Factor("x", array, (B, C))
    assert padded.merges((), (B,), (C,))
    assert padded.merges((), (C,), (B,))
    assert not padded.merges((), (B, C), ())
    assert not Factor("x", np.ones((3, 8))[:, ::2], (B, C)).merges((), (B,), (C,))


def test_size_counts_positions() -> None:
    assert (size(()), size((B, C))) == (1, 12)
