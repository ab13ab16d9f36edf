"""The functions that rules are made of keep the contract, and the contract notices what breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy
import pytest
import sympy
from sympy import Piecewise, exp, tanh

from symprop.rules.functions import FUNCTIONS, hyperbolic_tangent, sigmoid, softplus
from symprop.scalar.function import Kink, ScalarFunction, X
from tests.rules import contract

A = sympy.Symbol("a", real=True)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_contract_holds(function: ScalarFunction) -> None:
    contract.check_function(function)


def test_names_are_keys() -> None:
    assert [name for name, function in FUNCTIONS.items() if function.name != name] == []


@pytest.mark.parametrize(
    ("name", "derivative"),
    [
        ("sigmoid", A * (1 - A)),
        ("softplus", sigmoid(X)),
        ("normal_density", -X * A),
        ("normal_distribution", FUNCTIONS["normal_density"](X)),
        ("log_cosh", tanh(X)),
        ("reciprocal", -(A**2)),
        ("log_probability", FUNCTIONS["reciprocal"](X)),
    ],
)
def test_derivatives_have_their_short_form(name: str, derivative: Any) -> None:
    assert FUNCTIONS[name].derivative.subs(FUNCTIONS[name](X), A) == derivative


@pytest.mark.parametrize("name", ["log_probability", "reciprocal"])
def test_a_probability_of_zero_stays_finite(name: str) -> None:
    with numpy.errstate(all="raise"):
        assert numpy.isfinite(contract.in_float64(FUNCTIONS[name](X))(numpy.array([0.0, 5e-324, 1e-300]))).all()


def test_a_derivative_that_is_set_by_hand_is_noticed() -> None:
    wrong = replace(sigmoid, name="wrong")
    wrong.__dict__["derivative"] = wrong(X) * (1 + wrong(X))
    with pytest.raises(AssertionError, match="derivative of wrong"):
        contract.check_derivative(wrong)


RELU = ScalarFunction("ramp", lambda x: Piecewise((x, x > 0), (0, True)), "r", "none at all", kinks=(Kink(0, 0),))

OFF = sympy.Rational(1, 10**45)


@pytest.mark.parametrize(
    ("corrupted", "check", "message"),
    [
        (replace(softplus, reference="?"), contract.check_text, "reference"),
        (replace(softplus, latex=" "), contract.check_text, "LaTeX"),
        (replace(sigmoid, stable=lambda x: 1 / (1 + exp(-2 * x))), contract.check_stable_form, "stable form"),
        (replace(sigmoid, stable=lambda x: (1 + tanh(x / 2)) / 2 + OFF), contract.check_stable_form, "stable form"),
        (replace(softplus, overflows_well=True), contract.check_overflow, "definition of softplus"),
        (replace(RELU, kinks=()), contract.check_kinks, "kink of ramp at 0.0"),
        (replace(RELU, kinks=(Kink(0, 1),)), contract.check_kinks, "slope at 0.0"),
        (replace(RELU, kinks=(Kink(0, 0), Kink(2, 1))), contract.check_kinks, "kink of ramp at 2.0"),
        (replace(hyperbolic_tangent, codomain=(0, 1)), contract.check_codomain, "tanh"),
    ],
)
def test_a_corrupted_declaration_is_noticed(corrupted: ScalarFunction, check: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check(corrupted)


def test_an_overflow_is_noticed() -> None:
    with pytest.raises(FloatingPointError, match="overflow"):
        contract.check_finite(replace(softplus, stable=None))
