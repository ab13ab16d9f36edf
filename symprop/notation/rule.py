"""How the elements of one tensor are called, and how an identifier is read back; whose rule is which is `packs`' affair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from symprop.notation.looks import Look

Position = tuple[int, ...]
_NUMBERS = re.compile(r"[1-9][0-9]*(?:_[1-9][0-9]*)*\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """How the elements of one tensor are called: a prefix and then numbers, in identifiers as in print.

    The numbers are the position, counted from 1, or, where `first` is given, one number that counts through the
    elements row by row from there. A prefix ends in no digit, so that an identifier is read in one way only.

    >>> rule = Rule("w", (2, 3), Look("w"), first=5)
    >>> rule.identifier((1, 0)), rule.position((8,)), rule.latex((1, 0))
    ('w8', (1, 0), 'w_{8}')
    """

    prefix: str
    extents: tuple[int, ...]
    look: Look
    first: int | None = None

    @property
    def count(self) -> int:
        """How many numbers an identifier ends in."""
        return len(self.extents) if self.first is None else 1

    def identifier(self, position: Position) -> str:
        """The identifier of the element at a position, which is counted from zero."""
        if self.first is None:
            return self.prefix + "_".join([str(p + 1) for p in position])
        return f"{self.prefix}{self.first + row_major(position, self.extents)}"

    def position(self, numbers: tuple[int, ...]) -> Position | None:
        """The position that the numbers of an identifier stand for; None where there is no such element."""
        if self.first is None:
            inside = len(numbers) == len(self.extents) and all(map(_within, numbers, self.extents))
            return tuple(n - 1 for n in numbers) if inside else None
        offset = numbers[0] - self.first if len(numbers) == 1 else -1
        return unravel(offset, self.extents) if 0 <= offset < prod(self.extents) else None

    def latex(self, position: Position, look: Look | None = None) -> str:
        """The look of the element at a position; commas keep numbers of several digits apart."""
        look = self.look if look is None else look
        if self.first is not None:
            return look.latex(str(self.first + row_major(position, self.extents)))
        return look.latex(("" if max(position, default=0) < 9 else ",").join([str(p + 1) for p in position]))


def systematic(name: str, extents: tuple[int, ...], look: Look) -> Rule:
    """A tensor's own name and the position.

    >>> systematic("V", (2, 3), Look("V")).identifier((0, 2))
    'V_1_3'
    """
    return Rule(f"{name}_", extents, look.opened(), first=1 if len(extents) == 1 else None)


def readings(identifier: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The ways to read an identifier as a prefix and numbers, from no number to as many as it ends in.

    >>> list(readings("w_1_12"))
    [('w_1_12', ()), ('w_1_', (12,)), ('w_', (1, 12))]
    """
    yield identifier, ()
    found = _NUMBERS.search(identifier)
    if found:
        groups = found[0].split("_")
        for count in range(1, len(groups) + 1):
            tail = groups[-count:]
            yield identifier[: -len("_".join(tail))], tuple(map(int, tail))


def _within(number: int, extent: int) -> bool:
    return 1 <= number <= extent


def unravel(offset: int, extents: tuple[int, ...]) -> Position:
    """The position at an offset, the inverse of `row_major`.

    >>> unravel(5, (2, 3))
    (1, 2)
    """
    position: list[int] = []
    for extent in reversed(extents):
        offset, place = divmod(offset, extent)
        position.insert(0, place)
    return tuple(position)


def row_major(position: Position, extents: tuple[int, ...]) -> int:
    """The offset of a position in an array laid out row by row.

    >>> row_major((1, 2), (2, 3))
    5
    """
    offset = 0
    for p, extent in zip(position, extents, strict=False):
        offset = offset * extent + p
    return offset
