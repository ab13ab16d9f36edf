"""Whole functions in JavaScript: what helpers there are, in which order, under which names."""

from __future__ import annotations

import re

import pytest
import sympy

from symprop.backends.javascript.error_functions import CALLS, ERROR_FUNCTIONS
from symprop.backends.javascript.source import Source
from symprop.errors import InternalError
from symprop.lowering.scalars import Lines
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.function import ScalarFunction

X = sympy.Symbol("x", real=True)


def source_of(**lines: sympy.Expr) -> str:
    slots = {name: slot for slot, name in enumerate(["x", *lines])}
    source = Source()
    source.add("forward", Lines(("x",), tuple(lines.items()), tuple(lines)), slots)
    return source.text("program")


def test_each_line_stands_in_its_slot_and_names_its_quantity() -> None:
    text = source_of(h=2 * X, E=sympy.Symbol("h", real=True) ** 2)
    assert "v[1] = 2*v[0]; // h" in text
    assert "v[2] = power_2(v[1]); // E" in text


def test_helpers_stand_before_what_calls_them_and_only_where_they_are_needed() -> None:
    text = source_of(a=sympy.erf(X))
    assert text.index("function erf_near") < text.index("function erf(") < text.index("function forward")
    assert "erfc(" not in text.replace("erfc_far(", "")
    assert "function" not in source_of(a=X + 1).replace("function forward", "")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_printed_with_all_that_it_calls(name: str) -> None:
    function = ACTIVATIONS[name]
    if not isinstance(function, ScalarFunction):
        return
    text = source_of(a=function(X), s=function.derivative.xreplace({sympy.Symbol("x", real=True): X}))
    called = set(re.findall(r"(?<![.\w])([a-z]\w*)\(", text)) - {"function", "for", "if"}
    assert called <= set(re.findall(r"function (\w+)\(", text))


def test_functions_of_one_name_are_told_apart() -> None:
    first, second = (ScalarFunction("class", lambda x, n=n: n * x, latex="", reference="") for n in (2, 3))
    text = source_of(a=first.symbol(X), b=second.symbol(X))
    assert "v[1] = f_class(v[0]);" in text
    assert "v[2] = f_class_(v[0]);" in text


def test_a_name_that_may_not_stand_in_code_is_refused() -> None:
    with pytest.raises(InternalError, match="may not stand in code"):
        source_of(**{"h\nalert(1)//": X})


def test_error_functions_call_what_is_written_with_them() -> None:
    for name, inner in CALLS.items():
        assert all(f"{other}(" in ERROR_FUNCTIONS[name] for other in inner)
