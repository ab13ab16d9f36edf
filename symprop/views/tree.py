"""Walks over formula trees: map, size, names; what is done at a node is each view's own affair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from symprop.notation.formula import Formula, Symbol


def map_parts(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The node with `change` applied to each node directly below it.

    >>> from symprop.notation.formula import Product
    >>> map_parts(Product((Symbol("a"), Symbol("b"))), lambda part: Symbol("c")).factors
    (Symbol(name='c'), Symbol(name='c'))
    """
    found: Formula = replace(formula, **{f.name: _mapped(getattr(formula, f.name), change) for f in fields(formula)})
    return found


def walk(formula: Formula) -> Iterator[Formula]:
    """The node and all below it, from left to right.

    >>> from symprop.notation.formula import Product
    >>> [type(node).__name__ for node in walk(Product((Symbol("a"), Symbol("b"))))]
    ['Product', 'Symbol', 'Symbol']
    """
    yield formula
    below: list[Formula] = []

    def collected(part: Formula) -> Formula:
        below.append(part)
        return part

    map_parts(formula, collected)
    for part in below:
        yield from walk(part)


def _mapped(part: Any, change: Callable[[Formula], Formula]) -> Any:
    if isinstance(part, tuple):
        return tuple(_mapped(inner, change) for inner in part)
    return change(part) if _is_node(part) else part


def _is_node(part: Any) -> bool:
    return is_dataclass(part) and not isinstance(part, type)


def size(formula: Formula) -> int:
    """The number of nodes of the formula as a tree, shared parts counted as often as they print.

    >>> from symprop.notation.formula import Product
    >>> size(Product((Symbol("a"), Symbol("b"))))
    3
    """
    return _size(formula, {})


def _size(part: Any, known: dict[int, int]) -> int:
    if isinstance(part, tuple):
        return sum(_size(inner, known) for inner in part)
    if not _is_node(part):
        return 0
    if id(part) not in known:
        known[id(part)] = 1 + sum(_size(getattr(part, field.name), known) for field in fields(part))
    return known[id(part)]


def symbols(formula: Formula) -> list[str]:
    """The names in a formula, in order of appearance, each once."""
    return list(dict.fromkeys(_symbols(formula)))


def _symbols(part: Any) -> Iterator[str]:
    if isinstance(part, Symbol):
        yield part.name
    elif isinstance(part, tuple):
        for inner in part:
            yield from _symbols(inner)
    elif _is_node(part):
        for field in fields(part):
            yield from _symbols(getattr(part, field.name))
