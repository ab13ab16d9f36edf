"""Whole numbers as people give them, NumPy's among them; what they count is known elsewhere."""

from __future__ import annotations

from operator import index

from symprop.errors import UserError
from symprop.ir.names import shorten


def whole_number(value: object) -> int | None:
    """The value as an int where it is a whole number of any type, NumPy's among them; a bool is none.

    >>> whole_number(3), whole_number(3.0), whole_number(True)
    (3, None, None)
    """
    try:
        return None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def whole_within(what: str, value: object, least: int, most: int) -> int:
    """The value as an int; UserError, which says what it is of, unless it is a whole number from `least` to `most`.

    >>> whole_within("number of points", 2, 1, 1000)
    2
    >>> whole_within("number of points", 1.5, 1, 1000)
    Traceback (most recent call last):
    symprop.errors.UserError: wrong number of points (expected a whole number from 1 to 1,000, got 1.5)
    """
    whole = whole_number(value)
    if whole is None or not least <= whole <= most:
        expected = f"a whole number from {least:,} to {most:,}"
        raise UserError(f"wrong {what}", expected=expected, got=shorten(repr(value)))
    return whole
