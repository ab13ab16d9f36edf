"""SymPy expressions as formulas: the order of a person's hand, constants as they are read, and the same value."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy import Abs, And, Eq, Ne, Not, Or, Piecewise, Rational, Symbol, cosh, exp, log, pi, sign, sqrt, tanh

from symprop.notation.formula import Negative, Number, Product, Sign, Sum
from symprop.notation.formula import Symbol as Name
from symprop.notation.latex import latex
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS, log_probability, sigmoid
from symprop.rules.losses import LOSSES
from symprop.scalar.function import X
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.convert import ZERO, number, product, to_formula, total
from tests.views.reading import number_of

a, t, z = (Symbol(name, real=True) for name in "atz")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (a * (1 - a), "a*(1 - a)"),
        (1 - a**2, "1 - a**2"),
        (a - t, "a - t"),
        (-t + a, "a - t"),
        ((t - a) ** 2 / 2, "1/2*(t - a)**2"),
        (2 * (a - t), "2*(a - t)"),
        (-(a**2), "-a**2"),
        (-a * t, "-a*t"),
        (a / 6 + Rational(1, 2), "1/2 + 1/6*a"),
        (1 / a, "1/a"),
        (exp(-z) / (1 + exp(-z)) ** 2, "exp(-z)/(1 + exp(-z))**2"),
        (sigmoid(z), "sigmoid(z)"),
        (log_probability(a), "log(a)"),
        (sqrt(z), "sqrt(z)"),
        (1 / sqrt(2 * pi), "1/(sqrt(2)*sqrt(pi))"),
        (Abs(a - t), "abs(a - t)"),
        (sign(a), "sign(a)"),
        (Piecewise((z, z > 0), (z / 100, True)), "(z if z > 0 else 1/100*z)"),
        (Piecewise((1, Eq(a, t)), (0, True)), "(1 if a == t else 0)"),
        (z ** Rational(1, 3), "z**(1/3)"),
    ],
    ids=str,
)
def test_as_a_person_writes_it(expression: Any, text: str) -> None:
    assert plain(to_formula(expression)) == text


EXPRESSIONS = [
    *(function.definition(z) for function in {**FUNCTIONS, **ACTIVATIONS}.values()),
    *(function.derivative.xreplace({X: z}) for function in {**FUNCTIONS, **ACTIVATIONS}.values()),
    *(loss.definition(a, t) for loss in LOSSES.values()),
    *(sympy.diff(loss.definition(a, t), a) for loss in LOSSES.values()),
    a * t / (2 - a) ** 3 - log(t) / 7 + tanh(a * t) * cosh(z),
    exp(-a) * sympy.sin(t) ** 2 - 3 * sympy.cos(z),
    -a * (1 - a) / 3 - (a - 1) / 5,
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: str(e)[:60])
@pytest.mark.parametrize("at", [0.31, 0.77])
def test_the_text_means_the_expression(expression: Any, at: float) -> None:
    positive = any(function in str(expression) for function in ("log", "sqrt", "reciprocal", "1/z"))
    values = {"a": at, "t": 0.45, "z": at if positive else 1.7 * at - 1.1}
    assert number_of(to_formula(expression), values) == pytest.approx(evaluate(expression, values, FLOAT), rel=1e-13)


CONDITIONS = [
    And(a > 0, t < 1),
    Or(a > 0, And(t < 1, z >= 2)),
    And(Or(a > 0, t > 1), z < 3),
    Not(And(a > 0, Or(t < 1, z > 2)), evaluate=False),
    Not(a > 0, evaluate=False),
    And(a > 0, Not(Or(t < 1, And(z > 0, Ne(a, z))), evaluate=False)),
    And(Eq(a, t), Ne(z, 2)),
    Or(z <= -3, z >= 3),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_conditions_of_any_kind_read_back(condition: Any) -> None:
    expression = Piecewise((a + 2 * t, condition), (7 * z, True))
    formula = to_formula(expression)
    seen = set()
    for at in itertools.product((-3.5, 0.0, 1.0, 2.0, 2.5), repeat=3):
        values = dict(zip("atz", at, strict=True))
        assert number_of(formula, values) == evaluate(expression, values, FLOAT), at
        seen.add(bool(condition.subs(dict(zip((a, t, z), at, strict=True)))))
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("condition", "text", "typeset"),
    [
        (Or(a > 0, And(t < 1, z >= 2)), "a > 0 or z >= 2 and t < 1", r"a > 0 \text{ or } z \ge 2 \text{ and } t < 1"),
        (And(Or(a > 0, t > 1), z < 3), "z < 3 and (a > 0 or t > 1)", r"z < 3 \text{ and } (a > 0 \text{ or } t > 1)"),
    ],
)
def test_only_an_or_within_an_and_takes_parentheses(condition: Any, text: str, typeset: str) -> None:
    formula = to_formula(Piecewise((a, condition), (z, True)))
    assert plain(formula) == f"(a if {text} else z)"
    assert rf"\text{{if }} {typeset} \\" in latex(formula, Names())


def test_long_decimals_stay_decimals() -> None:
    assert number(Rational("1.0507009873554805")) == Number(1.0507009873554805)
    assert number(Rational(-1, 3)) == Negative(Number(Fraction(1, 3)))


A, B = Name("a"), Name("b")


def test_products_gather_their_numbers_and_signs_in_front() -> None:
    half, minus_three = Number(Fraction(1, 2)), Negative(Number(Fraction(3)))
    assert product([half, A, minus_three, B]) == Negative(Product((Number(Fraction(3, 2)), A, B)))
    assert product([Negative(A), Negative(B)]) == Product((A, B))
    assert product([A, ZERO]) == ZERO
    assert product([Number(Fraction(1)), A]) == A
    assert product([]) == Number(Fraction(1))
    assert product([Product((A, B)), A]) == Product((A, B, A))
    assert product([Product((A, B), Sign.JUXTAPOSED), A]) == Product((Product((A, B), Sign.JUXTAPOSED), A))


def test_sums_drop_zeros() -> None:
    assert total([A, ZERO, B]) == Sum((A, B))
    assert total([ZERO, B]) == B
    assert total([]) == ZERO
