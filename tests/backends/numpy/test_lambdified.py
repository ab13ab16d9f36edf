"""Lines of floats through lambdify: the same numbers as plain evaluation, readable and safe code."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy
from sympy import Max, Min, Piecewise, Rational, Symbol, exp, log, sqrt

from symprop.backends.executable import Executable
from symprop.backends.numpy import straight
from symprop.backends.numpy.lambdified import compile_with
from symprop.backends.printing import NumpyLines
from symprop.errors import InternalError, UnsupportedError
from symprop.lowering.scalars import Lines
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS, sigmoid
from symprop.scalar.function import ScalarFunction, declarations
from symprop.scalar.numeric import FLOAT, evaluate

x, y = Symbol("x", real=True), Symbol("y", real=True)
EXPRESSIONS = [
    (x - y) / 3,
    -x / y**2 + x * y**-1,
    1 / (x * y) - 2,
    (1 / x) ** y,
    sqrt(x) / sqrt(x + y),
    x ** Rational(2, 3),
    exp(-x) - 1,
    log(1 + x * y) * log(x),
    Max(x, y, Rational(1, 3)) * Min(x, 2, y),
    Piecewise((x, x > 1), (y**2, y < 0), (7, True)) * x,
    Piecewise((1, (x > 0) & (y > 0)), (2, (x < 0) | (y < 0)), (3, True)),
    Piecewise((1, sympy.Eq(x, y)), (2, sympy.Ne(x, 3)), (3, True)),
    sympy.Abs(x - y) * sympy.sign(y - x),
    sympy.floor(3 * x) * y,
    sympy.erf(x) + sympy.tanh(y) + sympy.sin(x) * sympy.cos(y) + sympy.tan(x),
    sympy.pi * x + sympy.E,
    sympy.Float(2**-1022) * x * 1e300,
    Rational(10**30, 7) * x,
    sympy.Integer(10) ** 40 * x,
]


def floats(lines: Lines) -> Executable:
    return compile_with(straight.LANGUAGE, lines)


def compiled(expression: Any) -> Executable:
    functions = tuple(declarations(expression).values())
    return floats(Lines(("x", "y"), (("z", expression),), ("z",), functions))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_agrees_with_evaluation(expression: Any) -> None:
    found = compiled(expression)({"x": 0.7, "y": 1.9})["z"]
    assert float(found) == pytest.approx(evaluate(expression, {"x": 0.7, "y": 1.9}, FLOAT), rel=1e-14)


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), *ACTIVATIONS.values()], ids=lambda f: f.name)
@pytest.mark.parametrize("at", [-1000.0, -3.5, -1e-9, 0.0, 1e-9, 3.5, 1000.0])
def test_every_function_and_slope(function: ScalarFunction, at: float) -> None:
    inside = max(at, function.domain[0] + 1e-100)
    for expression in (function(x), function.derivative.xreplace({x: x})):
        found = float(compiled(expression)({"x": inside, "y": 0.0})["z"])
        assert math.isfinite(found)
        assert found == pytest.approx(evaluate(expression, {"x": inside}, FLOAT), rel=1e-13, abs=1e-300)


@pytest.mark.parametrize(("at", "expected"), [(-40.0, math.exp(-40)), (-700.0, math.exp(-700))])
def test_small_values_keep_their_digits(at: float, expected: float) -> None:
    softplus = FUNCTIONS["softplus"](x)
    assert float(compiled(softplus)([at, 0.0])["z"]) == pytest.approx(expected, rel=1e-13)
    assert evaluate(softplus, {"x": at}, FLOAT) == pytest.approx(expected, rel=1e-13)


def test_a_long_sum_and_a_wide_maximum_compile() -> None:
    names = [f"w{k}" for k in range(3000)]
    symbols = [Symbol(name, real=True) for name in names]
    lines = (("s", sympy.Add(*symbols, evaluate=False)), ("m", Max(*symbols, evaluate=False)))
    found = floats(Lines(tuple(names), lines, ("s", "m")))([1.0 * k for k in range(3000)])
    assert (float(found["s"]), float(found["m"])) == (2999 * 1500.0, 2999.0)


@pytest.mark.parametrize("values", [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
@pytest.mark.parametrize("expression", [Max(x, y), Min(x, y), Max(-2, Min(x, y, 2)), Min(2, Max(x, y, -2))], ids=str)
def test_what_is_no_number_is_no_minimum_or_maximum(expression: Any, values: tuple[float, float]) -> None:
    assert math.isnan(compiled(expression)(values)["z"])


def test_the_source_is_readable() -> None:
    run = compiled(Rational(1, 2) * (x - sigmoid(y)) ** 2)
    assert run.source.splitlines()[0] == "def sigmoid(x):"
    assert "    z = 0.5*(x - sigmoid(y))**2" in run.source.splitlines()
    assert "_lambdifygenerated" not in run.source


def test_the_source_is_what_runs() -> None:
    run = compiled(x * sigmoid(y))
    namespace: dict[str, Any] = {"math": math}
    exec(run.source, namespace)
    assert namespace["program"](0.7, 1.9)[0] == run([0.7, 1.9])["z"]


def test_a_quantity_may_be_named_like_a_function() -> None:
    mean, hidden = Symbol("mean", real=True), Symbol("reciprocal", real=True)
    expression = FUNCTIONS["reciprocal"](mean) + hidden
    lines = Lines(("mean", "reciprocal"), (("z", expression),), ("z",), (FUNCTIONS["reciprocal"],))
    assert float(floats(lines)([4.0, 1.0])["z"]) == 1.25


def test_two_functions_of_one_name_stay_apart() -> None:
    twice = ScalarFunction("f", lambda x: 2 * x, latex="f", reference="test")
    thrice = ScalarFunction("f", lambda x: 3 * x, latex="f", reference="test")
    lines = Lines(("x",), (("z", twice(x) * 10 + thrice(x)),), ("z",), (twice, thrice))
    assert float(floats(lines)([1.0])["z"]) == 23.0


EVIL = '__import__("os").mkdir("ran")'


@pytest.mark.parametrize("name", [EVIL, "lambda", "a b", "", "x;y", "μ"])
def test_no_unchecked_name_reaches_code(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = Symbol(name, real=True)
    bad = [
        Lines((name,), (("z", x),), ("z",)),
        Lines(("x",), ((name, x),), (name,)),
        Lines(("x",), (("z", evil),), ("z",)),
    ]
    for lines in bad:
        with pytest.raises(InternalError):
            floats(lines)
    function = ScalarFunction("f", lambda x: x, latex="f", reference="test")
    object.__setattr__(function, "name", name)
    with pytest.raises(InternalError, match="may not stand in code"):
        floats(Lines(("x",), (("z", function.symbol(x)),), ("z",), (function,)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("expression", [sympy.LambertW(x), sympy.Derivative(sympy.Function("f")(x), x)], ids=str)
def test_what_cannot_be_computed_is_refused(expression: Any) -> None:
    with pytest.raises(UnsupportedError, match="cannot be compiled"):
        compiled(expression)


def test_what_another_module_has_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"'math.gamma' is not in the module 'numpy'"):
        NumpyLines({}).doprint(sympy.gamma(x))


def test_floats_raise_where_arrays_overflow() -> None:
    with pytest.raises(OverflowError):
        compiled(exp(x))([800.0, 0.0])
    with pytest.raises(ValueError, match="math domain error"):
        compiled(x ** Rational(1, 3))([-1.0, 0.0])
