"""Lines of keys and items, in every way that TOML has of writing them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from symprop.network_file.lines import Path, line_of

TEXT = '''\
# name = "not here"
name = "a # no comment, no = key"

"quoted key" = """
[layers]
units = 3
""" # after
'single' = \'\'\'
x = """ \'\'\'
values.w1 = 0.5
values . "w2" = -1.5e-3
dates = [1979-05-27T07:32:00Z, 07:32:00]

matrix = [ # rows
    [1, 2],  # the first
    # a comment with ] and , in it
    [3,
     4],

    ["]", '[', "\\"]"],
]
inline = { a = 1, b = [{ c = 2 }, { c = 3 }], "d e".f = 4 }

[[layers]]
units = 2

[[layers]]  # second
units = 3
  activation = { name = "x", expression = "1" }
[layers.deep]
er = true
[[layers.more]]
one = 1
[[layers.more]]
one = 2

[a.b."c.d"]
e = 1
'''
LINES: list[tuple[Path, int]] = [
    (("name",), 2),
    (("quoted key",), 4),
    (("single",), 8),
    (("values", "w1"), 10),
    (("values", "w2"), 11),
    (("values",), 10),
    (("dates", 1), 12),
    (("matrix",), 14),
    (("matrix", 0), 15),
    (("matrix", 0, 1), 15),
    (("matrix", 1, 0), 17),
    (("matrix", 1, 1), 18),
    (("matrix", 2, 2), 20),
    (("inline", "a"), 22),
    (("inline", "b", 1, "c"), 22),
    (("inline", "d e", "f"), 22),
    (("layers", 0), 24),
    (("layers", 0, "units"), 25),
    (("layers", 1), 27),
    (("layers", 1, "units"), 28),
    (("layers", 1, "activation"), 29),
    (("layers", 1, "activation", "expression"), 29),
    (("layers", 1, "deep", "er"), 31),
    (("layers", 1, "more", 1, "one"), 35),
    (("a", "b", "c.d"), 37),
    (("a", "b", "c.d", "e"), 38),
]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[str(path) for path, _ in LINES])
def test_a_path_has_its_line(path: Path, line: int) -> None:
    assert line_of(TEXT, path) == line


def test_the_paths_of_the_test_exist() -> None:
    for path, _ in LINES:
        item: Any = tomllib.loads(TEXT)
        for part in path:
            item = item[part]


@pytest.mark.parametrize(
    ("path", "line"),
    [(("layers", 1, "bias"), 27), (("inline", "z"), 22), (("matrix", 1, 9), 17), (("nothing",), None), ((), None)],
)
def test_what_is_not_there_has_the_line_of_what_is_around_it(path: Path, line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_an_escaped_key_is_found() -> None:
    assert line_of('a = 1\n"\\u0062" = 2', ("b",)) == 2


@pytest.mark.parametrize(
    "value", ['""', "''", '""""""', "''''''", '"""a""""', '"\\\\"', "[]", "{}", "[[], [1]]", "+1_000.5"]
)
def test_any_value_may_come_before(value: str) -> None:
    assert line_of(f"a = {value}\nb = 2", ("b",)) == 2
