"""Local derivatives: written through the output, its relatives and named parts, and never through another's value."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from symprop.derivation.local import LocalDerivatives, derivative
from symprop.ir.nodes import Elementwise, elementwise, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import log_cosh, sigmoid, softplus
from tests.derivation.programs import ORIGIN

J, L = Index("j", 3), Index("l", 3)
X0, X1, X2 = operand(0), operand(1), operand(2)
x = Tensor("x", (J,), Role.INPUT)
y, z = Tensor("y", (J,)), Tensor("z", (J,))


def slopes(*lines: Equation) -> list[Elementwise]:
    """The derivative of the last line by each of its operands."""
    local = LocalDerivatives(Program((x,), lines, lines[-1].name))
    return [local.of(lines[-1], position) for position in range(len(local.inlined(lines[-1]).operands))]


def line(target: Access, expression: Any, *operands: Access, abbreviation: bool = False) -> Equation:
    return Equation(target, elementwise(expression, *operands), ORIGIN, abbreviation)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("sigmoid", X0 * (1 - X0)),
        ("tanh", 1 - X0**2),
        ("exp", X0),
        ("softsign", (1 - sympy.Abs(X0)) ** 2),
    ],
)
def test_through_the_output_itself(activation: str, expected: Any) -> None:
    (slope,) = slopes(line(y(), ACTIVATIONS[activation](X0), x()))
    assert slope == Elementwise((expected,), (y(),))


def test_through_a_relative_with_a_name_in_any_letters() -> None:
    (slope,) = slopes(line(z(L), sigmoid(X0), x(L)), line(y(), softplus(X0), x()))
    assert slope == Elementwise((X0,), (z(J),))


@pytest.mark.parametrize(
    ("named", "read"),
    [
        (x(Affine((), 0)), x(Affine((), 1))),
        (x(Affine(((1, J),), 1)), x()),
        (Tensor("S", (J, L))(J, J), Tensor("S", (J, L))(J, L)),
    ],
    ids=str,
)
def test_a_name_of_something_else_is_not_used(named: Access, read: Access) -> None:
    target = Tensor("t", named.free)
    other = Tensor("o", read.free)
    program = Program(
        (x, named.tensor) if named.tensor != x else (x,),
        (
            line(target(), sympy.tanh(X0), named),
            line(other(), log_cosh(X0), read),
        ),
        "o",
    )
    slope = LocalDerivatives(program).of(program.equations[1], 0)
    assert slope == Elementwise((sympy.tanh(X0),), (read,))


def test_abbreviations_are_looked_through_and_written_with() -> None:
    s = line(z(), sigmoid(X0), x(), abbreviation=True)
    (slope,) = slopes(s, line(y(), X0 * X1, x(), z()))
    assert set(slope.operands) <= {x(), y(), z()}
    meanings = {x(): X2, z(): sigmoid(X2), y(): X2 * sigmoid(X2)}
    back = slope.expression.xreplace({operand(k): meanings[access] for k, access in enumerate(slope.operands)})
    assert sympy.expand(back - sympy.diff(X2 * sigmoid(X2), X2)) == 0


def test_an_abbreviation_asked_for_is_opaque() -> None:
    s, product = line(z(), sigmoid(X0), x(), abbreviation=True), line(y(), X0 * X1, x(), z())
    local = LocalDerivatives(Program((x,), (s, product), "y"), ["z"])
    assert local.inlined(product).operands == (x(), z())
    assert local.of(product, 1) == Elementwise((X0,), (x(),))


@pytest.mark.parametrize(
    ("expression", "position", "expected"),
    [
        ((X1 - X0) ** 2 / 2, 0, X0 - X1),
        ((X1 - X0) ** 2 / 2, 1, X1 - X0),
        (sympy.Abs(X0 - X1), 0, sympy.sign(X0 - X1)),
        (sympy.Integer(4), 0, 0),
        (X0 * X1, 1, X0),
    ],
    ids=str,
)
def test_derivatives_that_need_no_form(expression: Any, position: int, expected: Any) -> None:
    assert derivative(expression, position, (expression,)) == expected


def test_squared_error_prints_the_output_first() -> None:
    program = NetworkSpec(1, [Dense(1)], "half_squared_error").elaborate()
    slope = LocalDerivatives(program).of(program.by_name["E"], 0)
    assert [a.tensor.name for a in slope.operands] == ["a1", "t"]
    assert slope.expression == X0 - X1


@pytest.mark.parametrize("abbreviation", [True, False])
def test_beyond_an_axis_a_quantity_is_zero_and_not_its_meaning(abbreviation: bool) -> None:
    """``y`` runs further than ``z = exp(x)``, so beyond it reads 0, where its meaning would be exp(0)."""
    longer, named = Index("m", 5), line(z(), sympy.exp(X0), x(), abbreviation=abbreviation)
    read = line(Tensor("y", (longer,))(), X0**2, z(longer.part))
    assert slopes(named, read) == [Elementwise((2 * X0,), (z(longer.part),))]
    of_x = line(Tensor("y", (longer,))(), sympy.exp(X0), x(longer.part))
    assert slopes(named, of_x) == [Elementwise((X0,), (Tensor("y", (longer,))(),))]


def test_only_the_nearest_of_many_functions_are_tried() -> None:
    """A list of equations may have thousands of functions of one quantity; each derivative looks at a few."""
    s = Tensor("s", (), Role.INPUT)
    lines = [line(Tensor(f"f{k}")(), sympy.sin(X0) + k, s()) for k in range(100)]
    lines[40] = line(Tensor("c")(), sympy.cos(X0), s())
    local = LocalDerivatives(Program((s,), tuple(lines), "f99"))
    assert local.of(lines[42], 0) == Elementwise((X0,), (Tensor("c")(),))
    assert local.of(lines[90], 0) == Elementwise((sympy.cos(X0),), (s(),))
