"""Formulas for the printers' tests: every kind of node, every place it can stand in, and some that are far too long."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symprop.notation.formula import (
    Array,
    Call,
    Cases,
    Comparison,
    Entry,
    Fold,
    Formula,
    Negative,
    Number,
    Ones,
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


def exact(value: int | str) -> Number:
    return Number(Fraction(value))


def minus(left: str, right: str) -> Formula:
    return Sum((Symbol(left), Negative(Symbol(right))))


def slope(name: str) -> Formula:
    """``a(1 - a)``, the class sheet's tight pair."""
    return Product((Symbol(name), Sum((exact(1), Negative(Symbol(name))))), Sign.JUXTAPOSED)


X, Y, W, ONE = Symbol("x"), Symbol("y"), Symbol("w"), exact(1)
SIGMOID = Quotient(ONE, Sum((ONE, Call("exp", (Negative(Symbol("h1")),)))))
LEAKY = Cases(((X, Comparison(">", X, exact(0))), (Product((Symbol("alpha"), X)), None)))

# The class sheet's formulas.
GRADIENT_W5 = Product((minus("a_o1", "t1"), slope("a_o1"), Symbol("a_h1")))
THROUGH_O1 = Product((minus("a_o1", "t1"), slope("a_o1"), Symbol("w5")))
THROUGH_O2 = Product((minus("a_o2", "t2"), slope("a_o2"), Symbol("w7")))
GRADIENT_W1 = Product((Sum((THROUGH_O1, THROUGH_O2)), slope("a_h1"), Symbol("i1")))
HALF_SQUARE = Product((exact("1/2"), Power(minus("t1", "a_o1"), exact(2))), Sign.JUXTAPOSED)

LONG_SUM = Sum(tuple(Product((Symbol(f"w{k}"), Symbol(f"a_h{k}"))) for k in range(30)))
LONG_PRODUCT = Product(tuple(Symbol(f"a_{k}") for k in range(40)))
LONG_MATRIX_PRODUCT = Product(tuple(Symbol(f"W{k}") for k in range(40)), Sign.JUXTAPOSED)
LONG_HADAMARD = Product(tuple(Symbol(f"W{k}") for k in range(40)), Sign.HADAMARD)
WIDE_SUM = Sum(LONG_SUM.terms[:12])  # too wide for a line, but a choice among three of them fits a page
LONG_CASES = Cases(
    (
        (WIDE_SUM, Comparison(">", X, exact(0))),
        (Product((WIDE_SUM, X)), Comparison("==", WIDE_SUM, Y)),
        (LONG_PRODUCT, None),
    )
)
LONG: dict[str, Formula] = {
    "sum": LONG_SUM,
    "product": LONG_PRODUCT,
    "matrix product": LONG_MATRIX_PRODUCT,
    "hadamard": LONG_HADAMARD,
    "sum in a product": Product((X, LONG_SUM, Y)),
    "nested": Product((minus("a", "t"), Sum((Product((minus("a_o1", "t1"), LONG_SUM)), LONG_PRODUCT)))),
    "quotient": Quotient(LONG_SUM, LONG_PRODUCT),
    "base": Power(LONG_SUM, exact(2)),
    "exponent": Power(X, LONG_SUM),
    "call": Call("exp", (Negative(LONG_SUM),)),
    "root": Call("sqrt", (LONG_SUM,)),
    "absolute value": Call("abs", (LONG_SUM,)),
    "partial of": Partial(LONG_SUM, W),
    "partial with respect to": Partial(X, LONG_SUM),
    "cases": LONG_CASES,
    "summation": Summation("j", 30, LONG_SUM),
    "transpose": Transpose(LONG_HADAMARD),
    "comparison": Comparison("<", LONG_SUM, LONG_PRODUCT),
    "negative": Negative(LONG_SUM),
    "arguments": Call("max", LONG_SUM.terms),
    "choices added": Sum((LEAKY, LONG_CASES)),
    "one name": Symbol("x" * 300),
}

