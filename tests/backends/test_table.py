"""The table of back ends: every entry loads and computes the same; what cannot be loaded is explained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.backends import BACKENDS, Cost, Listed, load_backend
from symprop.backends.executable import Executable
from symprop.derivation.sweep import derive
from symprop.errors import UnsupportedError, UserError
from symprop.layers.dense import Dense
from symprop.lowering.lowered import Lowered, lower
from symprop.network import NetworkSpec

DERIVATION = derive(NetworkSpec(3, [Dense(2, "silu"), Dense(1)], "huber").elaborate())


def lowered(*outputs: str) -> Lowered:
    return lower(DERIVATION.program, outputs or ["E_total", "dE_total_dW1"])


def drawn() -> dict[str, Any]:
    random = np.random.default_rng(3)
    return {tensor.name: random.normal(size=tensor.extents) for tensor in DERIVATION.program.free}


@pytest.mark.parametrize("name", BACKENDS)
def test_every_back_end_compiles(name: str) -> None:
    backend = load_backend(name)
    assert backend.name == name
    assert "float64" in backend.dtypes
    values, wanted = drawn(), load_backend("numpy").compile(lowered(), "float64")(drawn())
    executable = backend.compile(lowered(), "float64")
    by_name = executable(values)
    by_position = executable([values[name] for name in executable.arguments])
    assert by_name.keys() == {"E_total", "dE_total_dW1"}
    for quantity, array in wanted.items():
        assert np.asarray(by_name[quantity]).shape == array.shape
        np.testing.assert_allclose(by_name[quantity], array, rtol=1e-12)
        np.testing.assert_array_equal(by_name[quantity], by_position[quantity])


def test_an_unknown_back_end_is_named() -> None:
    with pytest.raises(UserError, match=r"unknown back end 'nunpy'. Did you mean 'numpy'\?"):
        load_backend("nunpy")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UserError, match=r"'numpy' has no number format 'float46' \(expected float64 or float32\)"):
        load_backend("numpy", "float46")


@pytest.mark.parametrize(("extra", "wanted"), [("", "no_such_package"), ("fast", r"'symprop\[fast\]'")])
def test_a_missing_package_is_named(extra: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Listed("no_such_package.at_all", lambda work, wide: Cost(0, 0), "no_such_package", extra)
    assert not listed.is_there
    monkeypatch.setitem(BACKENDS, "tensor", listed)
    with pytest.raises(UnsupportedError, match=rf"needs the package 'no_such_package'. Install it: .* {wanted}$"):
        load_backend("tensor")


def test_wrong_values_are_refused() -> None:
    executable = load_backend("numpy").compile(lowered("z1"), "float64")
    assert executable.arguments == ("x", "W1", "b1")
    with pytest.raises(UserError, match=r"no value is given for W1, b1$"):
        executable({"x": np.ones(3), "t": np.ones(1)})
    with pytest.raises(UserError, match=r"wrong number of values \(expected x, W1, b1, got 2\)"):
        executable([np.ones(3), np.ones((2, 3))])


def test_what_no_equation_reads_is_passed_over() -> None:
    executable = load_backend("numpy").compile(lowered("z1"), "float64")
    values = drawn()
    expected = values["W1"] @ values["x"] + values["b1"]
    np.testing.assert_allclose(executable({**values, "else": "anything"})["z1"], expected, rtol=1e-13)


def test_an_executable_gives_what_its_function_does_in_order() -> None:
    executable = Executable("", ("a", "b"), ("difference", "sum"), lambda a, b: [a - b, a + b])
    assert executable({"b": 2, "a": 7}) == executable([7, 2]) == {"difference": 5, "sum": 9}
    with pytest.raises(ValueError, match="zip"):
        Executable("", ("a",), ("one", "two"), lambda a: [a])([1])
