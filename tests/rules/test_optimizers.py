"""The optimizers and schedules as declared, and their numbers over 100 updates against those of PyTorch and optax."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_equation
from symprop.layers.dense import Dense
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.optimizers import OPTIMIZERS, Optimizer
from symprop.rules.schedules import SCHEDULES
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT

GOLDEN = json.loads((Path(__file__).parent / "golden" / "numbers.json").read_text(encoding="utf-8"))
CASES = GOLDEN["cases"]
ROUNDING = 1e-12


def case_name(case: dict[str, Any]) -> str:
    return "-".join([case["library"], case["optimizer"], case["schedule"], *case["settings"]])


@lru_cache(maxsize=1)
def problem() -> Any:
    return derive(NetworkSpec(2, [Dense(3, activation="tanh"), Dense(4)]).elaborate())


def run(rule: UpdateRule, rate: float) -> dict[str, dict[str, Any]]:
    """The parameters after the updates that were recorded."""
    step = training_step(problem(), rule)
    given = {**step.settings, step.learning_rate: rate, "x": GOLDEN["x"], "t": GOLDEN["t"], **GOLDEN["start"]}
    given |= {} if step.total_updates is None else {step.total_updates: GOLDEN["updates"]}
    tensors = step.program.tensors
    known = {name: np.array(value, dtype=object) for name, value in given.items()}
    known |= {name: np.full(tensors[name].extents, start, dtype=object) for name, start in step.starts.items()}
    wanted, found = CASES[0]["parameters"], {}
    for number in range(1, GOLDEN["updates"] + 1):
        for equation in step.program.equations:
            known[equation.name] = evaluate_equation(equation, known, FLOAT, {})
        known |= {old: known[new] for old, new in step.updated.items()}
        if str(number) in wanted:
            found[str(number)] = {name: known[name] for name in GOLDEN["start"]}
    return found


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_a_hundred_updates_give_the_recorded_numbers(case: dict[str, Any]) -> None:
    found = run(UpdateRule(case["optimizer"], case["schedule"], case["settings"]), case["rate"])
    for number, parameters in case["parameters"].items():
        for name, expected in parameters.items():
            ours = np.array(found[number][name], dtype=float)
            np.testing.assert_allclose(ours, np.array(expected), ROUNDING, ROUNDING, err_msg=f"{name} at {number}")


def test_every_rule_has_recorded_numbers() -> None:
    assert {case["optimizer"] for case in CASES} == set(OPTIMIZERS)
    assert {case["schedule"] for case in CASES} == set(SCHEDULES)
    given = {name for case in CASES for name in case["settings"]}
    assert {setting.name for rule in OPTIMIZERS.values() for setting in rule.settings} <= given
    assert {"clip_norm", "clip_value", "weight_decay"} <= given


def test_other_settings_give_other_numbers() -> None:
    """So the comparison can fail."""
    case = next(case for case in CASES if case["optimizer"] == "adam" and case["settings"])
    found = run(UpdateRule("adam", settings={**case["settings"], "epsilon": 2e-3}), case["rate"])["100"]["b2"]
    assert not np.allclose(np.array(found, dtype=float), case["parameters"]["100"]["b2"], 1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.name)
def test_a_declaration_is_whole(optimizer: Optimizer) -> None:
    assert re.search(r", .*(18|19|20)\d\d", optimizer.reference)
    assert {f"next_{state}" for state in optimizer.states} | {"next_w"} <= optimizer.equations.keys()
    known = {"w", "g", "eta", "tau", *optimizer.states, *(setting.symbol for setting in optimizer.settings)}
    read = set()
    for name, expression in optimizer.lines:
        assert {symbol.name for symbol in expression.free_symbols} <= known
        read |= {symbol.name for symbol in expression.free_symbols}
        known.add(name)
    assert {setting.symbol for setting in optimizer.settings} <= read
    assert all(setting.checked(setting.default) == setting.default for setting in optimizer.settings)
    assert optimizer.learning_rate > 0
