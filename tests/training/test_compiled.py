"""What a derivation is compiled into: each function reads only what it needs, loops are those of the functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.custom import activation_from_text
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.update_rule import UpdateRule
from symprop.training import compiled as module
from symprop.training.compiled import Compiled, Trainer
from symprop.training.evaluation import Evaluation

SPEC = NetworkSpec(3, [Dense(2, activation="exp", bias=False), Dense(1, trainable=False, bias_trainable=True)])
FORWARD = SPEC.elaborate()
NAMES = names_for(FORWARD)
RANDOM = np.random.default_rng(5)
PARAMETERS: dict[str, Any] = {
    "W1": RANDOM.uniform(-1, 1, (2, 3)), "W2": RANDOM.uniform(-1, 1, (1, 2)), "b2": np.array([0.5]),
}  # fmt: skip
EXAMPLES = {"x": RANDOM.uniform(-1, 1, (5, 3)), "t": RANDOM.uniform(-1, 1, (5, 1))}
FEED = {**PARAMETERS, **EXAMPLES}


def compiled_of(spec: NetworkSpec, dtype: str = "float64") -> Compiled:
    forward = spec.elaborate()
    return Compiled(derive(forward), names_for(forward), "numpy", dtype, Evaluation.of(spec))


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compiled_of(SPEC)


def descended(trainer: Trainer, rates: list[float]) -> dict[str, Any]:
    """The parameters after an update at each rate, by the gradients alone."""
    one = compiled_of(SPEC).gradient(5)
    values = {name: array.copy() for name, array in PARAMETERS.items()}
    for rate in rates:
        found = one({**EXAMPLES, **values})
        values["W1"] = values["W1"] - rate * found["dE_total_dW1"]
        values["b2"] = values["b2"] - rate * found["dE_total_db2"]
    return {name: values[name] for name in trainer.step.updated}


def test_gradients_are_by_what_is_trained(compiled: Compiled) -> None:
    assert compiled.gradients == {"W1": "dE_total_dW1", "b2": "dE_total_db2"}
    assert compiled.gradient(1).outputs == ("E_total", "dE_total_dW1", "dE_total_db2")


def test_gradients_by_what_is_no_parameter_are_left_out() -> None:
    wide = Compiled(derive(FORWARD, ["x", "W1", "a1"]), NAMES, "numpy", "float64", Evaluation(FORWARD, NAMES))
    assert list(wide.gradients) == ["W1"]


def test_a_prediction_reads_no_target(compiled: Compiled) -> None:
    assert compiled.predictor(1).outputs == ("a2",)
    assert compiled.predictor(1).arguments == ("x", "W1", "W2", "b2")
    assert "t" in compiled.gradient(1).arguments


def test_a_quantity_in_between_can_be_asked_for(compiled: Compiled) -> None:
    for copies, x in ((1, EXAMPLES["x"][0]), (5, EXAMPLES["x"])):
        executable = compiled.evaluator(FORWARD, ["z1"], copies)
        assert executable.arguments == ("x", "W1")
        assert executable({"x": x, **PARAMETERS})["z1"] == pytest.approx(x @ PARAMETERS["W1"].T, rel=1e-14)


def test_a_function_is_compiled_once_for_each_number_of_copies(compiled: Compiled) -> None:
    assert compiled.gradient(3) is compiled.gradient(3)
    assert compiled.gradient(3) is not compiled.gradient(4)


def test_few_loops_are_kept() -> None:
    fresh = compiled_of(SPEC)
    first = fresh.trainer(1, UpdateRule())
    assert fresh.trainer(1, UpdateRule()) is first
    others = [fresh.trainer(copies, UpdateRule()) for copies in (2, 3, 4)]
    assert fresh.trainer(1, UpdateRule()) is first
    fresh.trainer(1, UpdateRule("momentum"))
    assert fresh.trainer(1, UpdateRule()) is first  # what was used lately stays
    assert fresh.trainer(2, UpdateRule()) is not others[0]
    assert fresh.trainer(4, UpdateRule()) is others[-1]


def test_loops_are_told_apart(compiled: Compiled) -> None:
    rules = [UpdateRule(), UpdateRule("momentum"), UpdateRule(settings={"weight_decay": 0.1})]
    assert compiled.trainer(5, rules[-1]) is compiled.trainer(5, UpdateRule(settings={"weight_decay": 0.1}))
    loops = {id(compiled.trainer(5, rule).loop) for rule in rules}
    loops.add(id(compiled.trainer(5, UpdateRule(), frozenset("x")).loop))
    assert len(loops) == 4


def test_a_declared_optimizer_has_a_loop_of_its_own(compiled: Compiled) -> None:
    declared, name = UpdateRule(OPTIMIZERS["adam"]), UpdateRule("adam")
    assert compiled.trainer(5, declared) is compiled.trainer(5, UpdateRule(OPTIMIZERS["adam"]))
    plain = replace(OPTIMIZERS["sgd"], equations={"next_w": lambda w, g, eta: w - 2 * eta * g})
    loops = {compiled.trainer(5, rule).lowered.equations for rule in (name, UpdateRule(), UpdateRule(plain))}
    assert len(loops) == 3
    assert compiled.trainer(5, declared).lowered == compiled.trainer(5, name).lowered


@pytest.mark.parametrize(("backend", "same"), [("numpy", True), ("auto", False)])
def test_how_many_updates_there_are_matters_where_the_back_end_is_left_open(backend: str, same: bool) -> None:
    several = Compiled(derive(FORWARD), NAMES, backend, "float64", Evaluation(FORWARD, NAMES))
    assert (several.trainer(5, UpdateRule(), updates=2) is several.trainer(5, UpdateRule(), updates=3)) is same


def test_a_loop_descends_along_the_gradient(compiled: Compiled) -> None:
    trainer = compiled.trainer(5, UpdateRule())
    carried = trainer.carried(PARAMETERS, "float64")
    assert carried.keys() == {"W1", "b2"}
    losses, last = trainer.loop.run(3, carried, trainer.fixed(FEED, 0.25, 3, "float64"), {})
    for name, expected in descended(trainer, [0.25] * 3).items():
        np.testing.assert_allclose(last[name], expected, rtol=1e-12)
    assert losses[0] == pytest.approx(float(compiled.gradient(5)(FEED)["E_total"]), rel=1e-13)
    assert losses.shape == (3,)


def test_several_runs_go_at_once(compiled: Compiled) -> None:
    trainer, rates = compiled.trainer(5, UpdateRule(), runs=2), np.array([0.25, 2.0])
    whole = {name: np.stack([array, array]) for name, array in PARAMETERS.items()}
    carried, fixed = trainer.carried(whole, "float64"), trainer.fixed({**whole, **EXAMPLES}, rates, 3, "float64")
    losses, last = trainer.loop.run(3, carried, fixed, {})
    assert losses.shape == (3, 2)
    for row, rate in enumerate(rates):
        for name, expected in descended(trainer, [float(rate)] * 3).items():
            np.testing.assert_allclose(last[name][row], expected, rtol=1e-12)


@pytest.mark.parametrize("runs", [0, 2])
def test_states_start_where_the_rule_says(runs: int) -> None:
    """What counts the updates is one for all runs."""
    trainer = compiled_of(SPEC).trainer(5, UpdateRule("adam"), runs=runs)
    values = {name: np.stack([array] * runs) if runs else array for name, array in PARAMETERS.items()}
    carried = trainer.carried(values, "float32")
    assert {name: set(carried[name].ravel()) for name in trainer.step.starts} == {
        name: {start} for name, start in trainer.step.starts.items()
    }
    assert {carried[name].dtype for name in carried} == {np.dtype("float32")}
    number = trainer.step.update_number
    assert number is not None
    assert (carried[number].shape, float(carried[number])) == ((), 1.0)
    assert {carried[f"m_{name}"].shape == values[name].shape for name in ("W1", "b2")} == {True}


def test_the_first_quantity_that_is_not_finite_is_found() -> None:
    root = compiled_of(NetworkSpec(2, [Dense(3, activation_from_text("root", "sqrt(x)"), bias=False), Dense(1)]))
    w = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    feed = {
        "x": np.array([[1.0, 1.0], [1.0, -0.75]]),
        "t": np.ones((2, 1)),
        "W1": w,
        "W2": np.ones((1, 3)),
        "b2": np.ones(1),
    }
    with np.errstate(invalid="ignore"):
        found = root.first_not_finite(2, feed)
        assert root.first_not_finite(2, {**feed, "x": np.abs(feed["x"])}) is None
    assert found is not None
    assert (found.name, [access.tensor.name for access in found.value.accesses]) == ("a_h2", ["h2"])


def test_equations_do_not_predict() -> None:
    forward = EquationsSpec(["E = w*x"], "E", ["w"]).elaborate()
    compiled = Compiled(derive(forward), Names(), "numpy", "float64", Evaluation(forward, Names()))
    with pytest.raises(UserError, match="only a network with layers predicts"):
        compiled.predictor(1)


def test_memory_is_estimated_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compiled_of(SPEC)
    monkeypatch.setattr(module, "MOST_BYTES", 8_000)
    compiled.gradient(10)
    for attempt in (
        lambda: compiled.gradient(1000),
        lambda: compiled.predictor(1000),
        lambda: compiled.trainer(1, UpdateRule(), runs=1000),
    ):
        with pytest.raises(
            BudgetError, match=r"the data are too large to compute with at once \(expected at most 0 GB"
        ):
            attempt()


def test_smaller_numbers_take_less_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered = compiled_of(SPEC).trainer(9, UpdateRule()).lowered
    numbers = sum(int(np.prod(tensor.extents)) for tensor in lowered.tensors.values())
    monkeypatch.setattr(module, "MOST_BYTES", 4 * numbers)
    compiled_of(SPEC, "float32").trainer(9, UpdateRule())
    with pytest.raises(BudgetError, match="too large"):
        compiled_of(SPEC).trainer(9, UpdateRule())
