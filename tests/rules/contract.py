"""What every declared function must keep, as assertions; the tests beside it run them over the tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import mpmath
import numpy
import sympy

from symprop.rules.joint_losses import JointLoss
from symprop.rules.losses import Loss
from symprop.scalar.function import ScalarFunction, X, define, differentiate
from symprop.scalar.kinks import kinks_of
from symprop.scalar.numeric import FLOAT, evaluate

Expression = Any

PLACES = 60
H = mpmath.mpf(10) ** -20
GRID = [-33.3, -12.3, -4.1, -2.2, -1.3, -0.6, -0.05, 0.03, 0.3, 0.7, 1.9, 2.8, 5.5, 17.2, 33.3]
# What stable forms are bounded by in float64.
BOUNDS = {name: FLOAT.functions[name] for name in ("smallest", "largest_exponent")}
TAILS = [-36.0, -30.0, -20.0, -9.0, -8.3, 8.3, 9.0, 20.0, 30.0, 36.0]
TARGETS = [sympy.Integer(-1), sympy.Integer(0), sympy.Rational(1, 4), sympy.Integer(1), sympy.Rational(11, 4)]
A, T = sympy.Symbol("a", real=True), sympy.Symbol("t", real=True)
EDGES = [-1000.0, -745.0, -40.0, 0.0, 40.0, 745.0, 1000.0]


def check_function(function: ScalarFunction) -> None:
    """All of the contract for one function of one variable."""
    check_text(function)
    check_stable_form(function)
    check_finite(function)
    check_tails(function)
    check_overflow(function)
    check_derivative(function)
    check_kinks(function)
    check_codomain(function)


def check_text(function: ScalarFunction | Loss | JointLoss) -> None:
    assert function.name.isidentifier(), "the name is no identifier"
    assert function.latex.strip(), "there is no LaTeX name"
    assert len(function.reference) > 5, "there is no reference"


def check_stable_form(function: ScalarFunction) -> None:
    """The stable form is the definition, to 50 digits."""
    exact, computed = precise(function.definition(X)), precise(stable(function(X)))
    for x in points(function):
        assert_close(computed(x), exact(x), f"stable form of {function.name} at {x}")


def check_finite(function: ScalarFunction) -> None:
    """The stable form and the derivative are finite in float64, and nothing warns on the way."""
    # Above its domain the exponential saturates; no function is asked for values below its domain.
    inside = numpy.array([x for x in EDGES if function.domain[0] < x])
    for expression in (function(X), function.derivative):
        with numpy.errstate(over="raise", divide="raise", invalid="raise"):
            values = in_float64(expression)(inside)
        assert numpy.isfinite(values).all(), f"{function.name}: {expression} gives {values}"


def check_overflow(function: ScalarFunction) -> None:
    """Where an overflow is an infinity, the definition keeps its digits far from 0, if that is said of it."""
    if not function.overflows_well:
        return
    exact, points = precise(function.definition(X), 500), numpy.array([*TAILS, *EDGES])
    with numpy.errstate(over="ignore"):
        found = sympy.lambdify(X, function.definition(X), "numpy")(points)
    for x, value in zip(points.tolist(), found.tolist(), strict=True):
        expected = exact(x)
        error = abs(mpmath.mpf(value) - expected) / (abs(expected) if abs(expected) > 1e-290 else 1)
        assert error < 1e-12, f"definition of {function.name} at {x}: {value}, not {expected}"


def check_tails(function: ScalarFunction) -> None:
    """Far from 0 the stable form keeps its digits in float64, relative to the value however small that is."""
    exact = precise(function.definition(X), 500)
    for x in (x for x in TAILS if function.domain[0] < x < function.domain[1]):
        found, expected = mpmath.mpf(evaluate(function(X), {X: x}, FLOAT)), exact(x)
        is_held = abs(expected) > 1e-290  # by a float64; what is smaller is 0, or has few digits
        error = abs(found - expected) / (abs(expected) if is_held else 1)
        assert error < 1e-12, f"{function.name} at {x}: {found}, not {expected}"


def check_derivative(function: ScalarFunction) -> None:
    """The derivative is the plain one of the definition: proved by algebra, and met by central differences."""
    plain = sympy.diff(define(function.definition(X)), X)
    for point in _one_inside_each_piece(function):
        rest = _on_piece(define(function.derivative), point) - _on_piece(plain, point)
        assert is_zero(rest), f"derivative of {function.name} near {point}"
    value, slope = precise(function.definition(X)), precise(function.derivative)
    for x in points(function):
        with mpmath.workdps(PLACES):
            central = (value(x + H) - value(x - H)) / (2 * H)
        assert_close(slope(x), central, f"derivative of {function.name} at {x}", 30)


def check_kinks(function: ScalarFunction) -> None:
    """Left and right slopes differ where a kink is declared and nowhere else, and the derivative there is as declared."""
    declared = {float(kink.at): kink.slope for kink in function.kinks}
    value = precise(function.definition(X))
    for x in sorted({*break_points(function), *declared}):
        with mpmath.workdps(PLACES):
            at = mpmath.mpf(x)
            jump = (value(at + H) - value(at)) / H - (value(at) - value(at - H)) / H
        assert (abs(jump) > 1e-6) == (x in declared), f"kink of {function.name} at {x}: slopes differ by {jump}"
    for x, slope in declared.items():
        assert math.isclose(precise(function.derivative)(x), slope, rel_tol=1e-14), f"{function.name}'s slope at {x}"


def check_loss_kinks(loss: Loss) -> None:
    """Along `a`, the slopes to either side differ where a kink is declared and nowhere else, and the slope is as declared."""
    value = define(loss.definition(A, T))
    for target in (t for t in TARGETS if loss.targets[0] <= t <= loss.targets[1]):
        along = value.subs(T, target)
        exact, slope = precise(along.subs(A, X)), differentiate(along.subs(A, X), X)
        declared = {
            float(at): kink.slope
            for kink in loss.kinks
            for at in sympy.solve(loss.residual(A, target) - sympy.nsimplify(kink.at), A)
        }
        turning = (float(at) for part in kinks_of(along) for at in sympy.solve(part, A))
        for x in sorted({*turning, *declared}):
            with mpmath.workdps(PLACES):
                at = mpmath.mpf(x)
                jump = (exact(at + H) - exact(at)) / H - (exact(at) - exact(at - H)) / H
            assert (abs(jump) > 1e-6) == (x in declared), (
                f"kink of {loss.name} at {x}, {target}: slopes differ by {jump}"
            )
            if x in declared:
                found = precise(slope)(x)
                assert math.isclose(found, declared[x], abs_tol=1e-14), (
                    f"{loss.name}'s slope at {x}, {target} is {found}"
                )


def check_codomain(function: ScalarFunction) -> None:
    low, high = function.codomain
    value = precise(function.definition(X))
    assert all(low <= value(x) <= high for x in points(function)), function.name


def points(function: ScalarFunction) -> list[float]:
    """Points of the grid inside the domain and off the kinks."""
    low, high = function.domain
    return [x for x in GRID if low < x < high and x not in break_points(function)]


def stable(expression: Expression) -> Expression:
    """The expression with every declared function in its stable form, those that stable forms apply included."""
    while True:
        found = [a for a in expression.atoms(sympy.Function) if hasattr(type(a), "declaration")]
        if not found:
            return expression
        forms = {a: type(a).declaration.stable_form(a.args[0]) for a in found}
        expression = expression.xreplace(forms)


def precise(expression: Expression, places: int = PLACES) -> Any:
    """A function of a number that gives the expression's value, worked out to so many digits."""
    compute = sympy.lambdify(X, define(expression), [BOUNDS, "mpmath"])

    def evaluate(x: Any) -> Any:
        with mpmath.workdps(places):
            return +mpmath.mpf(compute(mpmath.mpf(x)))

    return evaluate


