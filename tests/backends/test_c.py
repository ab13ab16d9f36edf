"""The C back end: the same numbers as the equations, code without warnings, loops that are repeated updates, clear refusals."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symprop.backends import load_backend
from symprop.backends.c import BACKEND
from symprop.backends.c.build import compiler
from symprop.backends.c.export import export
from symprop.derivation.sweep import derive
from symprop.errors import InternalError, UnsupportedError, UserError
from symprop.ir.arrays import evaluate_arrays
from symprop.layers.dense import Dense
from symprop.lowering.batch import batch
from symprop.lowering.lowered import lower
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.numeric import FLOAT
from tests.backends.steps import DENSE, SPECS, arrays, check_loop, update_of
from tests.backends.test_contract import compare

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def strictly_compiled(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "net.c").write_text(source)
    command = ["cc", *STRICT, "-c", "-o", str(folder / "net.o"), str(folder / "net.c")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_agree_and_compile_strictly(activation: str, tmp_path: Path) -> None:
    program = batch(NetworkSpec(3, [Dense(2, activation)], "squared_error").elaborate(), 4)
    compare("c", program, 5)
    for dtype in BACKEND.dtypes:
        run = strictly_compiled(tmp_path, export("net", {"forward": lower(program, ["a1"])}, dtype).source)
        assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("dtype", BACKEND.dtypes)
@pytest.mark.parametrize("name", SPECS)
def test_an_update_agrees(name: str, dtype: str) -> None:
    program, lowered = update_of(SPECS[name], 3)
    values = arrays(program, dtype)
    integers = {(n, at): int(a[at]) for n, a in values.items() if a.dtype == np.int64 for at in np.ndindex(a.shape)}
    given = {n: a for n, a in values.items() if a.dtype != np.int64}
    wanted = evaluate_arrays(replace(program, integers=integers), given, FLOAT)
    tolerance = 1e-12 if dtype == "float64" else 2e-5
    for output, found in BACKEND.compile(lowered, dtype)(values).items():
        np.testing.assert_allclose(found, wanted[output].astype(float), rtol=tolerance, atol=tolerance, err_msg=output)


@pytest.mark.parametrize("name", SPECS)
def test_a_loop_is_repeated_updates(name: str) -> None:
    check_loop(BACKEND, SPECS[name], "float64", 1e-12)


@pytest.mark.parametrize("dtype", BACKEND.dtypes)
@pytest.mark.parametrize("name", SPECS)
def test_an_export_compiles_without_warnings(name: str, dtype: str, tmp_path: Path) -> None:
    program, lowered = update_of(SPECS[name], 2)
    derivation = derive(batch(SPECS[name].elaborate(), 2))
    gradient = lower(program, [program.loss, *derivation.gradients.values()])
    made = export(
        "net",
        {"forward": lower(program, [str(derivation.program.output)]), "gradient": gradient, "update": lowered},
        dtype,
    )
    run = strictly_compiled(tmp_path, made.source)
    assert run.returncode == 0, run.stderr
    assert made.header in made.source.replace("\n\n\n", "\n\n") or made.header.split("#ifndef")[1] in made.source
    assert "malloc" not in made.source


@pytest.mark.parametrize("name", ["dense", "windows"])
def test_an_exported_update_agrees_to_the_last_bits(name: str, tmp_path: Path) -> None:
    program, lowered = update_of(SPECS[name], 3)
    (tmp_path / "net.c").write_text(export("net", {"update": lowered}, "float64").source)
    command = ["cc", *STRICT, "-O2", "-shared", "-fPIC", "-o", str(tmp_path / "net.so"), str(tmp_path / "net.c"), "-lm"]
    subprocess.run(command, check=True)
    values, own = arrays(program, "float64"), list(lowered.carried.values())
    # A struct of doubles is an array of them; what is carried comes first, the other arguments are given in order.
    parameters = np.concatenate([values[t.name].ravel() for t in lowered.arguments if t.name in own])
    outputs, work = np.empty(1), np.empty(100_000)
    given: list[Any] = [parameters.ctypes.data_as(ctypes.c_void_p)]
    for tensor in (t for t in lowered.arguments if t.name not in own):
        value = values[tensor.name]
        given.append(value.ctypes.data_as(ctypes.c_void_p) if tensor.indices else ctypes.c_double(float(value)))
    given += [block.ctypes.data_as(ctypes.c_void_p) for block in (outputs, work)]
    ctypes.CDLL(str(tmp_path / "net.so")).net_update(*given)
    wanted = load_backend("numpy").compile(lowered, "float64")(values)
    np.testing.assert_allclose(outputs[0], wanted[lowered.outputs[0]], rtol=4e-15)
    new = {argument: output for output, argument in lowered.carried.items()}
    expected = [wanted[new[t.name]].ravel() for t in lowered.arguments if t.name in own]
    np.testing.assert_allclose(parameters, np.concatenate(expected), rtol=1e-13, atol=4e-16)


def test_the_counts_of_a_dense_net_are_exact() -> None:
    program, lowered = update_of(NetworkSpec(5, [Dense(3, bias=False)], "squared_error"), 7)
    source = export("net", {"forward": lower(program, ["a1"]), "update": lowered}, "float32").source
    forward = next(line.split() for line in source.splitlines() if line.startswith(" * forward"))
    assert int(forward[2]) == 7 * 5 * 3
    assert "parameters 60 bytes" in source


def test_a_name_that_is_no_identifier_never_reaches_a_comment() -> None:
    _, lowered = update_of(DENSE, 2)
    with pytest.raises(InternalError):
        export("*/ int x; /*", {"update": lowered}, "float64")


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler.cache_clear()
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(UnsupportedError, match=r"needs a C compiler, and there is no 'no-such-compiler'\. Install one"):
        BACKEND.compile(update_of(DENSE, 2)[1], "float64")


def test_an_array_of_another_shape_is_refused() -> None:
    program, lowered = update_of(DENSE, 2)
    values = arrays(program, "float64") | {"W1": np.zeros((5, 18))}
    with pytest.raises(UserError, match=r"wrong shape of 'W1' \(expected \(18, 5\), got \(5, 18\)\)"):
        BACKEND.compile(lowered, "float64")(values)


def test_the_library_is_built_once(tmp_path: Path) -> None:
    _, lowered = update_of(DENSE, 2)
    for _ in range(2):
        BACKEND.compile(lowered, "float64")
    assert len(list((tmp_path / "symprop" / "c").iterdir())) == 1


def test_a_compiler_that_does_not_work_is_not_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(UnsupportedError, match=r"does not work \(exit code 1\): it says nothing. Name another"):
        BACKEND.compile(update_of(DENSE, 2)[1], "float64")
