"""The table of back ends: every entry loads and computes the same; what cannot be loaded is explained."""

from __future__ import annotations

import pytest

from symprop.backends import BACKENDS, load_backend
from symprop.errors import UnsupportedError, UserError
from symprop.lowering.scalars import lower
from tests.lowering.test_scalars import scalar_program


@pytest.mark.parametrize("name", BACKENDS)
def test_every_back_end_compiles(name: str) -> None:
    program = scalar_program()
    executable = load_backend(name)(lower(program, ["E_total", "h1"]))
    values = {tensor.name: 0.1 * k for k, tensor in enumerate(program.free)}
    assert executable(values).keys() == {"E_total", "h1"}
    assert executable([values[name] for name in executable.arguments]) == executable(values)


def test_an_unknown_back_end_is_named() -> None:
    with pytest.raises(UserError, match=r"unknown back end 'nunpy'. Did you mean 'numpy'\?"):
        load_backend("nunpy")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "tensor", "no_such_package.at_all:compile_lines")
    with pytest.raises(UnsupportedError, match=r"needs the package 'no_such_package'. Install it: python -m pip"):
        load_backend("tensor")


def test_wrong_values_are_refused() -> None:
    executable = load_backend("numpy")(lower(scalar_program(), ["h1"]))
    with pytest.raises(UserError, match="no value is given for i2, i3"):
        executable({"i1": 1, "w1": 1, "w2": 1, "w3": 1, "b_h1": 1})
    with pytest.raises(UserError, match=r"wrong number of values .*got 2"):
        executable([1.0, 2.0])
