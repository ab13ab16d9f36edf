"""Source becomes functions: in a namespace of its own, with its lines for tracebacks, and with checked names alone."""

from __future__ import annotations

import linecache
import traceback

import pytest

from symprop.backends.loading import check_name, load_source
from symprop.errors import InternalError


def test_what_the_source_defines_is_there_beside_the_namespace() -> None:
    given = {"two": 2}
    found = load_source("three = two + 1\ndef tripled(x):\n    return three*x\n", given)
    assert (found["two"], found["three"], found["tripled"](5)) == (2, 3, 15)
    assert given == {"two": 2}


def test_sources_do_not_meet() -> None:
    first, second = (load_source(f"def number():\n    return {n}\n", {}) for n in (1, 2))
    assert (first["number"](), second["number"]()) == (1, 2)


def test_a_traceback_shows_the_lines_of_its_own_source() -> None:
    lines = ["1/x", "x.imag.none"]
    functions = [load_source(f"def run(x):\n    return {line}  # equation y\n", {})["run"] for line in lines]
    for run, line in zip(functions, lines, strict=True):
        with pytest.raises((ZeroDivisionError, AttributeError)) as raised:
            run(0)
        (frame,) = [f for f in traceback.extract_tb(raised.value.__traceback__) if f.name == "run"]
        assert frame.line == f"return {line}  # equation y"
        assert linecache.getline(frame.filename, 1) == "def run(x):\n"


def test_wrong_source_is_an_error_with_its_place() -> None:
    with pytest.raises(SyntaxError, match="invalid syntax") as raised:
        load_source("x = 1\ny = = 2\n", {})
    assert raised.value.lineno == 2


@pytest.mark.parametrize("name", ["x", "_1", "W1_part", "exp", "print"])
def test_names_of_code(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "1x", "a b", "x;y", "lambda", "None", "μ", "x\n", '__import__("os")'])
def test_what_is_no_name_of_code(name: str) -> None:
    with pytest.raises(InternalError, match="may not stand in code"):
        check_name(name)
