"""LaTeX of formulas: the class sheet's shapes, parentheses, and only what GitHub's MathJax takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from symprop.ir.tensor import Tensor
from symprop.notation.formula import (
    Array,
    Call,
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
from symprop.notation.latex import latex
from symprop.notation.names import Names
from symprop.notation.plain import plain
from tests.notation.samples import (
    GRADIENT_W1,
    GRADIENT_W5,
    HALF_SQUARE,
    KINDS,
    LEAKY,
    LONG,
    LONG_SUM,
    PLACES,
    SIGMOID,
    X,
    Y,
    exact,
    minus,
)

NAMES = Names({}, {"W2": "W^{(2)}", "E": "E_{\\mathrm{total}}"}, {"sigmoid": r"\sigma"})
PART = Product((Partial(Symbol("E"), X), Partial(X, Y)))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (GRADIENT_W5, r"(a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}"),
        (
            GRADIENT_W1,
            r"\bigl((a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot w_{5} + (a_{o2} - t_{2}) \cdot a_{o2}(1 - a_{o2})"
            r" \cdot w_{7}\bigr) \cdot a_{h1}(1 - a_{h1}) \cdot i_{1}",
        ),
        (HALF_SQUARE, r"\tfrac{1}{2}(t_{1} - a_{o1})^{2}"),
        (SIGMOID, r"\frac{1}{1 + e^{-h_{1}}}"),
        (Summation("c", 3, Summation("u1", 2, Entry("W", ("c", "u1")))), r"\sum_{c,u_{1}} W_{c,u_{1}}"),
        (Summation("c", 3, Entry("W", ("c",))), r"\sum_{c=1}^{3} W_{c}"),
        (Fold("max", (Entry("x", ("2*p1 + u1 - 2",)),), ("u1", "u2")), r"\max_{u_{1},u_{2}} x_{2p_{1}+u_{1}-2}"),
        (Fold("logsumexp", (Entry("z", ("j", "k")),), ("k",)), r"\log \sum_{k} e^{z_{jk}}"),
        (Fold("logsumexp", (X, Y), ("k",)), r"\log \sum_{k} (e^{x} + e^{y})"),
        (Call("rowsum", (X,)), r"\mathop{\mathrm{rowsum}}(x)"),
        (Product((exact("1/2"), X, Y), Sign.HADAMARD), r"\tfrac{1}{2} \cdot x \odot y"),
        (Array((exact(1), exact(2))), r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
        (Array((Array((exact(1), exact(2))),)), r"\begin{pmatrix} 1 & 2 \end{pmatrix}"),
        (PART, r"\frac{\partial E_{\mathrm{total}}}{\partial x} \cdot \frac{\partial x}{\partial y}"),
        (Partial(minus("E1", "E2"), X), r"\frac{\partial (E_{1} - E_{2})}{\partial x}"),
        (Call("sigmoid", (X,)), r"\sigma(x)"),
        (Call("exp", (LONG_SUM.terms[0],)), r"e^{w_{0} \cdot a_{h0}}"),
        (Call("exp", (GRADIENT_W5,)), rf"\exp\bigl({latex(GRADIENT_W5, NAMES)}\bigr)"),
        (Power(SIGMOID, exact(2)), r"\Bigl(\frac{1}{1 + e^{-h_{1}}}\Bigr)^{2}"),
        (Power(X, exact("1/2")), r"\sqrt{x}"),
        (Power(X, exact(2), elementwise=True), r"x^{\odot 2}"),
        (Power(Symbol("W2"), Negative(Y), elementwise=True), r"(W^{(2)})^{\odot -y}"),
        (Call("exp", (X,), elementwise=True), r"\exp(x)"),
        (Entry("W2", (":", "h", ":")), r"W^{(2)}_{{:},h,{:}}"),
        (Power(X, exact("-1/2")), r"x^{-1/2}"),
        (Call("abs", (Negative(X),)), r"\lvert -x\rvert"),
        (LEAKY, r"\begin{cases} x & \text{if } x > 0 \\ \alpha \cdot x & \text{otherwise} \end{cases}"),
        (Sum((Comparison("==", X, Y), X)), r"\lbrack x = y\rbrack + x"),
        (Negative(Comparison("<=", X, Y)), r"-\lbrack x \le y\rbrack"),
        (Transpose(Symbol("W2")), r"(W^{(2)})^{\top}"),
        (Transpose(Symbol("V")), r"V^{\top}"),
        (Power(Transpose(Symbol("V")), exact(2)), r"(V^{\top})^{2}"),
        (Entry("W2", ("j", "k")), r"W^{(2)}_{jk}"),
        (Summation("j", 3, Product((Entry("W2", ("j", "k")), X))), r"\sum_{j=1}^{3} W^{(2)}_{jk} \cdot x"),
        (Product((Summation("j", None, X), Y)), r"\Biggl(\sum_{j} x\Biggr) \cdot y".replace("Bigg", "bigg")),
        (Product((Y, Summation("j", None, X))), r"y \cdot \sum_{j} x"),
        (Product((Symbol("V"), X), Sign.JUXTAPOSED), "V x"),
        (Product((Symbol("V"), Product((X, Y), Sign.HADAMARD)), Sign.JUXTAPOSED), r"V(x \odot y)"),
        (Product((Product((Symbol("V"), X), Sign.JUXTAPOSED), Y), Sign.HADAMARD), r"V x \odot y"),
        (Product((X, exact(2)), Sign.JUXTAPOSED), r"x \cdot 2"),
        (Product((exact(2), Symbol("foo"), Symbol("bar")), Sign.JUXTAPOSED), r"2 \mathit{foo} \cdot \mathit{bar}"),
        (Product((Symbol("foo"), Sum((X, Y))), Sign.JUXTAPOSED), r"\mathit{foo} \cdot (x + y)"),
        (Product((X, Negative(Y))), r"x \cdot (-y)"),
        (Sum((X, Negative(minus("x", "y")))), "x - (x - y)"),
        (Number(1.25e-7), r"1.25 \times 10^{-7}"),
        (Number(123456789.0), r"1.23457 \times 10^{8}"),
        (Power(Number(1.25e-7), X), r"(1.25 \times 10^{-7})^{x}"),
        (Number(0.1 + 0.2), "0.3"),
        (Number(float("inf")), r"\infty"),
    ],
)
def test_text(formula: Formula, text: str) -> None:
    assert latex(formula, NAMES) == text


@pytest.mark.parametrize(("name", "text"), [("e", r"\exp(x)"), ("e_1", "e^{x}"), ("w", "e^{x}")])
def test_e_to_a_power_is_no_power_of_a_quantity(name: str, text: str) -> None:
    assert latex(Call("exp", (X,)), Names(tensors={name: Tensor(name)})) == text


def test_a_product_is_no_value_of_a_function() -> None:
    names = Names({}, {}, {"sigmoid": r"\sigma"}, {name: Tensor(name) for name in ("sigma", "x", "y")})
    bracket = Sum((X, Y))
    times, of = Product((Symbol("sigma"), bracket), Sign.JUXTAPOSED), Call("sigmoid", (bracket,))
    assert latex(times, names) == r"\mathtt{sigma} \cdot (x + y)"
    assert latex(of, names) == r"\sigma(x + y)"
    assert latex(times, replace(names, functions={})) == r"\sigma(x + y)"


def test_digits() -> None:
    assert latex(Number(0.0275), Names(), digits=2) == "0.028"


def test_a_wide_fraction_is_set_in_a_form_that_breaks() -> None:
    assert latex(Quotient(LONG_SUM, X), Names(), limit=20).endswith(r"w_{29} \cdot a_{h29}) / x")
    assert latex(Power(X, LONG_SUM), Names(), limit=20).startswith(r"\mathop{\mathrm{pow}}(")


def test_marks_stand_where_nothing_else_breaks() -> None:
    text = latex(LONG["matrix product"], Names(), limit=20, mark="|")
    assert [part.strip() for part in text.split("|")] == [f"W_{{{k}}}" for k in range(40)]
    assert "|" not in latex(LONG_SUM, Names(), limit=20, mark="|")


MACROS = """
    sum frac tfrac sqrt partial cdot odot times le ge top exp log tanh max mathop mathrm mathbf mathit mathtt text alpha delta
    bigl bigr Bigl Bigr biggl biggr Biggl Biggr lvert rvert lbrack rbrack begin end
"""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS, ids=plain)
def test_every_kind_in_every_place_is_balanced_and_known_to_github(kind: Formula, place: str) -> None:
    text = latex(PLACES[place](kind), Names())
    depths = [text[:k].count("{") - text[:k].count("}") for k in range(len(text) + 1)]
    assert min(depths) == depths[-1] == 0
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= set(MACROS.split())
    assert not re.search(r"\^\{[^{}]*\}\^|_\{[^{}]*\}_", text), "a double script"


def test_a_deep_formula_takes_no_longer_than_its_parts() -> None:
    """A sum within a product within a sum …: each is tried without parentheses first, and no part is printed anew for it."""
    formula: Formula = Symbol("a")
    for _ in range(40):
        formula = Product((Sum((formula, Symbol("q"))), Symbol("c")))
    assert latex(formula, Names()).count("q") == 40