def in_float64(expression: Expression, *symbols: Expression) -> Any:
    """The expression's stable form over NumPy arrays, which takes both sides of every choice."""
    given = BOUNDS | {
        "erf": numpy.vectorize(math.erf, otypes=[float]),
        "erfc": numpy.vectorize(math.erfc, otypes=[float]),
    }
    symbols = symbols or (X,)
    compute = sympy.lambdify(symbols, stable(expression), [given, "numpy"])
    return lambda *arrays: numpy.broadcast_to(compute(*arrays), numpy.broadcast_shapes(*(a.shape for a in arrays)))


def assert_close(found: Any, expected: Any, what: str, places: int = 48) -> None:
    error = abs(found - expected)
    assert error <= mpmath.mpf(10) ** -places * max(1, abs(expected)), f"{what}: {found}, not {expected}"


def break_points(function: ScalarFunction) -> list[float]:
    """Where a choice or an absolute value in the definition turns."""
    definition = define(function.definition(X))
    turning = [a.args[0] for a in definition.atoms(sympy.Abs)]
    turning += [r.lhs - r.rhs for r in definition.atoms(sympy.core.relational.Relational)]
    return sorted({float(-part.subs(X, 0) / sympy.diff(part, X)) for part in turning})


def _one_inside_each_piece(function: ScalarFunction) -> Iterator[Expression]:
    low, high = function.domain
    ends = [x for x in break_points(function) if low < x < high]
    inner = [(a + b) / 2 for a, b in pairwise(ends)]
    outer = [ends[0] - 1, ends[-1] + 1] if ends else [1.0]
    yield from (sympy.nsimplify(x) for x in (*inner, *outer))


def _on_piece(expression: Expression, point: Expression) -> Expression:
    """The expression without choices, as it reads around a point."""
    while True:
        choices = [a for a in expression.atoms(sympy.Piecewise, sympy.Abs, sympy.sign) if not _nested(a)]
        if not choices:
            return expression
        expression = expression.xreplace({choice: _chosen(choice, point) for choice in choices})


def _nested(choice: Expression) -> bool:
    inside = [b for argument in choice.args for b in argument.atoms(sympy.Piecewise, sympy.Abs, sympy.sign)]
    return bool(inside)


def _chosen(choice: Expression, point: Expression) -> Expression:
    if isinstance(choice, sympy.Piecewise):
        return next(value for value, condition in choice.args if condition.subs(X, point) == sympy.true)
    positive = choice.args[0].subs(X, point) > 0
    if isinstance(choice, sympy.sign):
        return sympy.Integer(1 if positive else -1)
    return choice.args[0] if positive else -choice.args[0]


def is_zero(expression: Expression) -> bool:
    """Proves that an expression vanishes: as a rational function of the exponentials and error functions in it."""
    return bool(sympy.cancel(sympy.together(expression.rewrite(sympy.exp))) == 0)
