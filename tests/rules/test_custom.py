"""Users' own rules: read, made stable, differentiated; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import sympy
from sympy import Abs, Piecewise, Rational, exp, sinh, sqrt, tanh

from symprop.derivation.local import LocalDerivatives
from symprop.errors import UserError
from symprop.ir.nodes import operand
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.custom import USABLE, activation_from_text, loss_from_text
from symprop.rules.functions import FUNCTIONS, log_cosh, log_probability, normal_distribution, sigmoid, softplus
from symprop.rules.patterns import recognise, stabilise
from symprop.scalar.function import Kink, X, define
from tests.rules import contract
from tests.rules.test_losses import gradient, wrong_gradients

A, T = sympy.Symbol("a", real=True), sympy.Symbol("t", real=True)
PATTERNS = [
    ("1/(1 + exp(-x))", sigmoid(X)),
    ("1/(exp(-x) + 1)", sigmoid(X)),
    ("1/(1 + 1/exp(x))", sigmoid(X)),
    ("exp(x)/(1 + exp(x))", sigmoid(X)),
    ("exp(-x)/(1 + exp(-x))", sigmoid(-X)),
    ("1/(2 + 2*exp(-x))", sigmoid(X) / 2),
    ("1/(1 + exp(-x))**2", sigmoid(X) ** 2),
    ("exp(x)/(1 + exp(x))**2", sigmoid(X) * sigmoid(-X)),
    ("exp(2*x)/(1 + exp(x))", ACTIVATIONS["exp"](X) * sigmoid(X)),
    ("x/(1 + exp(-3*x))", X * sigmoid(3 * X)),
    ("3*x*exp(x**2)/(1 + exp(x**2))", 3 * X * sigmoid(X**2)),
    ("log(1 + exp(x))", softplus(X)),
    ("log(1 + exp(-2*x))", softplus(-2 * X)),
    ("log(exp(x) + exp(-x))", -X + softplus(2 * X)),
    ("log(2*cosh(x))", sympy.log(2) + log_cosh(X)),
    ("log(2 + 2*exp(x))", sympy.log(2) + softplus(X)),
    ("log(cosh(x))", log_cosh(X)),
    ("log(1/(1 + exp(-x)))", -softplus(-X)),
    ("log(1 - 1/(1 + exp(-x)))", -softplus(X)),
    ("sinh(x)/cosh(x)", tanh(X)),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", tanh(X)),
    ("(1 - exp(-2*x))/(1 + exp(-2*x))", tanh(X)),
    ("2*x*(exp(2*x) - 1)/(exp(2*x) + 1)", 2 * X * tanh(X)),
    ("x*tanh(log(1 + exp(x)))", X * tanh(softplus(X))),
    ("(1 + erf(x/sqrt(2)))/2", normal_distribution(X)),
    ("3 - 3*erf(x)", 6 * normal_distribution(-sqrt(2) * X)),
    ("erf(x) - 1", -2 * normal_distribution(-sqrt(2) * X)),
    ("erfc(-x/sqrt(2))/2", normal_distribution(X)),
    ("x*erfc(x)", 2 * X * normal_distribution(-sqrt(2) * X)),
    ("x if x > 0 else exp(x) - 1", Piecewise((X, X > 0), (ACTIVATIONS["exp"](X) - 1, True))),
]


@pytest.mark.parametrize(("text", "meaning"), PATTERNS, ids=[text for text, _ in PATTERNS])
def test_an_unstable_pattern_is_recognised(text: str, meaning: Any) -> None:
    assert activation_from_text("own", text).definition(X) == meaning


@pytest.mark.parametrize("text", [text for text, _ in PATTERNS])
def test_a_pattern_keeps_the_contract(text: str) -> None:
    own = activation_from_text("own", text)
    contract.check_stable_form(own)
    contract.check_derivative(own)
    contract.check_finite(own)


@pytest.mark.parametrize("text", [text for text, _ in PATTERNS])
def test_a_pattern_means_what_was_written(text: str) -> None:
    from symprop.ir.parse import parse_expression

    written, found = parse_expression(text, ["x"]), activation_from_text("own", text).definition(X)
    for x in contract.GRID:
        contract.assert_close(contract.precise(found)(x), contract.precise(written)(x), f"{text} at {x}", 25)


@pytest.mark.parametrize(
    "expression",
    [
        X**2,
        1 / (1 + 2 * exp(X)),
        exp(X) / (1 + X),
        1 / (exp(X) - exp(-X)),
        1 / (exp(X) + exp(-X)),
        sinh(X) / (exp(X) + exp(-X)) ** 3,
        sympy.log(1 + X**2),
        Abs(X) / (1 + exp(X**2)),
    ],
)
def test_what_is_no_pattern_stays_or_keeps_its_meaning(expression: Any) -> None:
    found = contract.precise(recognise(expression))
    for x in (-2.2, -0.6, 0.3, 2.8):
        contract.assert_close(found(x), contract.precise(expression)(x), f"{expression} at {x}")


def test_an_exponential_that_is_left_saturates() -> None:
    left = contract.in_float64(stabilise(Piecewise((X, X > 0), (X * exp(X), True))))
    with numpy.errstate(over="raise", invalid="raise"):
        assert left(numpy.array([-1000.0, 1000.0])).tolist() == [0.0, 1000.0]


INTERNAL = {name for name, function in FUNCTIONS.items() if not function.shown}


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, *FUNCTIONS} - INTERNAL))
def test_every_built_in_function_may_be_applied(name: str) -> None:
    own = activation_from_text("own", f"x*{name}(2*x + 1)")
    declared = {**FUNCTIONS, **ACTIVATIONS}[name]
    for x in (-2.7, -0.9, 0.4, 1.3):
        expected = x * contract.precise(declared.definition(X))(2 * x + 1)
        contract.assert_close(contract.precise(own.definition(X))(x), expected, name, 12)


def test_internal_functions_may_not_be_applied() -> None:
    assert {"log_probability", "reciprocal"} <= INTERNAL
    assert not INTERNAL & set(USABLE)


def test_parts_get_names_as_in_built_in_activations() -> None:
    assert stems("x*sigmoid(2*x)") == {"s": sigmoid(2 * X)}
    assert stems("x*normal_distribution(x)").keys() == {"phi", "Phi"}
    assert stems("sigmoid(x)*sigmoid(-x)") == {"s": sigmoid(X), "sb": sigmoid(-X)}
    assert stems("1/(1 + exp(-x))") == {}
    assert stems("log(1 + exp(x))") == {"s": sigmoid(X)}
    assert stems("x*tanh(softplus(x))") == {"s": sigmoid(X), "v": softplus(X)}


def stems(text: str) -> dict[str, Any]:
    return {stem: meaning(X) for stem, meaning in activation_from_text("own", text).names}


OWN_SLOPES = [
    ("1/(1 + exp(-x))", "a1*(1 - a1)"),
    ("tanh(x)", "1 - a1**2"),
    ("x if x > 0 else exp(x) - 1", "Piecewise((1, z1 > 0), (a1 + 1, True))"),
    ("x/(1 + exp(-x))", "a1*(1 - s1) + s1"),
    ("x*normal_distribution(x)", "Phi1 + phi1*z1"),
]


@pytest.mark.parametrize(("text", "slope"), OWN_SLOPES)
def test_the_derivative_has_its_short_form(text: str, slope: str) -> None:
    program = NetworkSpec(2, [Dense(3, activation_from_text("own", text))]).elaborate()
    found = LocalDerivatives(program).of(program.by_name["a1"], 0)
    names = {operand(k): sympy.Symbol(access.tensor.name, real=True) for k, access in enumerate(found.operands)}
    assert str(found.expression.xreplace(names)) == slope


@pytest.mark.parametrize(
    ("text", "kink"),
    [
        ("max(x, 0.5)", Kink(0.5, 0)),
        ("abs(x - 0.25)", Kink(0.25, 0)),
        ("x if x > -1 else 3*x + 2", Kink(-1, 3)),
    ],
)
def test_a_kink_gets_the_slope_of_the_choice(text: str, kink: Kink) -> None:
    contract.check_kinks(replace(activation_from_text("own", text), kinks=(kink,)))


def test_the_same_text_gives_the_same_function() -> None:
    assert activation_from_text("own", "x**3") is activation_from_text("own", "x**3")
    assert activation_from_text("own", "x**3") is not activation_from_text("own", "x**5")


@pytest.mark.parametrize(
    ("expression", "codomain", "message"),
    [
        ("3*x", (1, 0), "wrong codomain (expected a lower bound and a larger upper one, got (1, 0))"),
        ("3*x", (0, 0), "wrong codomain"),
        ("3*x", (float("nan"), 1), "wrong codomain"),
        ("3*x", (0, 1, 2), "wrong codomain"),
        ("3*x", (0, 1), "a value lies outside the codomain (expected from 0 to 1, got -10.29 at x = -3.43)"),
        ("x**2", (0, 400), "got 490000 at x = -700"),
        ("log(x)", (-5, 2), "got 2.19722 at x = 9"),
    ],
)
def test_a_codomain_is_looked_at(expression: str, codomain: tuple[float, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        activation_from_text("own", expression, codomain)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_codomain_is_kept_for_losses_that_need_one() -> None:
    own = activation_from_text("own", "1/(1 + x**2)", codomain=(0, 1))
    assert NetworkSpec(2, [Dense(1, own)], "binary_cross_entropy").layers[0].function.codomain == (0, 1)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("relu", "x", "'relu' is a built-in activation"),
        ("gelu_tanh", "x", "'gelu_tanh' is a built-in activation"),
        ("lambda", "x", "it is a Python keyword"),
        ("own", "3", "the expression does not depend on x (got '3')"),
        ("own", "y", "unknown name 'y'"),
        ("own", "sigmod(x)", "unknown function 'sigmod'. Did you mean 'sigmoid'?"),
        ("own", "sigmoid(x, x)", "wrong number of arguments for sigmoid (expected 1 argument, got 2)"),
        ("own", "x +", "cannot read 'x +'"),
        ("own", "1/(x - x)", "division by zero"),
        ("own", "sqrt(sin(x) - 2)", "no real value and slope"),
        (
            "own",
            "relu(" * 9 + "x" + ")" * 9,
            "too large when its functions are spelled out (expected at most 5000 parts)",
        ),
        ("own", "log(-x**2)", "an expression is not real"),
        ("own", "log_probability(x)", "unknown function 'log_probability'"),
    ],
)
def test_what_is_no_activation_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        activation_from_text(name, text, where="net.toml:3")
    assert str(caught.value).startswith("net.toml:3: ")
    assert message in str(caught.value)


def test_nothing_in_a_text_runs(tmp_path: Path) -> None:
    call = f'__import__("pathlib").Path("{tmp_path}/ran").touch()'
    for name, text in (("own", call), (call, "x"), ("own", f"x + {call}"), ("own", f"sigmoid({call})")):
        with pytest.raises(UserError):
            activation_from_text(name, text)
        with pytest.raises(UserError):
            loss_from_text(name, text)
    assert list(tmp_path.iterdir()) == []


def elaborate(text: str, activation: str = "identity") -> Program:
    return NetworkSpec(2, [Dense(3, activation)], loss_from_text("own", text)).elaborate()


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("(t - a)**2/2", "a1 - t"),
        ("log(cosh(a - t))", "tanh(a1 - t)"),
        ("log(1 + exp(a)) - t*a", "p - t"),
        ("abs(a - t)", "sign(a1 - t)"),
    ],
)
def test_a_loss_has_its_short_gradient(text: str, slope: str) -> None:
    assert str(gradient(elaborate(text), "a1")) == slope


@pytest.mark.parametrize(
    "text",
    ["(t - a)**4", "log(1 + exp(-t*a))", "exp(a)/(1 + exp(a)) - t*a", "max(0, 1 - t*a)", "tanh(a - t)**2 + a**2"],
)
def test_a_loss_has_the_right_gradient(text: str) -> None:
    assert wrong_gradients(loss_from_text("own", text)) == []


def test_logarithms_of_the_output_bound_it() -> None:
    own = loss_from_text("own", "-t*log(a) - (1 - t)*log(1 - a)")
    assert own.domain == (0, 1)
    assert own.definition(A, T) == -T * log_probability(A) - (1 - T) * log_probability(1 - A)
    assert loss_from_text("own", "a - t*log(a)").domain == (0, float("inf"))
    with pytest.raises(UserError, match="takes outputs between 0 and 1"):
        NetworkSpec(2, [Dense(1, "tanh")], own)


def test_a_loss_keeps_its_reduction() -> None:
    assert loss_from_text("own", "abs(a - t)", "mean").reduction == "mean"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("huber", "a"), "'huber' is a built-in loss"),
        (("own", "t"), "does not depend on a"),
        (("own", "x"), "unknown name 'x'. Known: a, pi, t."),
        (("own", "a", "max"), "unknown reduction (expected 'sum' or 'mean', got 'max')"),
    ],
)
def test_what_is_no_loss_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        loss_from_text(*arguments)
    assert message in str(caught.value)


def test_meanings_are_whole() -> None:
    assert (
        define(activation_from_text("own", "normal_distribution(x)**2").definition(X))
        == define(normal_distribution(X)) ** 2
    )
    assert activation_from_text("own", "0.1*x").definition(X) == X * Rational(1, 10)
