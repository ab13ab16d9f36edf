"""Plain text against the class sheet, and against evaluation of the tree it came from."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from symprop.errors import InternalError
from symprop.notation.formula import (
    Array,
    Call,
    Cases,
    Chain,
    Comparison,
    Entry,
    Fold,
    Formula,
    Negative,
    Number,
    Partial,
    Power,
    Product,
    Quotient,
    Sign,
    Sum,
    Summation,
    Symbol,
    Transpose,
)
from symprop.notation.plain import plain, plain_chain
from tests.notation.samples import (
    GRADIENT_W1,
    GRADIENT_W5,
    HALF_SQUARE,
    KINDS,
    LEAKY,
    PLACES,
    SIGMOID,
    X,
    Y,
    exact,
    minus,
)

Z = Symbol("z")
MATMUL = Product((Symbol("W"), Symbol("a")), Sign.JUXTAPOSED)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (GRADIENT_W5, "(a_o1 - t1)*a_o1*(1 - a_o1)*a_h1"),
        (
            GRADIENT_W1,
            "((a_o1 - t1)*a_o1*(1 - a_o1)*w5 + (a_o2 - t2)*a_o2*(1 - a_o2)*w7)*a_h1*(1 - a_h1)*i1",
        ),
        (HALF_SQUARE, "1/2*(t1 - a_o1)**2"),
        (SIGMOID, "1/(1 + exp(-h1))"),
        (LEAKY, "(x if x > 0 else alpha*x)"),
        (Power(exact("1/2"), X), "(1/2)**x"),
        (Product((X, exact("1/2"))), "x*(1/2)"),
        (Product((X, exact(-2))), "x*(-2)"),
        (Product((exact(-2), X)), "-2*x"),
        (Sum((X, Product((exact(-2), Y)))), "x - 2*y"),
        (Sum((X, Negative(Sum((Y, Z))))), "x - (y + z)"),
        (Sum((X, Sum((Y, Z)))), "x + y + z"),
        (Negative(Negative(X)), "-(-x)"),
        (Sum((X, Negative(Negative(Y)))), "x - (-y)"),
        (Power(Negative(X), exact(2)), "(-x)**2"),
        (Negative(Power(X, exact(2))), "-x**2"),
        (Power(X, Negative(Y)), "x**-y"),
        (Power(X, Negative(Product((Y, Z)))), "x**(-y*z)"),
        (Power(X, Power(Y, Z)), "x**y**z"),
        (Power(Power(X, Y), Z), "(x**y)**z"),
        (Quotient(X, Product((Y, Z))), "x/(y*z)"),
        (Quotient(Quotient(X, Y), Z), "x/y/z"),
        (Number(0.1), "0.1"),
        (Number(-0.0), "-0.0"),
        (Number(1e-7), "1e-07"),
        (Sum(()), "0"),
        (Product(()), "1"),
        (Sum((X,)), "x"),
        (Summation("c", 3, Summation("u1", 2, X)), "Sum(x, c, u1)"),
        (Fold("max", (X,), ("u1", "u2")), "max(x, u1, u2)"),
        (Array((Array((Number(0.5),)), Array((Negative(Number(2.0)),)))), "[[0.5], [-2.0]]"),
        (Call("max", (X, Sum((Y, Z)))), "max(x, y + z)"),
        (Sum((Comparison("==", X, Y), Z)), "(x == y) + z"),
        (Entry("W2", ("j", "k")), "W2[j,k]"),
        (Summation("j", None, Product((Entry("W2", ("j", "k")), Entry("d", ("j",))))), "Sum(W2[j,k]*d[j], j)"),
        (Partial(Symbol("E_total"), Symbol("w5")), "dE_total/dw5"),
        (Partial(minus("E1", "E2"), Symbol("w5")), "d(E1 - E2)/dw5"),
        (Product((Partial(Symbol("E"), X), Partial(X, Y))), "dE/dx * dx/dy"),
        (Transpose(Symbol("W")), "W.T"),
        (Power(X, exact(2), elementwise=True), "x**2"),
        (Call("exp", (X,), elementwise=True), "exp(x)"),
        (Entry("O2", (":", "h", ":")), "O2[:,h,:]"),
        (Product((exact("1/5"), Product((X, Y), Sign.HADAMARD))), "1/5 * x * y"),
        (Transpose(exact(2)), "(2).T"),
        (Transpose(minus("x", "y")), "(x - y).T"),
        (Product((X, Y), Sign.HADAMARD), "x * y"),
    ],
)
def test_text(formula: Formula, text: str) -> None:
    assert plain(formula) == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (MATMUL, "W @ a"),
        (Product((Transpose(Symbol("W")), Symbol("d")), Sign.JUXTAPOSED), "W.T @ d"),
        (Product((MATMUL, X), Sign.HADAMARD), "(W @ a) * x"),
        (Product((Symbol("W"), Product((X, Y), Sign.HADAMARD)), Sign.JUXTAPOSED), "W @ (x * y)"),
        (Product((exact(2), Symbol("W"), X), Sign.JUXTAPOSED), "2 * W @ x"),
        (Product((Symbol("W"), exact(2), X), Sign.JUXTAPOSED), "W * 2 @ x"),
    ],
)
def test_matrix_text(formula: Formula, text: str) -> None:
    assert plain(formula, matrix=True) == text


def test_chain() -> None:
    assert plain_chain(Chain((X, minus("y", "z"), exact(3)))) == "x = y - z = 3"


def test_choice_without_otherwise_is_a_bug_of_the_caller() -> None:
    with pytest.raises(InternalError, match="otherwise"):
        plain(Cases(((X, Comparison("<", X, Y)),)))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS, ids=plain)
def test_every_kind_in_every_place_is_a_python_expression(kind: Formula, place: str) -> None:
    ast.parse(plain(PLACES[place](kind)), mode="eval")


# The law: the text means what the tree means.

VALUES = {name: Fraction(value) for name, value in {"x": "2/3", "y": "-5/7", "z": "3", "u": "-11/4"}.items()}
RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
FUNCTIONS: dict[str, Callable[..., Fraction]] = {"max": max, "abs": abs}


def value_of(formula: Formula) -> Fraction:
    match formula:
        case Number(value):
            return Fraction(value)
        case Symbol(name):
            return VALUES[name]
        case Sum(terms):
            return sum(map(value_of, terms), Fraction(0))
        case Product(factors):
            return prod(map(value_of, factors), start=Fraction(1))
        case Negative(operand):
            return -value_of(operand)
        case Quotient(above, below):
            return value_of(above) / value_of(below)
        case Power(base, exponent):
            return small_power(value_of(base), value_of(exponent))
        case Call(function, arguments):
            return FUNCTIONS[function](*map(value_of, arguments))
        case Comparison(relation, left, right):
            return Fraction(RELATIONS[relation](value_of(left), value_of(right)))
        case Cases(branches):
            return next(value_of(v) for v, condition in branches if condition is None or value_of(condition))
    raise AssertionError(formula)


def small_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > 5 or base.numerator.bit_length() > 200:
        raise OverflowError
    return Fraction(base**exponent)


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: small_power,
}
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}


def value_of_text(node: ast.expr) -> Fraction:
    """Python's own reading of the text, in exact numbers."""
    match node:
        case ast.Constant(value):
            return Fraction(value)  # type: ignore[arg-type]
        case ast.Name(name):
            return VALUES[name]
        case ast.BinOp(left, sign, right):
            return Fraction(OPERATORS[type(sign)](value_of_text(left), value_of_text(right)))
        case ast.UnaryOp(ast.USub(), operand):
            return -value_of_text(operand)
        case ast.Call(ast.Name(function), arguments):
            return FUNCTIONS[function](*map(value_of_text, arguments))
        case ast.Compare(left, [relation], [right]):
            return Fraction(RELATIONS[COMPARED[type(relation)]](value_of_text(left), value_of_text(right)))
        case ast.IfExp(condition, yes, no):
            return value_of_text(yes if value_of_text(condition) else no)
    raise AssertionError(ast.dump(node))


