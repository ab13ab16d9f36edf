"""Rules of names: what an element is called is read back as that element, and nothing else is."""

from __future__ import annotations

from itertools import product

import pytest

from symprop.notation.looks import Look
from symprop.notation.rule import Rule, readings, row_major, systematic, unravel

RULES = [
    Rule("w", (3, 4), Look("w"), first=8),
    Rule("h2_", (5,), Look("h", "2,"), first=1),
    Rule("w1_", (3, 12), Look("w", above="(1)")),
    systematic("K2", (2, 3, 1, 11), Look("K", above="(2)")),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.prefix)
def test_an_identifier_is_read_back(rule: Rule) -> None:
    seen = set()
    for position in product(*map(range, rule.extents)):
        identifier = rule.identifier(position)
        (numbers,) = [n for prefix, n in readings(identifier) if prefix == rule.prefix and len(n) == rule.count]
        assert rule.position(numbers) == position
        seen.add((identifier, rule.latex(position)))
    assert len({identifier for identifier, _ in seen}) == len({latex for _, latex in seen}) == len(seen)


@pytest.mark.parametrize(
    ("rule", "numbers"), [(RULES[0], (7,)), (RULES[0], (20,)), (RULES[0], (8, 1)), (RULES[2], (4, 1)), (RULES[2], (1,))]
)
def test_what_is_outside_is_no_element(rule: Rule, numbers: tuple[int, ...]) -> None:
    assert rule.position(numbers) is None


@pytest.mark.parametrize(
    ("position", "latex"), [((0, 0), "w_{11}^{(1)}"), ((2, 8), "w_{39}^{(1)}"), ((0, 9), "w_{1,10}^{(1)}")]
)
def test_commas_part_long_numbers(position: tuple[int, ...], latex: str) -> None:
    assert RULES[2].latex(position) == latex


@pytest.mark.parametrize("identifier", ["w", "w_", "w_0", "w0", "w_01", "", "1_x"])
def test_what_ends_in_no_number_is_read_as_it_stands(identifier: str) -> None:
    numbers = [n for _, n in readings(identifier)]
    assert numbers[0] == ()
    assert all(0 not in n for n in numbers)
    assert ("w_", (1,)) not in readings(identifier)


def test_offsets() -> None:
    extents = (2, 3, 5)
    places = list(product(*map(range, extents)))
    assert [unravel(offset, extents) for offset in range(30)] == places
    assert [row_major(place, extents) for place in places] == list(range(30))
