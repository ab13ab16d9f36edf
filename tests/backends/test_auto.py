"""The choice of a back end: few updates stay with NumPy, many leave it, what is not installed is never chosen."""

from __future__ import annotations

import pytest

from symprop.backends import BACKENDS
from symprop.backends.auto import choose
from symprop.derivation.sweep import derive
from symprop.layers.dense import Dense
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.work import Work, work
from symprop.network import NetworkSpec


def lowered(inputs: int, units: int, rows: int = 1) -> Lowered:
    program = derive(batch(NetworkSpec(inputs, [Dense(units, "tanh"), Dense(2)]).elaborate(), rows)).program
    return lower(program, ["E_total", "dE_total_dW1"])


def test_few_updates_stay_with_numpy() -> None:
    assert choose(lowered(2, 2), "float64", 100).backend.name == "numpy"


def test_many_updates_of_a_small_net_are_compiled() -> None:
    choice = choose(lowered(2, 2), "float64", 1_000_000)
    assert choice.backend.name in ("c", "numba")
    assert choice.why.startswith("estimated for 1,000,000 updates, compiling included: ")


def test_what_is_not_installed_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("c", "numba", "jax"):
        monkeypatch.setitem(BACKENDS, name, BACKENDS["numpy"].__class__(name, BACKENDS[name].cost, "no_such_package"))
    assert choose(lowered(2, 2), "float64", 1_000_000).backend.name == "numpy"


def test_a_format_of_one_back_end_chooses_it() -> None:
    assert choose(lowered(2, 2), "bfloat16", 1).backend.name == "jax"


def test_every_estimate_grows_with_the_work() -> None:
    little, much = Work(5, 100, 50, 5), Work(50, 10**6, 10**5, 10**4)
    for listed in BACKENDS.values():
        assert listed.cost(little, True).of(10) < listed.cost(much, True).of(10)
        assert listed.cost(much, False).run < listed.cost(much, True).run


def test_work_counts_products_and_functions() -> None:
    found = work(lowered(3, 4, rows=7))
    assert found.products > 7 * (3 * 4 + 4 * 2) + 7 * 4 * 3
    assert found.functions == 7 * 4
