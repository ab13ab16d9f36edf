"""Random lists of equations: every gradient as printed, as numbers and as code against differences; nothing overflows far out."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from symprop.backends.numpy import BACKEND, backend
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.evaluate import evaluate_program
from symprop.ir.spread import fresh_axis, spread
from symprop.lowering.lowered import lower
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.scalar.numeric import FLOAT
from symprop.views.scalar import ScalarView
from tests.derivation.evaluation import Point, close, difference, values
from tests.views.reading import number_of

FREE = ["w", "x", "b"]
LARGEST = 1e6  # of any quantity at a point: beyond, float64 has too few digits to compare
FUNCTIONS = ["exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "log", "sqrt", "abs", "sign"]
RELATIONS = ["<", "<=", ">", ">=", "==", "!="]
Text = st.SearchStrategy[str]


def _larger(inner: Text) -> Text:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(pair, st.sampled_from("+-*/")).map(lambda p: f"({p[0][0]}) {p[1]} ({p[0][1]})"),
        st.tuples(inner, st.sampled_from(["2", "3", "(-1)", "(1/2)"])).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), pair).map(lambda p: f"{p[0]}({p[1][0]}, {p[1][1]})"),
        st.tuples(pair, st.sampled_from(RELATIONS), pair).map(
            lambda p: f"(({p[0][0]}) if ({p[2][0]}) {p[1]} ({p[2][1]}) else ({p[0][1]}))"
        ),
        inner.map(lambda u: f"1/(1 + exp(-({u})))"),
        inner.map(lambda u: f"log(1 + exp({u}))"),
    )


@st.composite
def equations(draw: Any) -> list[str]:
    """Two to four lines over three free names and earlier lines; the last reads every line, and `w`."""
    names = list(FREE)
    lines = []
    for k in range(draw(st.integers(1, 3))):
        leaves = st.sampled_from([*names, *names, "2", "0.5", "1/3", "pi"])
        lines.append(f"v{k} = {draw(st.recursive(leaves, _larger, max_leaves=5))}")
        names.append(f"v{k}")
    return [*lines, f"E = {' + '.join(f'{n}*v{k}' for k, n in enumerate(names[: len(lines)]))} + w**2/2"]


def random_point(derivation: Derivation, seed: int) -> Point:
    random = Random(seed)
    return {t.name: Fraction(random.randint(-2 * 10**4, 2 * 10**4) * 2 + 1, 3 * 10**4) for t in derivation.forward.free}


@settings(max_examples=80, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(equations(), st.integers(0, 10**6))
def test_gradients_as_numbers_and_as_text(lines: list[str], seed: int) -> None:
    assume(gradients_compared(lines, seed))


def gradients_compared(lines: list[str], seed: int) -> bool:
    """Whether there was anything to compare; not where the text has no real value, as log(-1), or one that is too large."""
    try:
        derivation = derive(EquationsSpec(lines, "E").elaborate())
    except UserError:
        return False
    point = random_point(derivation, seed)
    known = evaluate_program(derivation.program, point, FLOAT)
    if not all(abs(value) < LARGEST for value in known.values()):
        return False
    exact = values(derivation.program, point)
    view = ScalarView(derivation, Names())
    for name, gradient in derivation.gradients.items():
        expected = difference(derivation.forward, point, name)
        assert close(exact[gradient], expected, 1e-15), (name, float(exact[gradient]), float(expected))
        with np.errstate(all="ignore"):  # a side of a choice that is not taken may have no value
            text = number_of(view.formula(name), known)
        assert text == pytest.approx(float(expected), rel=1e-7, abs=1e-7), plain(view.formula(name))
    return True


U = ["w", "w*x", "w*x + b", "3*w - 2*b", "x - w/2"]
STABLE = [
    "1/(1 + exp(-({u})))", "exp({u})/(1 + exp({u}))", "log(1 + exp({u}))", "log(1/(1 + exp(-({u}))))",
    "(exp({u}) - exp(-({u})))/(exp({u}) + exp(-({u})))", "({u})/(1 + exp(-({u})))", "log(cosh({u}))", "tanh({u})",
    "log(exp({u}) + exp(-({u})))", "exp(-({u})**2)", "({u})/(1 + abs({u}))", "2/(1 + exp(-2*({u}))) - 1",
    "sinh({u})/cosh({u})", "log(2*cosh({u}))", "exp(-abs({u}))", "erf({u})",
    "exp(-({u}))/(1 + exp(-({u})))**2", "sqrt(1 + ({u})**2)", "1/(1 + exp({u}))**2", "max({u}, 0)", "log(1 + ({u})**2)",
]  # fmt: skip


@st.composite
def stable_equations(draw: Any) -> list[str]:
    """Lines of forms that are recognised, each over free names or over the lines before it."""
    lines: list[str] = []
    for k in range(draw(st.integers(1, 3))):
        inside = [*U, *(f"v{n}" for n in range(k)), *(f"v{n}*w" for n in range(k))]
        form = draw(st.sampled_from(STABLE)).format(u=draw(st.sampled_from(inside)))
        lines.append(f"v{k} = {form}")
    return [*lines, f"E = {' + '.join(f'v{k}' for k in range(len(lines)))} - w/7"]


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(stable_equations())
def test_recognised_forms_stay_finite_far_out(lines: list[str]) -> None:
    stays_finite_far_out(lines)


def stays_finite_far_out(lines: list[str]) -> None:
    """On arrays, many points at once, and at some of the points as floats."""
    derivation = derive(EquationsSpec(lines, "E").elaborate())
    outputs = [derivation.forward.loss, *derivation.gradients.values()]
    far = [-1000.0, -40.0, -1e-12, 0.0, 1e-12, 40.0, 1000.0]
    points = list(product(far, [-1.0, 0.5, 1.0], far))
    axis = fresh_axis(derivation.program, "n", len(points))
    wide = spread(derivation.program, axis, [tensor.name for tensor in derivation.program.free])
    code = backend.compile_program(lower(wide, outputs), "float64")
    alone = BACKEND.compile(lower(derivation.program, outputs), "float64")
    values = dict(zip("wxb", np.array(points).T, strict=True))
    with np.errstate(all="raise", under="ignore"):
        found = code(values)
        for k in range(0, len(points), 20):
            one = alone({name: array[k] for name, array in values.items()})
            for name in outputs:
                assert one[name] == pytest.approx(found[name][k], rel=1e-9, abs=1e-12), name
    assert all(np.isfinite(found[name]).all() and axis.extent == len(found[name]) for name in outputs)


@pytest.mark.slow
@settings(max_examples=1500, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
@given(stable_equations())
def test_many_recognised_forms_stay_finite_far_out(lines: list[str]) -> None:
    stays_finite_far_out(lines)


@pytest.mark.slow
@settings(
    max_examples=1500, derandomize=False, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(equations(), st.integers(0, 10**6))
def test_many_gradients_as_numbers_and_as_text(lines: list[str], seed: int) -> None:
    assume(gradients_compared(lines, seed))


def test_a_wrong_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from symprop.derivation import local

    right = local.derivative
    monkeypatch.setattr(local, "derivative", lambda *given: 2 * right(*given))
    with pytest.raises(AssertionError):
        gradients_compared(["v0 = sin(w)*x", "E = v0*b"], 3)


def test_the_points_are_far_enough_out_to_overflow() -> None:
    with pytest.raises(FloatingPointError):
        stays_finite_far_out(["E = exp(w)"])
    assert math.isinf(FLOAT.functions["exp"](1000.0))
