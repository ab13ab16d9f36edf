"""Equations as lines of text that a sheet has room for."""

from __future__ import annotations

from symprop.notation.formula import Chain, Product, Sum, Symbol
from symprop.notation.names import Names
from symprop.workbook.derivation_sheet import chain_lines

A, B, C = map(Symbol, ("alpha", "b", "c"))


def lines(chain: Chain, most: int) -> list[str]:
    return list(chain_lines(chain, Names(), most))


def test_an_equation_that_fits_is_one_line() -> None:
    assert lines(Chain((A, Sum((B, C)), B)), 20) == ["α = b + c = b"]


def test_another_gets_a_line_for_each_side_and_breaks_between_terms() -> None:
    long = Product((Sum((A, B)), Sum((B, C))))
    assert lines(Chain((A, long, B), "+="), 24) == ["α", "    += (α + b)", "      · (b + c)", "    = b"]
