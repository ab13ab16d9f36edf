"""JavaScript of single expressions, compared as text: what is printed wrongly would be another number, or none."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from symprop.backends.javascript.printing import JavascriptScalars
from symprop.backends.loops.scalars import Power
from symprop.errors import UnsupportedError

X, Y = sympy.symbols("x class", real=True)  # the second is a word of the language


def printed(expression: Any) -> str:
    def called(helper: Any) -> str:
        return f"power_{helper.exponent}" if isinstance(helper, Power) else f"f_{getattr(helper, 'name', helper)}"

    return JavascriptScalars("float64", called, {"x": "v[0]", "class": "v[1]"}).doprint(expression)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (X - Y, "v[0] - v[1]"),
        (-(X**2), "-f_x".replace("f_x", "power_2(v[0])")),
        ((-X) ** 3, "-power_3(v[0])"),
        (X / Y, "v[0]/v[1]"),
        (1 / (1 + sympy.exp(-X)), "1/(1 + Math.exp(-v[0]))"),
        (sympy.sqrt(X), "Math.sqrt(v[0])"),
        (Y ** sympy.Rational(1, 3), "Math.pow(v[1], 0.3333333333333333)"),
        (sympy.Rational(1, 3) * X, "0.3333333333333333*v[0]"),
        (sympy.log(1 + X), "Math.log1p(v[0])"),
        (sympy.exp(X) - 1, "Math.expm1(v[0])"),
        (sympy.Abs(X), "Math.abs(v[0])"),
        (sympy.erf(X), "f_erf(v[0])"),
        (sympy.Max(X, Y), "f_larger(v[1], v[0])"),
        (sympy.oo, "Infinity"),
        (-sympy.oo, "-Infinity"),
        (sympy.nan, "NaN"),
        (sympy.Float("1e-300"), "1e-300"),
        (sympy.Integer(10) ** 400, "Infinity"),
        (sympy.Piecewise((1, sympy.Eq(X, 0)), (X, sympy.Ne(Y, 0)), (0, True)), None),
        (sympy.Piecewise((X, sympy.And(X > 0, Y < 1)), (Y, True)), "((v[0] > 0) && (v[1] < 1))"),
    ],
)
def test_printed(expression: Any, text: str | None) -> None:
    found = printed(expression)
    if text is None:
        assert found == "((v[0] === 0) ? 1 : ((v[1] !== 0) ? v[0] : 0))"
    elif isinstance(expression, sympy.Piecewise):
        assert text.strip("()").split(") && (")[0] in found
        assert "&&" in found
    else:
        assert found == text


def test_what_javascript_has_no_word_for_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="besselj"):
        printed(sympy.besselj(0, X))
