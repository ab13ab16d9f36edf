"""Every activation keeps the contract, and its derivative comes out in the form that people know."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import sympy
from sympy import Abs, Piecewise, Rational, Symbol, cos, pi, sqrt

from symprop.derivation.local import LocalDerivatives
from symprop.ir.nodes import operand
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.function import ScalarFunction, X, define, differentiate
from symprop.scalar.numeric import FLOAT, evaluate
from tests.rules import contract

Z, A, S, U = (Symbol(name, real=True) for name in ("z1", "a1", "s1", "u1"))
DENSITY, DISTRIBUTION = Symbol("phi1", real=True), Symbol("Phi1", real=True)
ALPHA, SCALE = Rational("1.6732632423543772"), Rational("1.0507009873554805")
FORMS = {
    "identity": sympy.Integer(1),
    "sigmoid": A * (1 - A),
    "tanh": 1 - A**2,
    "relu": Piecewise((1, Z > 0), (0, True)),
    "leaky_relu": Piecewise((1, Z > 0), (Rational(1, 100), True)),
    "elu": Piecewise((1, Z > 0), (A + 1, True)),
    "selu": Piecewise((SCALE, Z > 0), (A + SCALE * ALPHA, True)),
    "softplus": S,
    "softsign": (1 - Abs(A)) ** 2,
    "silu": A * (1 - S) + S,
    "mish": Z * (1 - U**2) * S + U,
    "gelu": Z * DENSITY + DISTRIBUTION,
    "gelu_tanh": A * (1 - S) * 2 * sqrt(2 / pi) * (1 + Rational("0.134145") * Z**2) + S,
    "hard_sigmoid": Piecewise((0, (Z <= -3) | (Z >= 3)), (Rational(1, 6), True)),
    "hard_tanh": Piecewise((0, (Z <= -1) | (Z >= 1)), (1, True)),
    "exp": A,
    "sin": cos(Z),
}


@pytest.mark.parametrize("function", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_contract_holds(function: ScalarFunction) -> None:
    contract.check_function(function)


def test_names_are_keys() -> None:
    assert [name for name, function in ACTIVATIONS.items() if function.name != name] == []


def test_the_exponential_is_itself_on_all_of_its_domain() -> None:
    x = numpy.array([-700.0, 0.0, 349.0])
    assert (contract.in_float64(ACTIVATIONS["exp"](X))(x) == numpy.exp(x)).all()


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish", "exp", "elu"])
def test_a_derivative_keeps_its_digits_far_below_zero(name: str) -> None:
    """Where it is tiny, against 50 digits and relative to itself: x·φ + Φ is off by a percent where Φ cancels."""
    function = ACTIVATIONS[name]
    slope = differentiate(function.definition(X), X)
    exact = contract.precise(slope, 500)
    for x in (-8.3, -9.0, -20.0, -30.0):
        expected = exact(x)
        assert abs(evaluate(slope, {X: x}, FLOAT) - expected) < max(abs(expected) * 1e-12, 1e-290), x


def one_layer(activation: str) -> Program:
    return NetworkSpec(2, [Dense(3, activation)], "half_squared_error").elaborate()


def slope(program: Program) -> Any:
    """The derivative of the layer's activation, over the names of its quantities."""
    equation = program.by_name["a1"]
    if activation_is_copy(program):
        return sympy.Integer(1)
    found = LocalDerivatives(program).of(equation, 0)
    names = {operand(k): Symbol(access.tensor.name, real=True) for k, access in enumerate(found.operands)}
    return found.expression.xreplace(names)


def activation_is_copy(program: Program) -> bool:
    return program.by_name["a1"].value == NetworkSpec(2, [Dense(3, "identity")]).elaborate().by_name["a1"].value


def test_every_activation_has_a_form_to_come_out_in() -> None:
    assert set(FORMS) == set(ACTIVATIONS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_derivative_has_its_short_form(activation: str) -> None:
    found = slope(one_layer(activation))
    assert found == FORMS[activation]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_local_derivative_means_the_plain_one(activation: str) -> None:
    program = one_layer(activation)
    names = {Symbol(name, real=True): meaning for name, meaning in meanings(program).items()}
    found, plain = define(slope(program).subs(names)), sympy.diff(meanings(program)["a1"], X)
    for x in contract.GRID:
        contract.assert_close(contract.precise(found)(x), contract.precise(plain)(x), f"{activation}' at {x}")


def meanings(program: Program) -> dict[str, Any]:
    """Every quantity of the layer as a function of its pre-activation, `X`."""
    known: dict[str, Any] = {"z1": X}
    for equation in program.equations:
        operands = [access.tensor.name for access in equation.value.accesses]
        if operands and set(operands) <= set(known):
            inner = {operand(k): known[name] for k, name in enumerate(operands)}
            known[equation.name] = define(equation.value.expression.xreplace(inner))
    return known
