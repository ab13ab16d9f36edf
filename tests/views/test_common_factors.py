"""What the terms of a sum have in common is drawn out, and the sum means what it meant."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.notation.formula import Formula, Negative, Number, Product, Sign, Sum, Symbol
from symprop.notation.plain import plain
from symprop.views.common_factors import collected, drawn_out, in_order, split
from symprop.views.convert import number, product

A, B, C = Symbol("a"), Symbol("b"), Symbol("c")
VALUES = {"a": Fraction(2, 3), "b": Fraction(-5, 7), "c": Fraction(11, 4)}


def exact(value: int | str) -> Formula:
    return number(Fraction(value))


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ([], "0"),
        ([(A,)], "a"),
        ([(exact("1/5"), A), (exact("-1/5"), B)], "1/5*(a - b)"),
        ([(exact("-1/5"), A), (exact("1/5"), B)], "1/5*(b - a)"),
        ([(exact("-1/5"), A), (exact("-1/5"), B)], "-1/5*(a + b)"),
        ([(exact("9/10"), A), (exact("1/10"), B)], "9/10*a + 1/10*b"),
        ([(Negative(A),), (Negative(B),)], "-a - b"),
        ([(A, C), (Negative(A), B)], "a*(c - b)"),
        ([(Negative(A), C), (exact(-1), B, A)], "-a*(c + b)"),
        ([(A,), (Negative(A), B)], "a*(1 - b)"),
        ([(A, B), (A,)], "a*(1 + b)"),
        ([(A, A, B), (A, A)], "a*a*(1 + b)"),
        ([(A, A), (A,)], "a*(1 + a)"),
        ([(A, B), (C, B), (A, C)], "a*b + c*b + a*c"),
        ([(exact(0), A), (A, B)], "a*b"),
        ([(Product((exact(2), A), Sign.JUXTAPOSED),), (exact(-2), B)], "2*(a - b)"),
        ([(Number(0.5), A), (Number(0.5), B)], "0.5*(a + b)"),
        ([(exact(3), A, B), (exact(3), A)], "3*a*(1 + b)"),
    ],
)
def test_sums(terms: list[tuple[Formula, ...]], text: str) -> None:
    assert plain(collected(terms)) == text


def test_positive_terms_come_first_and_a_number_before_them() -> None:
    assert plain(in_order([Negative(A), B, exact(1)])) == "1 + b - a"
    assert plain(in_order([exact(-1), B, Negative(A)])) == "b - a - 1"


def test_the_number_in_a_product() -> None:
    assert split((Negative(exact("2/3")), A, exact(3), B)) == (Fraction(-2), (A, B))
    assert split(()) == (Fraction(1), ())


def test_one_product_has_nothing_in_common_with_others() -> None:
    assert drawn_out([(exact(2), A)]) == ((), [(exact(2), A)])


def value_of(formula: Formula) -> Fraction:
    match formula:
        case Number(value):
            return Fraction(value)
        case Symbol(name):
            return VALUES[name]
        case Negative(operand):
            return -value_of(operand)
        case Product(factors):
            return prod(map(value_of, factors), start=Fraction(1))
        case Sum(terms):
            return sum(map(value_of, terms), Fraction(0))
    raise AssertionError(formula)


numbers = st.sampled_from([Fraction(n, d) for n in (-2, -1, 0, 1, 3) for d in (1, 5)]).map(number)
factors = st.lists(numbers | st.sampled_from([A, B, C, Negative(A), Sum((A, Negative(B)))]), max_size=4).map(tuple)


@given(st.lists(factors, max_size=4))
def test_the_value_stays(terms: list[tuple[Formula, ...]]) -> None:
    expected = sum((value_of(product(term)) for term in terms), Fraction(0))
    assert value_of(collected(terms)) == expected
