"""Every loss: declared in full, stable, and with the gradient that people know; its derivative is the plain one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import mpmath
import numpy
import pytest
import sympy
from sympy import Abs, Piecewise, Symbol, log, sign, tanh

from symprop.derivation.local import LocalDerivatives
from symprop.ir.nodes import operand
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.functions import reciprocal, sigmoid
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import Kink, define
from tests.rules import contract

A, T, P, Z = (Symbol(name, real=True) for name in ("a1", "t", "p", "z1"))
FORMS = {
    "half_squared_error": A - T,
    "squared_error": 2 * A - 2 * T,
    "mean_squared_error": 2 * A - 2 * T,
    "absolute_error": sign(A - T),
    "huber": Piecewise((A - T, Abs(A - T) <= 1), (sign(A - T), True)),
    "log_cosh": tanh(A - T),
    "binary_cross_entropy_from_logits": P - T,
    "binary_cross_entropy": -T * reciprocal(A) + (1 - T) * reciprocal(1 - A),
    "hinge": Piecewise((-T, A * T < 1), (0, True)),
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def one_layer(loss: str | Loss, activation: str = "identity") -> Program:
    return NetworkSpec(2, [Dense(3, activation)], loss).elaborate()


def program_of(loss: Loss) -> Program:
    """A network with this loss, whose last activation leaves the loss as it is."""
    return one_layer(loss, "hard_sigmoid" if loss.domain == (0, 1) else "identity")


def gradient(program: Program, by: str) -> Any:
    """The loss of one output, differentiated by one of its operands, over the names of quantities."""
    equation, local = program.by_name["E"], LocalDerivatives(program)
    position = [access.tensor.name for access in local.inlined(equation).operands].index(by)
    found = local.of(equation, position)
    names = {operand(k): Symbol(access.tensor.name, real=True) for k, access in enumerate(found.operands)}
    return found.expression.xreplace(names)


def points(loss: Loss, outputs: list[float]) -> list[tuple[float, float]]:
    """Outputs and targets within the loss's ranges, off its kinks."""
    (low, high), (least, most) = loss.domain, loss.targets
    targets = [t for t in (-1.0, -0.4, 0.0, 0.25, 1.0, 3.1) if least <= t <= most]
    found = [(a, t) for a, t in product(outputs, targets) if low <= a <= high]
    return [(a, t) for a, t in found if a != t and abs(a * t - 1) > 1e-9 and abs(abs(a - t) - 1) > 1e-9]


INNER = [-41.7, -7.3, -1.2, -0.3, 0.01, 0.2, 0.6, 0.99, 2.6, 8.4, 41.7]


@every_loss
def test_a_loss_is_declared_in_full(loss: Loss) -> None:
    assert LOSSES[loss.name] is loss
    contract.check_text(loss)
    assert loss.reduction in ("sum", "mean")
    assert loss.domain[0] < loss.domain[1]
    assert loss.targets[0] < loss.targets[1]
    assert set(loss.after.values()) <= set(LOSSES)


@every_loss
def test_the_stable_form_is_the_definition(loss: Loss) -> None:
    value = loss.definition(A, T)
    exact, computed = precise(define(value)), precise(contract.stable(value))
    for a, t in points(loss, INNER):
        contract.assert_close(computed(a, t), exact(a, t), f"{loss.name} at {a}, {t}")


@every_loss
def test_loss_and_gradient_are_finite_at_the_edges(loss: Loss) -> None:
    edges = [0.0, 5e-324, 1e-300, 0.5, 1.0] if loss.domain == (0, 1) else contract.EDGES
    a, t = (numpy.array(column) for column in zip(*points(loss, edges), strict=True))
    symbols = (Symbol("a1", real=True), T)
    for expression in (loss.definition(A, T), without_names(gradient(program_of(loss), "a1"))):
        with numpy.errstate(over="raise", divide="raise", invalid="raise"):
            assert numpy.isfinite(contract.in_float64(expression, *symbols)(a, t)).all(), expression


@every_loss
def test_the_gradient_means_the_plain_derivative(loss: Loss) -> None:
    assert wrong_gradients(loss) == []


