"""Symbols, then numbers, then the result."""

from __future__ import annotations

from symprop.notation.formula import Negative, Number, Partial, Power, Product, Sum, Symbol
from symprop.notation.plain import plain
from symprop.views.numbers import as_number, in_three_steps, with_numbers

A, T = Symbol("a"), Symbol("t")
VALUES = {"a": 0.75, "t": -0.5}


def test_every_symbol_that_has_a_value_is_replaced() -> None:
    formula = Sum((Product((A, Power(T, Number(2.0)))), Negative(Symbol("b"))))
    assert plain(with_numbers(formula, VALUES)) == "0.75*(-0.5)**2.0 - b"


def test_a_partial_derivative_stays() -> None:
    assert with_numbers(Product((Partial(A, T), A)), VALUES) == Product((Partial(A, T), Number(0.75)))


def test_negative_numbers_have_their_minus_in_front() -> None:
    assert as_number(-2.5) == Negative(Number(2.5))
    assert as_number(0.0) == Number(0.0)


def test_three_steps() -> None:
    chain = in_three_steps(Partial(Symbol("E"), Symbol("w")), Product((A, T)), VALUES, -0.375)
    assert [plain(side) for side in chain.sides] == ["dE/dw", "a*t", "0.75*(-0.5)", "-0.375"]