KINDS: list[Formula] = [
    exact(3),
    exact("1/3"),
    exact(-2),
    Number(1.25e-7),
    Number(-0.5),
    Symbol("delta_o1"),
    Symbol("some_long_name"),
    Ones(3),
    Entry("W2", ("j", "k")),
    Partial(Symbol("E_total"), Symbol("w5")),
    Partial(minus("E1", "E2"), Symbol("w5")),
    Product((X, Y)),
    Product((X, Y), Sign.JUXTAPOSED),
    Product((X, Y), Sign.HADAMARD),
    Product((Negative(X), Y)),
    minus("x", "y"),
    Negative(X),
    Power(X, exact(2)),
    Power(X, exact(2), elementwise=True),
    Call("exp", (X,), elementwise=True),
    Entry("O2", (":", "h", ":")),
    Power(X, exact("1/2")),
    SIGMOID,
    Call("exp", (X,)),
    Call("exp", (LONG_SUM,)),
    Call("relu", (Symbol("z1"),)),
    Call("max", (X, Y)),
    Call("abs", (X,)),
    Comparison("<=", X, Y),
    LEAKY,
    Summation("j", 3, Product((Entry("W", ("j", "k")), Entry("a", ("k",))))),
    Summation("k", None, minus("x", "y")),
    Summation("c", 3, Summation("u1", 2, Summation("u2", 5, Entry("W", ("c", "u1", "u2"))))),
    Fold("max", (Entry("x", ("2*p1 + u1 - 2",)),), ("u1", "u2")),
    Fold("logsumexp", (Entry("z", ("j", "k")),), ("k",)),
    Fold("logsumexp", (X, Y), ("k",)),
    Array((Array((exact(1), Number(-0.5))), Array((exact(2), exact(3))))),
    Transpose(Symbol("V")),
    Product((Product((Symbol("V"), X), Sign.JUXTAPOSED), Y), Sign.HADAMARD),
]

PLACES: dict[str, Callable[[Formula], Formula]] = {
    "alone": lambda f: f,
    "first term": lambda f: Sum((f, X)),
    "last term": lambda f: Sum((X, f)),
    "subtracted": lambda f: Sum((X, Negative(f))),
    "negated": Negative,
    "first factor": lambda f: Product((f, X)),
    "last factor": lambda f: Product((X, f)),
    "first juxtaposed": lambda f: Product((f, X), Sign.JUXTAPOSED),
    "last juxtaposed": lambda f: Product((X, f), Sign.JUXTAPOSED),
    "elementwise": lambda f: Product((X, f, Y), Sign.HADAMARD),
    "base": lambda f: Power(f, exact(2)),
    "exponent": lambda f: Power(X, f),
    "numerator": lambda f: Quotient(f, X),
    "denominator": lambda f: Quotient(X, f),
    "argument": lambda f: Call("tanh", (f,)),
    "exponential": lambda f: Call("exp", (f,)),
    "root": lambda f: Call("sqrt", (f,)),
    "absolute value": lambda f: Call("abs", (f,)),
    "compared": lambda f: Comparison("<", f, X),
    "chosen": lambda f: Cases(((f, Comparison(">", f, X)), (Y, None))),
    "summed": lambda f: Summation("j", 4, f),
    "transposed": Transpose,
    "differentiated": lambda f: Partial(f, W),
    "differentiated by": lambda f: Partial(Symbol("E"), f),
}

HOSTILE = [
    r"$\write18{rm -rf /}",
    r"\input{/etc/passwd}",
    "a|b",
    "`code` ``x``",
    '<script>alert("x")</script>',
    "line\nbreak\x00\x07",
    "--x, ,,b ''q''",
    "η ∂ ⊙ ½ − · é ñ ü ß 中文 \U0001f600 ᵀ ² ⁽ˡ⁾",
    "x" * 300,
    "1" * 200,
    "# h",
    "- i",
    "1. x",
    "=",
    "[a](b) ![c](d) &amp; &lt;",
    "* ~ ^ & % { } _ __a__ _b_",
    "\\\\",
    "[1ex] *",
    "^^41",
    "<< x >> <% y %> {{ z }} {% w %}",
]
