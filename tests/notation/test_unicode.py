"""Unicode text against the class sheet, and against what the tree means when the text is read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, reject

from symprop.errors import InternalError
from symprop.notation.formula import (
    Call,
    Cases,
    Chain,
    Comparison,
    Compound,
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
from symprop.notation.names import Names
from symprop.notation.unicode import unicode_chain, unicode_lines, unicode_text
from tests.notation.samples import (
    GRADIENT_W1,
    GRADIENT_W5,
    HALF_SQUARE,
    KINDS,
    LEAKY,
    LONG,
    PLACES,
    SIGMOID,
    X,
    Y,
    exact,
    minus,
    slope,
)
from tests.notation.test_plain import FUNCTIONS, VALUES, formulas, small_power, value_of
from tests.notation.unicode_reader import Reader

SIGMA = Names(functions={"sigmoid": r"\sigma", "relu": r"\mathop{\mathrm{ReLU}}"})
MATMUL = Product((Transpose(Symbol("W2")), Symbol("delta_z2")), Sign.JUXTAPOSED)
DIRECT = Partial(Symbol("E"), X, direct=True)
SECOND = Partial(Partial(Symbol("E"), Symbol("w1")), Symbol("w2"))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (GRADIENT_W5, "(a_o1 − t1) · a_o1(1 − a_o1) · a_h1"),
        (
            GRADIENT_W1,
            "((a_o1 − t1) · a_o1(1 − a_o1) · w5 + (a_o2 − t2) · a_o2(1 − a_o2) · w7) · a_h1(1 − a_h1) · i1",
        ),
        (HALF_SQUARE, "1/2 · (t1 − a_o1)²"),
        (SIGMOID, "1/(1 + exp(−h1))"),
        (LEAKY, "{x if x > 0; α · x otherwise}"),
        (slope("a"), "a·(1 − a)"),
        (slope("exp1"), "exp1(1 − exp1)"),
        (Product((exact(2), minus("x", "y")), Sign.JUXTAPOSED), "2(x − y)"),
        (Product((exact(2), X), Sign.JUXTAPOSED), "2·x"),
        (Product((minus("x", "y"), minus("y", "x")), Sign.JUXTAPOSED), "(x − y)(y − x)"),
        (Product((Quotient(X, Y), minus("x", "y")), Sign.JUXTAPOSED), "x/y · (x − y)"),
        (Quotient(X, slope("a_o1")), "x/(a_o1(1 − a_o1))"),
        (Product((Summation("k", None, X), Y)), "(Σ_k x) · y"),
        (Product((Product((X, Summation("k", None, X)), Sign.JUXTAPOSED), Y)), "(x·Σ_k x) · y"),
        (Quotient(Summation("k", None, X), Y), "(Σ_k x)/y"),
        (Power(X, exact(-12)), "x⁻¹²"),
        (Power(X, Y), "x^y"),
        (Power(X, minus("x", "y")), "x^(x − y)"),
        (Power(Power(X, exact(2)), exact(3)), "(x²)³"),
        (Power(Number(1e-7), exact(2)), "(1e-07)²"),
        (Power(X, exact("1/2")), "√x"),
        (Power(Call("sqrt", (minus("x", "y"),)), exact(2)), "(√(x − y))²"),
        (Negative(Negative(X)), "−(−x)"),
        (Sum((X, Negative(Negative(Y)))), "x − (−y)"),
        (Call("abs", (minus("x", "y"),)), "|x − y|"),
        (Call("abs", (Call("abs", (X,)),)), "abs(|x|)"),
        (Number(float("-inf")), "−∞"),
        (Partial(Symbol("E_total"), Symbol("w5")), "∂E_total/∂w5"),
        (SECOND, "∂²E/∂w1∂w2"),
        (DIRECT, "∂E/∂x|direct"),
        (Partial(minus("E1", "E2"), X), "∂(E1 − E2)/∂x"),
        (Entry("phi5", ("2*p - 1", "k")), "φ5[2·p − 1,k]"),
        (Summation("s", 4, X, 2), "Σ_{s=2..4} x"),
        (Fold("max", (X, Y), ("u1",)), "max_{u1}(x, y)"),
        (Fold("logsumexp", (X,), ("k",)), "log Σ_k exp(x)"),
        (Product((X, Comparison("!=", X, Y))), "x · [x ≠ y]"),
        (Product((Symbol("eta"), Symbol("theta_1"))), "η · θ_1"),
    ],
)
def test_text(formula: Formula, text: str) -> None:
    assert unicode_text(formula) == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (MATMUL, "W2ᵀ δ_z2"),
        (Product((MATMUL, minus("x", "y")), Sign.HADAMARD), "(W2ᵀ δ_z2) ⊙ (x − y)"),
        (Product((exact(2), Symbol("W"), X), Sign.JUXTAPOSED), "2 · W x"),
        (Product((exact("1/5"), Product((X, Y), Sign.HADAMARD))), "1/5 · x ⊙ y"),
        (Power(X, exact(2), elementwise=True), "x⊙²"),
        (Power(X, Y, elementwise=True), "x^⊙y"),
        (Transpose(MATMUL), "(W2ᵀ δ_z2)ᵀ"),
    ],
)
def test_matrix_text(formula: Formula, text: str) -> None:
    assert unicode_text(formula, matrix=True) == text


def test_functions_have_the_letters_of_the_notation() -> None:
    formula = Sum((Call("sigmoid", (X,)), Call("relu", (Y,))))
    assert unicode_text(formula, SIGMA) == "σ(x) + relu(y)"
    assert unicode_text(formula) == "sigmoid(x) + relu(y)"


def test_a_name_that_is_a_functions_too_keeps_its_dot() -> None:
    assert unicode_text(slope("f1"), Names(functions={"f1": "f_1"})) == "f1·(1 − f1)"


def test_conditions() -> None:
    both = Compound("and", (Comparison(">=", X, exact(0)), Comparison("<", X, Y)))
    either = Compound("and", (Compound("or", (both, Comparison("==", X, Y))), Comparison("<", Y, X)))
    text = unicode_text(Cases(((X, either), (Y, None))))
    assert text == "{x if (x ≥ 0 and x < y or x = y) and y < x; y otherwise}"


def test_chain() -> None:
    assert unicode_chain(Chain((X, minus("y", "z"), exact(3)))) == "x = y − z = 3"
    assert unicode_chain(Chain((X, Y), "+=")) == "x += y"


def test_choice_without_otherwise_is_a_bug_of_the_caller() -> None:
    with pytest.raises(InternalError, match="otherwise"):
        unicode_text(Cases(((X, Comparison("<", X, Y)),)))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("matrix", [False, True])
def test_no_two_kinds_print_alike_in_any_place(place: str, matrix: bool) -> None:
    texts: dict[str, Formula] = {}
    for kind in dict.fromkeys(KINDS):
        text = unicode_text(PLACES[place](kind), matrix=matrix)
        assert not re.search(r"[*@]|\*\*|  ", text)
        same = texts.setdefault(text, kind)
        assert _meaning(same) == _meaning(kind), text


def _meaning(kind: Formula) -> object:
    """What may print alike: a product of scalars however it is joined, and functions of arrays and of numbers."""
    if isinstance(kind, Call):
        return kind.function, kind.arguments
    return kind.factors if isinstance(kind, Product) else kind


# The law: the text means what the tree means.


@given(formulas)
def test_text_means_what_the_tree_means(formula: Formula) -> None:
    try:
        expected = value_of(formula)
    except ArithmeticError:
        reject()
    text = unicode_text(formula)
    assert Reader(VALUES, FUNCTIONS, power=small_power).value(text) == expected, text


@given(formulas)
def test_lines_hold_the_same_text(formula: Formula) -> None:
    text = unicode_text(formula)
    lines = unicode_lines(formula, Names(), 20)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_long_formulas_fit(name: str, columns: int) -> None:
    if name != "one name":
        assert max(map(len, unicode_lines(LONG[name], Names(), columns))) <= columns


def test_terms_break_before_factors_and_what_is_inside_last() -> None:
    assert unicode_lines(GRADIENT_W1, Names(), 60) == [
        "((a_o1 − t1) · a_o1(1 − a_o1) · w5",
        "  + (a_o2 − t2) · a_o2(1 − a_o2) · w7)",
        "· a_h1(1 − a_h1) · i1",
    ]
    through = GRADIENT_W1.factors[0]
    assert unicode_lines(through, Names(), 50) == [
        "(a_o1 − t1) · a_o1(1 − a_o1) · w5",
        "+ (a_o2 − t2) · a_o2(1 − a_o2) · w7",
    ]
    assert unicode_lines(through, Names(), 33) == [
        "(a_o1 − t1) · a_o1(1 − a_o1) · w5",
        "+ (a_o2 − t2) · a_o2(1 − a_o2)",
        "· w7",
    ]


def test_a_term_that_is_broken_shares_no_line_with_the_next() -> None:
    through = GRADIENT_W1.factors[0]
    assert unicode_lines(through, Names(), 30) == [
        "(a_o1 − t1) · a_o1(1 − a_o1)",
        "· w5",
        "+ (a_o2 − t2) · a_o2(1 − a_o2)",
        "· w7",
    ]


@pytest.mark.parametrize("columns", range(1, 30))
def test_no_line_tears_a_derivative(columns: int) -> None:
    first, second = Partial(Symbol("E_total"), X), Partial(Partial(Symbol("E1"), X), Y)
    lines = unicode_lines(Sum((Product((first, X, second)), first)), Names(), columns)
    assert "∂E_total/∂x" in lines[0]
    assert sum("∂²E1/∂x∂y" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x − y + z", Sum((X, Negative(Sum((Y, Symbol("z"))))))),
        ("x/y · z", Quotient(X, Product((Y, Symbol("z"))))),
        ("−x² + y", Sum((Power(Negative(X), exact(2)), Y))),
    ],
)
def test_a_missing_parenthesis_would_be_seen(wrong: str, right: Formula) -> None:
    assert Reader(VALUES, FUNCTIONS).value(wrong) != value_of(right)
