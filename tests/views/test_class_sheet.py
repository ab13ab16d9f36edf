"""The class sheet's six steps, as mathematics and as printed; the worked examples' numbers; the same net as raw equations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sympy

from symprop import Equations, load
from symprop.face import Derivation
from symprop.notation.formula import Formula
from symprop.notation.plain import plain
from symprop.views.scalar import equation_formula
from symprop.views.steps import StepView
from tests.views.reading import number_of

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "worked_examples.json").read_text(encoding="utf-8"))

FORWARD = {
    "h1": "w1*i1 + w2*i2",
    "h2": "w3*i1 + w4*i2",
    "a_h1": "sigmoid(h1)",
    "a_h2": "sigmoid(h2)",
    "o1": "w5*a_h1 + w6*a_h2",
    "o2": "w7*a_h1 + w8*a_h2",
    "a_o1": "sigmoid(o1)",
    "a_o2": "sigmoid(o2)",
    "E1": "1/2*(t1 - a_o1)**2",
    "E2": "1/2*(t2 - a_o2)**2",
    "E_total": "E1 + E2",
}
OF_A_H1 = "(a_o1 - t1)*a_o1*(1 - a_o1)*w5 + (a_o2 - t2)*a_o2*(1 - a_o2)*w7"
OF_A_H2 = "(a_o1 - t1)*a_o1*(1 - a_o1)*w6 + (a_o2 - t2)*a_o2*(1 - a_o2)*w8"
GRADIENTS = {
    "w1": f"({OF_A_H1})*a_h1*(1 - a_h1)*i1",
    "w2": f"({OF_A_H1})*a_h1*(1 - a_h1)*i2",
    "w3": f"({OF_A_H2})*a_h2*(1 - a_h2)*i1",
    "w4": f"({OF_A_H2})*a_h2*(1 - a_h2)*i2",
    "w5": "(a_o1 - t1)*a_o1*(1 - a_o1)*a_h1",
    "w6": "(a_o1 - t1)*a_o1*(1 - a_o1)*a_h2",
    "w7": "(a_o2 - t2)*a_o2*(1 - a_o2)*a_h1",
    "w8": "(a_o2 - t2)*a_o2*(1 - a_o2)*a_h2",
}
RAW = [
    "h1 = w1*i1 + w2*i2",
    "h2 = w3*i1 + w4*i2",
    "a_h1 = 1/(1 + exp(-h1))",
    "a_h2 = 1/(1 + exp(-h2))",
    "o1 = w5*a_h1 + w6*a_h2",
    "o2 = w7*a_h1 + w8*a_h2",
    "a_o1 = 1/(1 + exp(-o1))",
    "a_o2 = 1/(1 + exp(-o2))",
    "E1 = (t1 - a_o1)**2/2",
    "E2 = (t2 - a_o2)**2/2",
    "E_total = E1 + E2",
]


@pytest.fixture(scope="module")
def sheet() -> Derivation:
    return load("classroom").derive()


@pytest.fixture(scope="module")
def steps(sheet: Derivation) -> StepView:
    return StepView(sheet.scalars)


def text(*sides: Formula) -> str:
    return " = ".join(map(plain, sides))


def mathematics(formula: str) -> Any:
    """A formula of the sheet in SymPy, from its text."""
    names = {*FORWARD, *GRADIENTS, "i1", "i2", "t1", "t2"}
    return eval(
        formula, {"__builtins__": {}, "sigmoid": sympy.Function("sigmoid"), **{n: sympy.Symbol(n) for n in names}}
    )


def test_step_1_forward(sheet: Derivation) -> None:
    assert {e.name: plain(equation_formula(e)) for e in sheet.scalars.forward} == FORWARD


def test_step_2_the_chain_of_one_output_weight(steps: StepView) -> None:
    path = steps.path("w5")
    assert text(*steps.split_loss("w5")) == "dE_total/dw5 = d(E1 + E2)/dw5 = dE1/dw5"
    assert steps.independent_of("w5") == ["E2"]
    assert plain(steps.product_of_partials(path)) == "dE1/da_o1 * da_o1/do1 * do1/dw5"
    factors = [text(partial, steps.factor(step)) for partial, step in zip(path.partials, path.steps, strict=True)]
    assert factors == ["dE1/da_o1 = a_o1 - t1", "da_o1/do1 = a_o1*(1 - a_o1)", "do1/dw5 = a_h1"]
    assert plain(steps.worked_out(path)) == GRADIENTS["w5"]


@pytest.mark.parametrize("weight", GRADIENTS)
def test_steps_3_and_6_all_weights(sheet: Derivation, weight: str) -> None:
    formula = sheet.scalars.formula(weight)
    assert plain(formula) == GRADIENTS[weight]
    assert sympy.expand(sheet.gradient(weight) - mathematics(GRADIENTS[weight])) == 0


@pytest.mark.parametrize(
    ("unit", "first", "second"),
    [("a_h1", "w5", "w7"), ("a_h2", "w6", "w8")],
)
def test_step_4_back_to_the_hidden_layer(steps: StepView, unit: str, first: str, second: str) -> None:
    one, two = steps.branches(unit)
    assert [plain(steps.worked_out(path)) for path in (one, two)] == [
        f"(a_o1 - t1)*a_o1*(1 - a_o1)*{first}",
        f"(a_o2 - t2)*a_o2*(1 - a_o2)*{second}",
    ]
    assert (one.start, two.start) == ("E1", "E2")
    assert plain(steps.product_of_partials(one)) == f"dE1/da_o1 * da_o1/do1 * do1/d{unit}"
    assert plain(steps.product_of_partials(two)) == f"dE2/da_o2 * da_o2/do2 * do2/d{unit}"
    assert plain(steps.view.value(f"dE_total_d{unit}")) == (OF_A_H1 if unit == "a_h1" else OF_A_H2)


@pytest.mark.parametrize(
    ("weight", "unit", "source"), [("w1", "h1", "i1"), ("w2", "h1", "i2"), ("w3", "h2", "i1"), ("w4", "h2", "i2")]
)
def test_step_5_the_chain_of_a_hidden_weight(steps: StepView, weight: str, unit: str, source: str) -> None:
    path = steps.path(weight)
    assert plain(steps.product_of_partials(path)) == f"dE_total/da_{unit} * da_{unit}/d{unit} * d{unit}/d{weight}"
    assert [plain(steps.factor(step)) for step in path.steps] == [f"a_{unit}*(1 - a_{unit})", source]
    assert plain(steps.worked_out(path)) == GRADIENTS[weight]
    assert steps.independent_of(weight) == []


@pytest.mark.parametrize("example", ["classroom", "mazur"])
def test_the_numbers_of_the_worked_examples(example: str) -> None:
    derivation, expected = load(example).derive(), REFERENCE[example]
    numbers = derivation.numbers
    for name, value in expected["forward"].items():
        assert numbers[name] == pytest.approx(value, rel=1e-12), name
    biases = [name for name in expected["gradients"] if name.startswith("b_")]
    for name, value in expected["gradients"].items():
        # Mazur's layers have one bias each, so that the derivative by a unit's own bias is its δ.
        gradient = f"dE_total_d{name.removeprefix('b_')}"
        assert numbers[gradient] == pytest.approx(value, rel=1e-12), name
        if name not in biases:
            assert number_of(derivation.scalars.formula(name), numbers) == pytest.approx(value, rel=1e-12), name


def test_mazurs_biases_are_fixed() -> None:
    assert load("mazur").derive().parameters() == [f"w{k}" for k in range(1, 9)]


def test_a_bias_that_a_layer_shares_gets_the_sum() -> None:
    numbers, expected = load("mazur").derive(wrt=["b1", "b2"]).numbers, REFERENCE["mazur"]["gradients"]
    for shared, units in (("b1", ("b_h1", "b_h2")), ("b2", ("b_o1", "b_o2"))):
        assert numbers[f"dE_total_d{shared}"] == pytest.approx(sum(expected[unit] for unit in units), rel=1e-12)


@pytest.fixture(scope="module")
def raw() -> Derivation:
    given = REFERENCE["classroom"]
    values = {**given["inputs"], **given["targets"], **given["weights"]}
    return Equations(RAW, "E_total", [f"w{k}" for k in range(1, 9)], values=values).derive()


@pytest.mark.parametrize("weight", GRADIENTS)
def test_raw_equations_give_the_same_formulas(raw: Derivation, weight: str) -> None:
    assert plain(raw.scalars.formula(weight)) == GRADIENTS[weight]
    assert raw.numbers[f"dE_total_d{weight}"] == pytest.approx(REFERENCE["classroom"]["gradients"][weight], rel=1e-12)


def test_raw_equations_give_the_same_chain(raw: Derivation) -> None:
    steps = StepView(raw.scalars)
    assert text(*steps.split_loss("w5")) == "dE_total/dw5 = d(E1 + E2)/dw5 = dE1/dw5"
    assert plain(steps.product_of_partials(steps.path("w1"))) == "dE_total/da_h1 * da_h1/dh1 * dh1/dw1"


def test_sigmoid_with_binary_cross_entropy_is_a_minus_t() -> None:
    """The logistic loss written by hand, too: softplus and sigmoid are both spelled out."""
    logistic = Equations(["z = w*x + b", "a = 1/(1 + exp(-z))", "E = log(1 + exp(z)) - t*z"], "E", ["w", "b"]).derive()
    assert plain(logistic.scalars.formula("b")) == "a - t"
    assert plain(logistic.scalars.formula("w")) == "(a - t)*x"


def test_the_seed_is_in_the_record(sheet: Derivation) -> None:
    first = sheet.steps("w5")[0]
    assert (first.rule, str(first)) == ("seed", "dE_total/dE_total = 1")
    assert [str(step) for step in sheet.steps("w5")] == [
        "dE_total/dE_total = 1",
        "dE_total/dE1 gets dE_total/dE_total * dE_total/dE1",
        "dE_total/da_o1 gets dE_total/dE1 * dE1/da_o1",
        "dE_total/do1 gets dE_total/da_o1 * da_o1/do1",
        "dE_total/dw5 gets dE_total/do1 * do1/dw5",
    ]
