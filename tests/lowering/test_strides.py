"""Where accesses stand in memory: starts, steps and room by counting, and positions at which nothing is met twice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.ir.tensor import Access, Affine, Index, Tensor
from symprop.lowering.strides import overlapping, strided, wider

POOL = tuple(Index(name, extent) for name, extent in zip("pqu", (2, 3, 4), strict=True))
P, Q, U = POOL


@st.composite
def accesses(draw: Any) -> Access:
    places, axes = [], []
    for number in range(draw(st.integers(1, 3))):
        chosen = tuple(draw(st.permutations(POOL)))[: draw(st.integers(0, 3))]
        terms = tuple((draw(st.sampled_from([1, 1, 2, 3, -1, -4])), index) for index in chosen)
        places.append(Affine(terms, draw(st.integers(-3, 5))))
        axes.append(Index(f"a{number}", draw(st.integers(1, 9))))
    return Access(Tensor("x", tuple(axes)), tuple(places))


def positions(access: Access) -> list[tuple[dict[str, int], tuple[int, ...]]]:
    """Every position of the indices, and the place that is read there, in range or not."""
    found = []
    for at in np.ndindex(*(index.extent for index in access.free)):
        position = {index.name: place for index, place in zip(access.free, at, strict=True)}
        found.append((position, tuple(affine.at(position) for affine in access.indices)))
    return found


@settings(max_examples=150)
@given(accesses())
def test_start_and_steps_reach_every_place(access: Access) -> None:
    place = strided(access)
    assert place.indices == access.free
    places = positions(access)
    for position, wanted in places:
        steps = zip(place.indices, place.steps, strict=True)
        moved = np.add.reduce([position[index.name] * np.array(step) for index, step in steps], axis=0)
        assert tuple(np.array(place.start) + moved) == wanted
    for axis, (before, after) in enumerate(place.pads):
        met = [wanted[axis] for _, wanted in places]
        assert before == max(0, -min(met))
        assert after == max(0, max(met) - access.tensor.extents[axis] + 1)
    assert place.is_padded is not access.bounded


@settings(max_examples=150)
@given(accesses())
def test_no_element_is_met_twice_at_one_position(access: Access) -> None:
    chosen = overlapping(access)
    met = Counter((*(position[index.name] for index in chosen), *place) for position, place in positions(access))
    assert max(met.values()) == 1


@pytest.mark.parametrize(
    ("places", "names"),
    [
        ((Affine(((1, P),)), Affine(((1, Q),))), ""),
        ((Affine(((1, P), (1, U))),), "p"),  # the shorter of the two
        ((Affine(((4, P), (1, U))),), ""),  # side by side
        ((Affine(((3, P), (1, U))),), "p"),  # the last meets the first of the next
        ((Affine(((3, P), (-1, Q))),), ""),  # backwards, side by side
        ((Affine(((1, P),)),), ""),
        ((Affine(()),), ""),
        ((Affine(((1, P), (1, Q))), Affine(((1, P),))), "p"),
        ((Affine(((0, P), (1, Q))),), "p"),  # one that moves nothing
    ],
)
def test_the_fewest_positions_are_chosen(places: tuple[Affine, ...], names: str) -> None:
    access = Access(Tensor("x", tuple(Index(f"a{k}", 20) for k in range(len(places)))), places)
    assert "".join(index.name for index in overlapping(access)) == names


@settings(max_examples=60)
@given(accesses())
def test_it_is_never_more_than_all_but_one_axis_needs(access: Access) -> None:
    """Indices that stand alone on an axis of their own need no going through."""
    alone = {affine.terms[0][1] for affine in access.indices if len(affine.terms) == 1}
    rest = [index for index in access.free if index not in alone]
    assert prod(index.extent for index in overlapping(access)) <= prod(index.extent for index in rest)


def test_room_for_both() -> None:
    assert wider(((1, 0), (0, 3)), ((0, 2), (1, 2))) == ((1, 2), (1, 3))
    for one, other in combinations([((1, 0),), ((0, 2),), ((0, 0),)], 2):
        assert wider(one, other) == wider(other, one)
