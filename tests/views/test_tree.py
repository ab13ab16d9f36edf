"""Walks over formulas."""

from __future__ import annotations

from symprop.notation.formula import Cases, Comparison, Negative, Number, Partial, Power, Product, Sum, Symbol
from symprop.views.tree import map_parts, symbols

A, B, C = Symbol("a"), Symbol("b"), Symbol("c")
BRANCHES = Cases(((A, Comparison(">", B, C)), (Negative(A), None)))


def test_symbols_in_order_of_appearance_each_once() -> None:
    assert symbols(Sum((Product((B, A)), Power(C, Number(2.0)), B))) == ["b", "a", "c"]
    assert symbols(BRANCHES) == ["a", "b", "c"]
    assert symbols(Partial(A, B)) == ["a", "b"]
    assert symbols(Number(1.0)) == []


def test_mapping_reaches_the_parts_directly_below() -> None:
    def swapped(part: object) -> object:
        return C if part == A else part

    assert map_parts(Product((A, B)), swapped) == Product((C, B))  # type: ignore[arg-type]
    assert map_parts(Sum((Negative(A), A)), swapped) == Sum((Negative(A), C))  # type: ignore[arg-type]
    assert map_parts(A, swapped) == A  # type: ignore[arg-type]
    assert map_parts(BRANCHES, swapped) == Cases(((C, Comparison(">", B, C)), (Negative(A), None)))  # type: ignore[arg-type]
