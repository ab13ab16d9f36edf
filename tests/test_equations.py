"""Lists of equations as programs: roles, order, nodes, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy

from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.equations import MOST_EQUATIONS, EquationsSpec
from symprop.errors import UserError
from symprop.ir.check import check
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Elementwise, SumOfProducts, elementwise, operand
from symprop.ir.parse import parse_expression
from symprop.ir.tensor import Role, Tensor
from symprop.notation.packs import names_for
from symprop.rules.custom import USABLE
from symprop.scalar.function import define
from symprop.scalar.numeric import FLOAT
from symprop.views.delta import with_adjoints

LOGISTIC = ["z = w1*x1 + w2*x2 + b", "p = 1/(1 + exp(-z))", "E = -t*log(p) - (1 - t)*log(1 - p)"]


def roles(spec: EquationsSpec) -> dict[str, str]:
    return {name: tensor.role.value for name, tensor in spec.elaborate().tensors.items()}


def test_named_parameters_are_trained_and_the_rest_are_inputs() -> None:
    assert roles(EquationsSpec(LOGISTIC, "E", ["b", "w1", "w2"])) == {
        "w1": "parameter", "x1": "input", "w2": "parameter", "x2": "input", "b": "parameter", "t": "input",
        "z": "intermediate", "p": "intermediate", "E": "loss",
    }  # fmt: skip


def test_without_parameters_everything_free_is_trained() -> None:
    spec = EquationsSpec(LOGISTIC, "E")
    assert [tensor.name for tensor in spec.elaborate().trainable] == ["w1", "x1", "w2", "x2", "b", "t"]
    assert Role.INPUT not in roles(spec).values()


def test_no_parameters_are_no_parameters() -> None:
    assert EquationsSpec(LOGISTIC, "E", []).elaborate().trainable == ()


def test_equations_compute_what_they_say() -> None:
    program = check(EquationsSpec(LOGISTIC, "E").elaborate())
    found = evaluate_program(program, {"w1": 0.5, "x1": 2, "w2": -1, "x2": 3, "b": 0.25, "t": 0.75}, FLOAT)
    p = 1 / (1 + math.exp(1.75))
    assert found["z"] == -1.75
    assert found["p"] == pytest.approx(p, rel=1e-15)
    assert found["E"] == pytest.approx(-0.75 * math.log(p) - 0.25 * math.log(1 - p), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("E = w*x", ["1*w*x"]),
        ("E = x*w - 2*v/3 + 1", ["1*x*w", "-2/3*v", "1"]),
        ("E = b", ["1*b"]),
        ("E = 0.1*v*w*x", ["1/10*v*w*x"]),
    ],
)
def test_a_sum_of_products_is_one(text: str, terms: list[str]) -> None:
    value = EquationsSpec([text], "E").elaborate().by_name["E"].value
    assert isinstance(value, SumOfProducts)
    found = [
        "*".join([str(term.coefficient), *(factor.tensor.name for factor in term.factors)]) for term in value.terms
    ]
    assert found == terms


@pytest.mark.parametrize("text", ["E = w**2", "E = exp(w)*x", "E = w/x", "E = pi*w", "E = (w + x)*v", "E = w*x*w"])
def test_anything_else_is_elementwise(text: str) -> None:
    assert isinstance(EquationsSpec([text], "E").elaborate().by_name["E"].value, Elementwise)


def test_a_name_may_be_one_of_sympys_or_an_operands() -> None:
    program = EquationsSpec(["I = x1*x0 + N", "S = I**x0 + x1/x2", "E = S + beta"], "E").elaborate()
    found = evaluate_program(program, {"x1": 3, "x0": 2, "N": 1, "x2": 4, "beta": 0.25}, FLOAT)
    assert (found["I"], found["S"], found["E"]) == (7.0, 49.75, 50.0)


@pytest.mark.parametrize(
    ("equations", "loss", "parameters", "message"),
    [
        (["E = w*"], "E", None, "equation 1: cannot read 'w*'"),
        (["h = w", "E = h +* 2"], "E", None, "equation 2: "),
        (["w*x"], "E", None, "equation 1: an equation has exactly one equals sign"),
        (["2*w = x"], "w", None, "equation 1: '2*w' cannot be a name"),
        (["E = w", "E = x"], "E", None, "'E' is defined twice"),
        (["E = h", "h = w"], "E", None, "'h' is used before it is defined"),
        (["E = E + w"], "E", None, "'E' is used before it is defined"),
        (["E = w"], "F", None, "no equation defines the loss 'F'. Known: E."),
        (["E = w*x"], "E", ["v"], "no equation uses a free quantity 'v'. Known: w, x."),
        (["h = w", "E = h"], "E", ["h"], "no equation uses a free quantity 'h'. Known: w."),
        (["exp = w"], "exp", None, "'exp' cannot be a name: it is a mathematical function"),
        (["E = range*w"], "E", None, "'range' cannot be a name: it is a name that generated code uses"),
        (["E = w"] * (MOST_EQUATIONS + 1), "E", None, "too many equations (expected at most 20,000, got 20,001)"),
        ([3], "E", None, "equation 1: an equation has exactly one equals sign"),
        ("E = w*x", "E", None, "the equations are no list (expected a list of texts, got 'E = w*x')"),
        (["E = w"], "E", "w", "the parameters are no list (expected a list of texts, got 'w')"),
        (["E = w"], "E", [["w"]], "wrong parameters (expected a list of texts, got [['w']])"),
        (["E = w"], ["E"], None, "the loss is no name (expected text, got ['E'])"),
        (["E = w*x"], "E", ["x", "w", "x"], "parameter 3: 'x' is given twice. Name each parameter once."),
        (["E = w*(x + 1)/(x + 1)"], "E", ["x"], "parameter 1: 'x' cancels out of every equation that it stands in"),
        (["E = 0**w"], "E", None, "equation 'E': SymPy has no usable derivative by 'w' (got 'E = 0**w')"),
        (["h = 2*w", "E = x + 0**h"], "E", None, "equation 'E': SymPy has no usable derivative by 'h'"),
        (["E = sigmod(x)*w"], "E", None, "unknown function 'sigmod'. Did you mean 'sigmoid'? Write * to multiply."),
        (["relu = w", "E = relu(relu)"], "E", None, "equation 2: 'relu' is a quantity here, so it cannot be applied"),
    ],
)
def test_wrong_equations_are_refused(
    equations: list[Any], loss: str, parameters: list[str] | None, message: str
) -> None:
    with pytest.raises(UserError) as caught:
        EquationsSpec(equations, loss, parameters)
    assert message in str(caught.value)


def test_the_program_is_made_once() -> None:
    spec = EquationsSpec(LOGISTIC, "E")
    assert spec.elaborate() is spec.elaborate()


def test_lines_of_one_shape_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from symprop import equations

    texts: list[str] = []

    def parse(text: str, *given: Any, **named: Any) -> Any:
        texts.append(text)
        return parse_expression(text, *given, **named)

    equations._worked_out.cache_clear()
    monkeypatch.setattr(equations, "parse_expression", parse)
    rows = [f"z{k} = w*x{k} + b - 0.125*tanh(x{k}*1e5)" for k in range(50)]
    EquationsSpec([*rows, "E = z0*z49"], "E")
    assert len(texts) == 3  # in the first row `x0` comes before `b`, in the others the row's own `x` after it
    assert EquationsSpec(rows[:1], "z0").elaborate().by_name["z0"].value == elementwise(
        operand(0) * operand(1) + operand(2) - sympy.tanh(100000 * operand(1)) / 8,
        *(Tensor(name, (), Role.PARAMETER)() for name in ("w", "x0", "b")),
    )


@pytest.mark.parametrize(
    ("equations", "free"),
    [
        (["h = w - w + x", "E = h*b"], ["x", "b"]),  # what cancels is not used
        (["e5 = 1e5*w", "E = e5"], ["w"]),
        (["h = x if w > 0 else -x", "E = h*pi"], ["x", "w"]),
        (["E = x1*x0 + x0*x2"], ["x1", "x0", "x2"]),
    ],
)
def test_what_is_free(equations: list[str], free: list[str]) -> None:
    assert [tensor.name for tensor in EquationsSpec(equations, "E").elaborate().free] == free


def test_a_value_for_what_cancels_is_refused() -> None:
    with pytest.raises(UserError, match="'x' cancels out of every equation"):
        EquationsSpec(["E = w*(x + 1)/(x + 1)"], "E", values={"x": 3.0})


@pytest.mark.parametrize("function", [name for name in USABLE if name not in ("min", "max")])
def test_every_declared_function_can_be_applied(function: str) -> None:
    equations = [f"h = {function}(w*x)", f"E = {function}(h + 2)*v + w"]
    values = {"w": 0.75, "x": 1.5, "v": -0.5}
    found = evaluate_program(EquationsSpec(equations, "E").elaborate(), values, FLOAT)
    symbols = {sympy.Symbol(name, real=True): sympy.Rational(number) for name, number in values.items()}
    apply = {name: sympy.Symbol(name, real=True) for name in values}
    h = define(USABLE[function](apply["w"] * apply["x"]))
    expected = define(USABLE[function](h + 2)) * apply["v"] + apply["w"]
    assert found["E"] == pytest.approx(float(expected.subs(symbols)), rel=1e-12)
    derivation = derive(EquationsSpec(equations, "E").elaborate())
    assert verify(derivation, with_adjoints(names_for(derivation.forward), derivation)).ok


def test_an_applied_function_is_stable() -> None:
    program = EquationsSpec(["E = softplus(1000*w) + sigmoid(-1000*w) + silu(-1000*w)"], "E").elaborate()
    assert evaluate_program(derive(program).program, {"w": 1.0}, FLOAT) == {"w": 1.0, "E": 1000.0, "dE_dw": 1000.0}


def test_a_functions_name_is_free_for_a_quantity() -> None:
    program = EquationsSpec(["relu = w if w > 0 else 0", "E = relu*sin(x)*tanh(relu)"], "E").elaborate()
    assert [tensor.name for tensor in program.free] == ["w", "x"]


def test_a_fault_is_told_in_the_users_own_names() -> None:
    with pytest.raises(UserError, match=r"equation 2: unknown function 'weight'. Write \* to multiply"):
        EquationsSpec(["h = weight*2", "E = weight(h)"], "E")


@pytest.mark.parametrize("name", ["total", "diag", "Sum"])
def test_names_of_functions_of_matrices_are_free(name: str) -> None:
    spec = EquationsSpec([f"{name} = w*x", f"E = {name}**2"], "E", ["w"])
    assert spec.elaborate().by_name[name].name == name