def wrong_gradients(loss: Loss) -> list[tuple[float, float]]:
    """The points where the gradient misses the definition's plain derivative, or its central difference."""
    value = define(loss.definition(A, T))
    found = precise(define(without_names(gradient(program_of(loss), "a1"))))
    plain, exact = precise(sympy.diff(value, A)), precise(value)
    wrong = []
    for a, t in points(loss, INNER):
        with mpmath.workdps(contract.PLACES):
            central = (exact(a + contract.H, t) - exact(a - contract.H, t)) / (2 * contract.H)
            slope = found(a, t)
            if abs(slope - plain(a, t)) > 1e-45 * (1 + abs(slope)) or abs(slope - central) > 1e-30 * (1 + abs(slope)):
                wrong.append((a, t))
    return wrong


def without_names(expression: Any) -> Any:
    """The gradient with its abbreviation spelled out."""
    return expression.subs(P, sigmoid(A))


def precise(expression: Any) -> Any:
    compute = sympy.lambdify((A, T), expression, [contract.BOUNDS, "mpmath"])

    def evaluate(a: Any, t: Any) -> Any:
        with mpmath.workdps(contract.PLACES):
            return +mpmath.mpf(compute(mpmath.mpf(a), mpmath.mpf(t)))

    return evaluate


def test_a_wrong_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_diff = sympy.diff
    loss = replace(LOSSES["log_cosh"], definition=lambda a, t: (a - t) ** 4)
    assert wrong_gradients(loss) == []
    monkeypatch.setattr("symprop.derivation.local.derivative", lambda e, k, named: 2 * plain_diff(e, operand(k)))
    assert wrong_gradients(loss) != []


def test_every_loss_has_a_form_to_come_out_in() -> None:
    assert set(FORMS) == set(LOSSES)


@every_loss
def test_the_gradient_has_its_short_form(loss: Loss) -> None:
    assert gradient(program_of(loss), "a1") == FORMS[loss.name]


def test_sigmoid_with_cross_entropy_comes_out_as_a_minus_t() -> None:
    program = one_layer("binary_cross_entropy", "sigmoid")
    assert gradient(program, "z1") == A - T


@pytest.mark.parametrize(
    ("loss", "activation"), [(loss.name, activation) for loss in LOSSES.values() for activation in loss.after]
)
def test_a_loss_on_pre_activations_means_the_composition(loss: str, activation: str) -> None:
    rule = LOSSES[loss]
    replaced = define(LOSSES[rule.after[activation]].definition(A, T))
    composed = define(rule.definition(sigmoid(A), T))
    for a, t in points(LOSSES[rule.after[activation]], INNER):
        contract.assert_close(precise(replaced)(a, t), precise(composed)(a, t), f"{loss} at {a}, {t}", 40)


@every_loss
def test_kinks_are_where_they_are_declared(loss: Loss) -> None:
    contract.check_loss_kinks(loss)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("absolute_error", {"kinks": ()}),
        ("absolute_error", {"kinks": (Kink(0, 1),)}),
        ("absolute_error", {"kinks": (Kink(0, 0), Kink(1, 1))}),
        ("absolute_error", {"residual": lambda a, t: a + t}),
        ("hinge", {"kinks": (Kink(0, 0),)}),
        ("hinge", {"residual": LOSSES["huber"].residual}),
        ("huber", {"kinks": (Kink(1, 1),)}),
        ("binary_cross_entropy", {"kinks": (Kink(0, 0),)}),
    ],
)
def test_a_wrong_declaration_of_kinks_is_seen(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"kink of|slope at"):
        contract.check_loss_kinks(replace(LOSSES[name], **wrong))


def test_the_mean_is_over_the_outputs() -> None:
    total = one_layer("mean_squared_error").by_name["E_total"].value
    assert [str(term.coefficient) for term in total.terms] == ["1/3"]  # type: ignore[union-attr]


def test_an_unbounded_logarithm_would_be_noticed() -> None:
    naive = replace(LOSSES["binary_cross_entropy"], definition=lambda a, t: -t * log(a) - (1 - t) * log(1 - a))
    with numpy.errstate(divide="raise"), pytest.raises(FloatingPointError):
        contract.in_float64(naive.definition(A, T), A, T)(numpy.array([0.0]), numpy.array([1.0]))
