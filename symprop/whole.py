"""Whole numbers as people give them, NumPy's among them; what they count is known elsewhere."""

from __future__ import annotations

from operator import index


def whole_number(value: object) -> int | None:
    """The value as an int where it is a whole number of any type, NumPy's among them; a bool is none.

    >>> whole_number(3), whole_number(3.0), whole_number(True)
    (3, None, None)
    """
    try:
        return None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        return None
