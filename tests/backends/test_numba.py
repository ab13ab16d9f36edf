"""The numba back end: the same numbers as the equations, loops that are repeated updates, code kept on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symprop.backends import load_backend
from symprop.backends.numba import BACKEND
from symprop.backends.numba.source import loop_source
from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.layers.recurrent import RNN
from symprop.layers.shaping import Flatten
from symprop.lowering.batch import batch
from symprop.lowering.loop_plan import LoopPlan, loop_plan
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.routine import routine
from symprop.network import NetworkSpec
from tests.backends.steps import DENSE, GATHERS, WINDOWS, arrays, check_loop, update_of
from tests.backends.test_contract import compare


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("symprop_")]:
        monkeypatch.delitem(sys.modules, name)


# Its products of matrices are large enough for BLAS.
WIDE = NetworkSpec(40, [Dense(50, "tanh"), Dense(3)], "categorical_cross_entropy_from_logits")


@pytest.mark.parametrize(
    "activation", ["softplus", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gelu", "elu"))]
)
def test_activations_agree(activation: str) -> None:
    compare("numba", batch(NetworkSpec(3, [Dense(2, activation)], "squared_error").elaborate(), 4), 5)


@pytest.mark.slow
@pytest.mark.parametrize("spec", [WIDE, GATHERS, WINDOWS], ids=["wide", "gathers", "windows"])
def test_a_loop_is_repeated_updates(spec: NetworkSpec) -> None:
    check_loop(BACKEND, spec, "float64", 1e-9 if spec is WIDE else 1e-12)  # single updates add up in another order


def plan_of(lowered: Lowered) -> LoopPlan:
    return loop_plan(lowered.arguments, lowered.carried, ())


@pytest.mark.slow
def test_single_precision_agrees_with_double() -> None:
    program, lowered = update_of(DENSE, 3)
    values = arrays(program, "float32")
    double = BACKEND.compile(lowered, "float64")(values)
    for name, found in BACKEND.compile(lowered, "float32")(values).items():
        np.testing.assert_allclose(found, double[name], rtol=2e-5, atol=1e-6, err_msg=name)


def test_what_is_compiled_is_kept(tmp_path: Path) -> None:
    _, lowered = update_of(DENSE, 2)
    source = BACKEND.compile(lowered, "float64").source
    (module,) = (tmp_path / "symprop" / "numba").glob("*.py")
    assert module.read_text() == source
    assert list(module.parent.rglob("*.nbi"))
    # Another process reads it instead of compiling: numba counts what it found.
    script = (
        f"import importlib, sys; sys.path[0] = {str(module.parent)!r}; m = importlib.import_module({module.stem!r})"
    )
    count = "; print(sum(m.call.stats.cache_hits.values()))"
    run = subprocess.run([sys.executable, "-c", script + count], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "1", run.stderr


def test_large_products_are_left_to_blas_and_small_ones_are_not() -> None:
    for spec, found in ((WIDE, True), (DENSE, False)):
        lowered = update_of(spec, 3)[1]
        made = routine(lowered, matrices=4096)
        assert ("gemm" in loop_source(made, "float64", lowered.carried, plan_of(lowered))) is found


def test_values_of_other_formats_are_converted() -> None:
    program, lowered = update_of(GATHERS, 2)
    function = BACKEND.compile(lowered, "float64").function
    values = [arrays(program, "float64")[t.name] for t in lowered.arguments]
    wanted = function(*values)
    fixed = [array.copy() for array in values]
    for array in fixed:
        array.setflags(write=False)
    for given in ([a.tolist() for a in values], [np.asfortranarray(a) if a.ndim else a for a in values], fixed):
        for left, right in zip(function(*given), wanted, strict=True):
            np.testing.assert_array_equal(left, right)


def test_an_array_of_another_shape_is_refused() -> None:
    program, lowered = update_of(DENSE, 2)
    values = arrays(program, "float64") | {"W1": np.zeros((5, 18))}
    with pytest.raises(UserError, match="wrong shape of 'W1'"):
        BACKEND.compile(lowered, "float64")(values)


def test_what_compiled_code_is_made_of_is_part_of_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba looks at the made file alone: after an upgrade it would run what it had compiled of the old one."""
    lowered = update_of(DENSE, 2)[1]
    BACKEND.compile(lowered, "float64")
    monkeypatch.setattr("symprop.backends.numba._compiled_in", lambda: ["another text"])
    BACKEND.compile(lowered, "float64")
    assert len(list((tmp_path / "symprop" / "numba").glob("*.py"))) == 2


def test_a_constant_with_axes_may_be_an_output() -> None:
    forward = batch(NetworkSpec((3, 4), [RNN(2), Flatten(), Dense(1)], "squared_error", batch=2).elaborate(), 1)
    lowered = lower(forward, [equation.name for equation in forward.equations])
    assert any(len(equation.target.indices) > 1 for equation in lowered.constants)
    values = arrays(forward, "float64")
    found, wanted = (load_backend(name).compile(lowered, "float64")(values) for name in ("numba", "numpy"))
    for name, array in wanted.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, err_msg=name)
