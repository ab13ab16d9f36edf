"""Labels at the ends of curves make room for one another, and keep their order."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from symprop.pictures import is_drawable
from symprop.training.curves import spread


@given(st.lists(st.floats(0, 1), max_size=12))
def test_places_are_moved_apart_in_their_order(places: list[float]) -> None:
    found = spread(places, 0.05)
    order = sorted(range(len(places)), key=lambda k: places[k])
    assert all(found[after] - found[before] >= 0.05 - 1e-9 for before, after in pairwise(order))
    assert all(place <= 1 for place in found)


def test_places_that_are_apart_stay() -> None:
    assert spread([0.9, 0.1, 0.5], 0.05) == [0.9, 0.1, 0.5]


def test_mathematics_is_tried_before_it_is_drawn() -> None:
    assert is_drawable(r"$E_{\mathrm{total}}$")
    assert not is_drawable(r"$\textcolor{red}{x}$")
