"""Fitting of tables: the mildest measure that suffices."""

from __future__ import annotations

import pytest

from symprop.document.blocks import Table
from symprop.notation.names import Names
from symprop.renderers.tables import Part, parts

WORDS = "one of eight that are learnt by following the gradient downhill "


def table(*cells: str) -> Table:
    return Table(tuple((cell,) for cell in cells), (), (False,) * len(cells))


def fitted(*cells: str) -> list[Part]:
    return parts(table(*cells), Names(), 41.0)


def test_what_fits_is_left_alone() -> None:
    assert fitted("w5", "0.5") == [Part((0, 1))]


def test_words_wrap_at_full_size() -> None:
    (part,) = fitted("w5", WORDS * 3)
    assert part.widths is not None
    assert not part.small
    assert sum(part.widths) < 41.0
    assert part.widths[0] < 3.0


def test_a_column_of_shapes_is_not_made_narrower_than_a_shape() -> None:
    (part,) = fitted("w5", WORDS * 3, "32 × 16 × 3 × 3")
    assert part.widths is not None
    assert 7.0 < part.widths[2] < 12.0


def test_numbers_are_set_smaller() -> None:
    assert fitted(*["0.123456"] * 8) == [Part(tuple(range(8)), None, small=True)]


@pytest.mark.parametrize("columns", [12, 25, 60])
def test_many_columns_come_in_parts_that_repeat_the_first(columns: int) -> None:
    found = fitted(*["0.123456"] * columns)
    assert len(found) > 1
    assert {part.columns[0] for part in found} == {0}
    assert [column for part in found for column in part.columns[1:]] == list(range(1, columns))


def test_without_a_limit_there_is_one_part() -> None:
    assert parts(table(*["0.123456"] * 60), Names(), float("inf")) == [Part(tuple(range(60)))]