numbers = st.fractions(-4, 4, max_denominator=5).map(Number) | st.sampled_from([0.5, -0.25, 1e-3, -0.0]).map(Number)
leaves = numbers | st.sampled_from(sorted(VALUES)).map(Symbol)


def grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    several = st.lists(inner, max_size=4).map(tuple)
    comparison = st.builds(Comparison, st.sampled_from(sorted(RELATIONS)), inner, inner)
    branch = st.tuples(inner, comparison)
    return (
        st.builds(Sum, several)
        | st.builds(Product, several, st.sampled_from(Sign))
        | st.builds(Negative, inner)
        | st.builds(Quotient, inner, inner)
        | st.builds(Power, inner, inner)
        | st.builds(Power, inner, st.integers(-2, 3).map(exact))
        | comparison
        | st.builds(lambda b, last: Cases((*b, (last, None))), st.lists(branch, max_size=2), inner)
        | st.builds(Call, st.just("max"), st.tuples(inner, inner))
        | st.builds(Call, st.just("abs"), st.tuples(inner))
    )


formulas: st.SearchStrategy[Formula] = st.recursive(leaves, grown, max_leaves=12)


@given(formulas)
def test_text_means_what_the_tree_means(formula: Formula) -> None:
    try:
        expected = value_of(formula)
    except ArithmeticError:
        reject()
    text = plain(formula)
    assert value_of_text(ast.parse(text, mode="eval").body) == expected, text


@pytest.mark.parametrize("wrong", ["x - y + z", "x/y*z", "-x**2 + y"])
def test_a_missing_parenthesis_would_be_seen(wrong: str) -> None:
    right: dict[str, Formula] = {
        "x - y + z": Sum((X, Negative(Sum((Y, Z))))),
        "x/y*z": Quotient(X, Product((Y, Z))),
        "-x**2 + y": Sum((Power(Negative(X), exact(2)), Y)),
    }
    assert value_of_text(ast.parse(wrong, mode="eval").body) != value_of(right[wrong])
