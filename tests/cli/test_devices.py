"""`--devices`: training over several virtual devices prints what one device prints; what does not divide is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}


def losses(result: Any) -> list[list[float]]:
    return [run["loss"] for run in result.json["runs"]]


def test_a_sweep_over_seeds_is_that_on_one_device(symprop: Run) -> None:
    sweep = (
        "sweep",
        "xor",
        "--seeds",
        "0,1",
        "--learning-rates",
        "0.1,0.2,0.4",
        "--epochs",
        "4",
        "--batch-size",
        "2",
        "--json",
    )
    several = losses(symprop(*sweep, "--devices", "2", environment=DEVICES))
    one = losses(symprop(*sweep, "--backend", "numpy"))
    assert (len(several), one[0] != one[1]) == (6, True)
    for found, expected in zip(several, one, strict=True):
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_last_batch_that_does_not_divide_is_refused_at_once(symprop: Run, tmp_path: Path) -> None:
    rows = "\n".join(f"{k},{k * k % 7},{k % 2}" for k in range(10))
    (tmp_path / "data.csv").write_text(f"a,b,c\n{rows}\n")
    result = symprop("train", "2-3-1", "--data", "data.csv", "--batch-size", "4", "--devices", "4", environment=DEVICES)
    assert (result.code, result.out) == (2, "")
    assert "the last batch of an epoch, of 2 examples, does not divide over 4 devices. Leave out 2 of the" in result.err


def test_one_example_is_refused(symprop: Run) -> None:
    result = symprop("train", "classroom", "--devices", "3", environment=DEVICES)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: one example does not divide over 3 devices.")


def test_one_device_is_what_every_back_end_has(symprop: Run, refused: Run) -> None:
    assert symprop("train", "xor", "--backend", "numpy", "--devices", "1", "--epochs", "1").code == 0
    assert "expected a whole number from 1, got 0" in refused("train", "xor", "--devices", "0")
    assert "JAX has" in refused("train", "xor", "--backend", "auto", "--devices", "97")
