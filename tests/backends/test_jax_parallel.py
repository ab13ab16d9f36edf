"""The JAX back end over 8 virtual devices, and over 2 processes, gives what one device gives; each in processes of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symprop.backends.jax.parallel import data_parallel, join
from symprop.errors import UserError
from tests.backends.jax_processes import FITS, REFUSED, net

ROOT = Path(__file__).parent.parent.parent


def started(devices: int, *arguments: str) -> subprocess.Popen[str]:
    flags = f"--xla_force_host_platform_device_count={devices}"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.backends.jax_processes", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)


def printed(process: subprocess.Popen[str]) -> Any:
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(out.splitlines()[-1])


@cache
def on_eight_devices() -> Any:
    return printed(started(8, "devices"))


def check_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-9)
    for name in expected:
        assert flat(found[name]) == pytest.approx(flat(expected[name]), rel=1e-9, abs=1e-12), name


def flat(numbers: Any) -> list[float]:
    return [each for part in numbers for each in flat(part)] if isinstance(numbers, list) else [numbers]


def test_eight_devices_agree_with_one() -> None:
    run = on_eight_devices()
    assert len(set(run["one"]["losses"])) == len(run["one"]["losses"])
    check_same(run["eight"], run["one"])


def test_what_does_not_fit_is_refused() -> None:
    many, uneven, none = on_eight_devices()["refused"]
    assert many.startswith("JAX has 8 devices (expected 1 to 8, got 9)")
    assert "XLA_FLAGS=--xla_force_host_platform_device_count" in many
    assert uneven.startswith("'x': a batch of 16 does not divide over 3 devices")
    assert none.startswith("JAX has 8 devices (expected 1 to 8, got 0)")


@cache
def fits() -> Any:
    return printed(started(4, "fits"))


@pytest.mark.parametrize("runs", ["one", "same", "apart"])
@pytest.mark.parametrize("name", FITS)
def test_training_on_several_devices_is_that_on_one(name: str, runs: str) -> None:
    """The axis of the examples is divided, wherever it stands: after that of the runs, or in the network's own batch."""
    several, one = fits()["found"][f"{name}, {runs}"]
    assert len(set(flat(one))) == len(flat(one))
    assert flat(several) == pytest.approx(flat(one), rel=1e-9)


EXPECTED = {
    "one example": "one example does not divide over 3 devices. Give a batch of several.",
    "one example at a time": "one example does not divide over 3 devices. Give a batch of several.",
    "the whole": "'x': a batch of 10 does not divide over 4 devices. Take a multiple of 4 at once, or fewer devices.",
    "the rest": "the last batch of an epoch, of 2 examples, does not divide over 4 devices."
    " Leave out 2 of the examples or add 2, or take fewer devices.",
    "a rest of one": "the last batch of an epoch, of one example, does not divide over 4 devices."
    " Leave out 1 of the examples or add 3, or take fewer devices.",
    "a rest of batches": "the last batch of an epoch, of one batch of 3, does not divide over 2 devices."
    " Leave out 3 of the examples or add 3, or take fewer devices.",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_divide_is_refused_before_the_first_update(name: str) -> None:
    assert fits()["messages"][name] == [EXPECTED[name]] * 3


@pytest.mark.parametrize("rows", [pytest.param("own", marks=pytest.mark.slow), "all"])
def test_two_processes_agree_with_one(rows: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    both = [started(2, "processes", address, str(number), rows) for number in range(2)]
    for process in both:
        check_same(printed(process), on_eight_devices()["one"])


def test_more_devices_than_there_are() -> None:
    with pytest.raises(UserError, match=r"JAX has 1 device \(expected 1 to 1, got 2\). On a CPU, XLA_FLAGS="):
        data_parallel(net(), "float64", frozenset(["x"]), 2, {"x": 0})


def test_a_process_that_is_none_of_them() -> None:
    with pytest.raises(UserError, match=r"wrong number of a process \(expected 0 to 1, got 2\)"):
        join("127.0.0.1:1", 2, 2)
