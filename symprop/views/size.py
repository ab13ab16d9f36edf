"""How large a formula is as a reader sees it, counted once for each shared part; limits on size are the views' own."""

from __future__ import annotations

from typing import Any

from symprop.notation.formula import Formula, Symbol


def size(formula: Formula) -> int:
    """The number of nodes of the formula's tree, shared parts counted as often as they print.

    >>> from symprop.notation.formula import Product
    >>> size(Product((Symbol("a"), Symbol("b"))))
    3
    """
    return _size(formula, {})


def _size(part: Any, known: dict[int, int]) -> int:
    if isinstance(part, tuple):
        return sum(_size(inner, known) for inner in part)
    if not hasattr(part, "__dataclass_fields__"):
        return 0
    if id(part) not in known:
        known[id(part)] = 1 + sum(_size(getattr(part, name), known) for name in part.__dataclass_fields__)
    return known[id(part)]
