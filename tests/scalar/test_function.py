"""Declared functions: applied, differentiated, expanded; distributions become functions; nothing is built before its use."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from sympy import Abs, Max, Min, Piecewise, Symbol, exp, sign, tanh

from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import sigmoid, softplus
from symprop.scalar.function import ScalarFunction, X, applied, declarations, define, differentiate

y = Symbol("y", real=True)


def cubed(opaque: bool = True) -> ScalarFunction:
    return ScalarFunction("cubed", lambda x: x**3 / 6, latex="c", reference="test", opaque=opaque)


def test_an_opaque_function_keeps_its_name() -> None:
    function = cubed()
    assert str(function(y)) == "cubed(y)"
    assert function(y).is_real
    assert function(y).diff(y) == y**2 / 2
    assert function(2 * y).diff(y) == 4 * y**2
    assert define(function(y + 1)) == (y + 1) ** 3 / 6


def test_another_is_its_definition() -> None:
    assert cubed(opaque=False)(y) == y**3 / 6


def test_one_class_for_each_function() -> None:
    function = cubed()
    assert function(y) == function(y)
    assert type(function(y)).declaration is function


def test_a_name_of_sympys_own_is_told_apart() -> None:
    assert str(ACTIVATIONS["exp"](y)) != str(exp(y))
    assert define(ACTIVATIONS["exp"](y)) == exp(y)


def test_derivatives_through_themselves() -> None:
    s = sigmoid(X)
    assert sigmoid.derivative == s * (1 - s)
    assert sympy.expand(sympy.diff(sigmoid(y), y, 2) - sympy.diff(sigmoid(y) * (1 - sigmoid(y)), y)) == 0
    assert softplus.derivative == s


def test_declarations_are_found_inside_definitions() -> None:
    assert set(declarations(ACTIVATIONS["mish"](y) + 1)) == {"softplus"}
    outer = ScalarFunction("outer", lambda x: sigmoid(x) * cubed()(x), latex="o", reference="test")
    assert set(declarations(outer(y))) == {"outer", "sigmoid", "cubed"}
    assert declarations(exp(y)) == {}


def test_what_is_computed_is_found_inside_stable_forms() -> None:
    """Each once, and after those that it is computed by; the definition counts where there is no stable form."""
    third = cubed()
    plain = ScalarFunction("plain", lambda x: third(x) + 1, latex="p", reference="test")
    outer = replace(plain, name="outer", stable=lambda x: softplus.symbol(x) * plain.symbol(x))
    found = applied([outer.symbol(y), exp(plain.symbol(y)), sigmoid(y)])
    assert [function.name for function in found] == ["cubed", "plain", "softplus", "outer", "sigmoid"]
    assert plain.stable_form(y) == third(y) + 1
    assert applied([exp(y)]) == []


def test_definitions_are_expanded_all_the_way() -> None:
    outer = ScalarFunction("outer", lambda x: sigmoid(softplus(x)), latex="o", reference="test")
    assert define(outer(y)) == 1 / (1 + exp(-sympy.log(1 + exp(y))))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (sign(X), 0),
        (X * sign(X - 1), sign(X - 1)),
        (Max(0, X), Piecewise((1, X > 0), (0, True))),
        (Min(X, 2), Piecewise((1, 2 - X > 0), (0, True))),
        (Abs(X), sign(X)),
        ((X + y) ** 2 / 2, X + y),
        (1 / (1 + exp(-X)), exp(-X) / (1 + exp(-X)) ** 2),
        ((1 + X**2) ** sympy.Rational(3, 2), 3 * X * sympy.sqrt(1 + X**2)),
        (-3 * tanh(X) ** 2, -6 * (1 - tanh(X) ** 2) * tanh(X)),
        (y**3, 0),
        (X**-2, -2 / X**3),
        (2**X, 2**X * sympy.log(2)),
    ],
    ids=str,
)
def test_derivatives_without_distributions(expression: sympy.Expr, expected: sympy.Expr) -> None:
    found = differentiate(expression, X)
    assert not found.has(sympy.DiracDelta, sympy.Heaviside)
    assert sympy.simplify(found - expected) == 0


def test_second_derivative_of_a_kink_is_zero() -> None:
    assert differentiate(differentiate(Abs(X), X), X) == 0
    assert differentiate(differentiate(Max(X, 0), X), X) == 0


def test_nothing_is_built_before_its_first_use() -> None:
    calls = []

    def definition(x: sympy.Expr) -> sympy.Expr:
        calls.append(x)
        return x**2

    lazy = ScalarFunction("lazy", definition, latex="l", reference="test")
    lazy(y)
    assert calls == []
    assert lazy.derivative == 2 * X
    assert calls
