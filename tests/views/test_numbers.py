"""Symbols, then numbers, then the result."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy

from symprop.notation.formula import (
    Call,
    Formula,
    Negative,
    Number,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from symprop.notation.latex import latex
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.views.numbers import as_number, in_three_steps, with_numbers

A, T = Symbol("a"), Symbol("t")
VALUES = {"a": 0.75, "t": -0.5}


def test_every_symbol_that_has_a_value_is_replaced() -> None:
    formula = Sum((Product((A, Power(T, Number(2.0)))), Negative(Symbol("b"))))
    assert plain(with_numbers(formula, VALUES)) == "0.75*(-0.5)**2.0 - b"


def test_a_partial_derivative_stays() -> None:
    assert with_numbers(Product((Partial(A, T), A)), VALUES) == Product((Partial(A, T), Number(0.75, 6)))


def test_negative_numbers_have_their_minus_in_front() -> None:
    assert as_number(-2.5) == Negative(Number(2.5, 6))
    assert as_number(0.0) == Number(0.0, 15)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.12345678, "0.123457"),
        (2.0, "2"),
        (299792458.0, "299792458"),
        (1e9, "1000000000.0"),
        (-0.5, "-0.5"),
        (-0.0, "0"),
    ],
)
def test_numbers_are_rounded_for_print(value: float, printed: str) -> None:
    assert plain(as_number(value)) == printed


ONE = Number(Fraction(1))
CANCELLING = [
    (Sum((Sum((A, Negative(T))), Symbol("b"))), {"a": 1e200, "t": 1e200, "b": 1e-200}),
    (Sum((A, Negative(T))), {"a": 0.7 + 3.217e-11, "t": 0.7}),
    (Product((Sum((A, Negative(T))), A, Sum((ONE, Negative(A))))), {"a": 1 - 2.4711e-9, "t": 1 - 5.03e-12}),
    (Sum((Product((A, T)), Negative(Power(T, Number(Fraction(2)))))), {"a": 0.3 + 4.125e-10, "t": 0.3}),
    (Sum((Quotient(A, T), Negative(Symbol("b")))), {"a": 0.123456789, "t": 3.3, "b": 0.123456789 / 3.3 + 2.5e-10}),
]


@pytest.mark.parametrize(("formula", "values"), CANCELLING)
def test_the_numbers_that_are_printed_give_the_result(formula: Formula, values: dict[str, float]) -> None:
    exact, put_in = (evaluated(plain(formula), values), plain(with_numbers(formula, values)))
    assert evaluated(put_in, {}) == pytest.approx(exact, rel=2e-5)
    looks = latex(with_numbers(formula, values), Names())
    assert all(text in looks for text in re.findall(r"\d\.\d{9,}", put_in))


def evaluated(text: str, values: dict[str, float]) -> float:
    return float(sympy.sympify(text, locals={name: sympy.Float(value, 17) for name, value in values.items()}))


def test_what_is_no_arithmetic_changes_no_digits() -> None:
    formula = Sum((Call("exp", (A,)), Negative(T)))
    assert plain(with_numbers(formula, {"a": 0.123456789, "t": 1.1314})) == "exp(0.123457) - 1.1314"


def test_three_steps() -> None:
    chain = in_three_steps(Partial(Symbol("E"), Symbol("w")), Product((A, T)), VALUES, -0.375)
    assert [plain(side) for side in chain.sides] == ["dE/dw", "a*t", "0.75*(-0.5)", "-0.375"]
