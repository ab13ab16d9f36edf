"""Several turns in one pass: every product and every row exactly once, and rows only where they share what they read."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from symprop.lowering.nest import Assign, How, Loop, Place, Product, Statement, Total, Whole, variable
from symprop.lowering.tiles import several_products, several_rows

ROW, J, K = map(variable, "ijk")


def run(statements: Any, values: dict[str, int], found: Counter[Any]) -> None:
    """Counts the products that are added, with all indices known."""
    for each in statements:
        if isinstance(each, Loop):
            for number in range(each.start, each.stop, each.step):
                run(each.body, {**values, each.variable: number}, found)
        else:
            assert isinstance(each, Assign)
            for part in each.value.parts if isinstance(each.value, Total) else [each.value]:
                found[tuple(at(place, values) for place in (each.target, *part.operands))] += 1


def at(place: Any, values: dict[str, int]) -> tuple[int, ...]:
    return tuple(whole.offset + sum(factor * values[name] for factor, name in whole.terms) for whole in place.indices)


def nest(rows: int, inner: int, columns: int, right: tuple[Whole, ...] = (K, J)) -> tuple[Loop, Statement]:
    value = Product(Fraction(1), (Place("a", (ROW, K)), Place("b", right)))
    line = Assign(Place("c", (ROW, J)), value, How.ADD)
    sums = Loop("k", inner, (Loop("j", columns, (line,)),))
    return sums, Loop("i", rows, (sums,))


@pytest.mark.parametrize(("rows", "inner"), [(4, 4), (11, 6), (3, 9), (9, 3), (8, 7)])
def test_every_product_is_added_once(rows: int, inner: int) -> None:
    sums, whole = nest(rows, inner, 5)
    wanted, found = Counter[Any](), Counter[Any]()
    run([whole], {}, wanted)
    run(several_rows(Loop("i", rows, tuple(several_products(sums)))), {}, found)
    assert found == wanted
    assert set(found.values()) == {1}
    assert len(found) == rows * inner * 5


def test_several_rows_share_a_pass() -> None:
    sums, _ = nest(8, 8, 5)
    (rows,) = several_rows(Loop("i", 8, tuple(several_products(sums))))
    assert isinstance(rows, Loop)
    assert rows.step == 4
    innermost = rows.body[0].body[0]  # type: ignore[union-attr]
    assert [line.target.indices[0].offset for line in innermost.body] == [0, 1, 2, 3]  # type: ignore[union-attr]


def test_rows_that_share_nothing_stay_apart() -> None:
    sums, _ = nest(8, 8, 5, right=(ROW, J))
    loop = Loop("i", 8, tuple(several_products(sums)))
    assert several_rows(loop) == [loop]
