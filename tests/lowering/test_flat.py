"""Flat arrays: one index row by row, loops that run side by side as one, and none that would change what is read."""

from __future__ import annotations

from symprop.lowering.flat import flattened
from symprop.lowering.nest import (
    Assign,
    Block,
    Bound,
    Formula,
    Guarded,
    Inside,
    Loop,
    Place,
    Statement,
    Whole,
    variable,
)
from symprop.scalar.function import X

EXTENTS = {"a": (3, 4, 5), "b": (3, 4, 5), "c": (5,), "u": (4, 3), "e": (7, 5), "row": (1, 5)}
ROW, J, K = map(variable, "ijk")


def flat(*statements: Statement, shaped: tuple[str, ...] = ()) -> tuple[Statement, ...]:
    (block,) = flattened([Block(("z",), statements)], EXTENTS, shaped)
    return block.body


def copy(target: Place, *sources: Place | Guarded) -> Assign:
    return Assign(target, Formula((X,), sources))


def loops(body: Statement, **extents: int) -> Statement:
    for name, extent in reversed(extents.items()):
        body = Loop(name, extent, (body,))
    return body


def test_loops_over_whole_arrays_are_one() -> None:
    line = copy(Place("a", (ROW, J, K)), Place("b", (ROW, J, K)))
    one = variable("i_j_k")
    assert flat(loops(line, i=3, j=4, k=5)) == (loops(copy(Place("a", (one,)), Place("b", (one,))), i_j_k=60),)


def test_what_is_read_along_one_axis_keeps_its_loop() -> None:
    line = copy(Place("a", (ROW, J, K)), Place("c", (K,)))
    found = loops(copy(Place("a", (Whole(((5, "i_j"), (1, "k"))),)), Place("c", (K,))), i_j=12, k=5)
    assert flat(loops(line, i=3, j=4, k=5)) == (found,)


def test_axes_in_another_order_keep_their_loops() -> None:
    line = copy(Place("u", (J, ROW)), Place("u", (J, ROW)))
    index = Whole(((3, "j"), (1, "i")))
    assert flat(loops(line, i=3, j=4)) == (loops(copy(Place("u", (index,)), Place("u", (index,))), i=3, j=4),)


def test_shaped_arrays_keep_their_indices() -> None:
    line = loops(copy(Place("a", (ROW, J, K)), Place("b", (ROW, J, K))), i=3, j=4, k=5)
    assert flat(line, shaped=("a", "b")) == (line,)


def test_offsets_are_of_the_row() -> None:
    (found,) = flat(copy(Place("a", (ROW.plus(-1), J, K.plus(2)))))
    assert isinstance(found, Assign)
    assert found.target == Place("a", (Whole(((20, "i"), (5, "j"), (1, "k")), -18),))


def test_bounds_and_conditions_keep_loops_apart() -> None:
    line = copy(Place("a", (ROW, J, K)))
    bounded = Loop("k", 5, (line,), upper=(Bound(J),))
    (outer,) = flat(loops(bounded, i=3, j=4))
    assert isinstance(outer, Loop)
    assert (outer.variable, outer.stop, outer.body[0].variable) == ("i", 3, "j")  # type: ignore[union-attr]
    guarded = copy(Place("a", (ROW, J, K)), Guarded(Place("c", (K,)), (Inside(J.plus(-1), 4),)))
    (outer,) = flat(loops(guarded, i=3, j=4, k=5))
    assert isinstance(outer, Loop)
    assert outer.variable == "i"


def test_gathered_elements_count_too() -> None:
    gathered = Place("e", (Whole(((1, Place("u", (J, ROW))),)), K))
    line = copy(Place("a", (ROW, J, K)), gathered)
    (outer,) = flat(loops(line, i=3, j=4, k=5))
    assert isinstance(outer, Loop)
    assert outer.variable == "i"  # u is read by columns, so i and j stay two


def test_a_loop_of_one_turn_vanishes() -> None:
    line = copy(Place("row", (ROW, K)), Place("c", (K,)))
    assert flat(loops(line, i=1, k=5)) == (loops(copy(Place("row", (K,)), Place("c", (K,))), k=5),)
