"""The functions sliced from one training step: each reads only what it needs, on floats and on arrays alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.errors import BudgetError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.training import compiled as module
from symprop.training.compiled import Compiled, evaluator
from symprop.training.evaluation import Evaluation

SPEC = NetworkSpec(3, [Dense(2, activation="exp", bias=False), Dense(1, trainable=False, bias_trainable=True)])
FORWARD = SPEC.elaborate()
NAMES = names_for(FORWARD)
FEED: dict[str, Any] = {f"w{k}": 0.1 * k for k in range(1, 9)} | {"b_o1": 0.5, "t1": np.array([0.25])}
FEED |= {f"i{k}": np.array([1.0 / k]) for k in (1, 2, 3)}


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return Compiled(derive(FORWARD), NAMES, "numpy", Evaluation(FORWARD, NAMES))


def test_only_what_is_trained_is_updated(compiled: Compiled) -> None:
    assert compiled.trained == [*(f"w{k}" for k in range(1, 7)), "b_o1"]
    assert compiled.gradients.keys() == {"W1", "b2"}
    assert compiled.scalars("W2") == ["w7", "w8"]


def test_a_prediction_reads_no_target(compiled: Compiled) -> None:
    assert compiled.forward.outputs == ("a_o1",)
    assert "t1" not in compiled.forward.arguments
    assert "t1" in compiled.gradient.arguments


def test_floats_arrays_and_rates_step_alike(compiled: Compiled) -> None:
    start = [FEED[name] for name in compiled.trained]
    by_floats = compiled.stepper_on_floats(FEED)(start, 0.25)
    by_arrays = compiled.stepper(FEED)(start, 0.25)
    assert by_floats == pytest.approx([float(np.squeeze(value)) for value in by_arrays], rel=1e-14)
    rates = np.array([[0.25], [2.0]])
    both = compiled.stepper(FEED)([np.full((2, 1), value) for value in start], rates)
    assert [float(np.broadcast_to(value, (2, 1))[0, 0]) for value in both] == pytest.approx(by_floats, rel=1e-14)


def test_what_floats_cannot_hold_is_left_to_arrays(compiled: Compiled) -> None:
    huge = [1e4 for _ in compiled.trained]
    with np.errstate(over="ignore", invalid="ignore"):
        loss, *_ = compiled.stepper_on_floats(FEED)(huge, 0.5)
        assert not np.isfinite(loss) or loss > 1e100


def test_a_quantity_in_between_can_be_asked_for() -> None:
    executable = evaluator(FORWARD, [FORWARD.tensors["z1"]], NAMES, "numpy")
    assert executable.outputs == ("h1", "h2")
    expected = sum(FEED[f"w{k}"] / k for k in (1, 2, 3))
    assert float(np.squeeze(executable(FEED)["h1"])) == pytest.approx(expected, rel=1e-15)


def test_memory_is_estimated_before_it_is_taken(compiled: Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.check_memory(1000)
    monkeypatch.setattr(module, "MOST_BYTES", 8_000)
    with pytest.raises(BudgetError, match="the data are too large to compute with at once"):
        compiled.check_memory(1000)
