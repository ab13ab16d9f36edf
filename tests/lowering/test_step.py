"""The training step as a program: what is updated, from what, and under which names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.equations import EquationsSpec
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.evaluate import evaluate_program
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.lowering.step import TrainingStep, training_step
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.optimizers import OPTIMIZERS, Optimizer
from symprop.rules.schedules import SCHEDULES
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT
from symprop.views.delta import with_added

SGD = OPTIMIZERS["sgd"]


def test_every_trained_parameter_is_updated_and_no_other() -> None:
    layers = [Dense(3, bias="layer", bias_trainable=False), Dense(2, trainable=False, bias_trainable=True)]
    step = training_step(derive(NetworkSpec(4, layers).elaborate()), SGD)
    assert step.updated == {"W1": "next_W1", "b2": "next_b2"}
    assert step.learning_rate == "eta"


def test_a_gradient_that_is_no_parameters_updates_nothing() -> None:
    forward = NetworkSpec(3, [Dense(2)]).elaborate()
    assert training_step(derive(forward, ["x", "a1", "W1"]), SGD).updated == {"W1": "next_W1"}


def test_updates_are_simultaneous() -> None:
    forward = NetworkSpec(1, [Dense(1, bias=False), Dense(1, bias=False)]).elaborate()
    step = training_step(derive(forward), SGD)
    program = unroll(step.program, names_for(forward))
    found = evaluate_program(program, {"i1": 1, "t1": 0, "w1": 2, "w2": 3, "eta": 0.25}, FLOAT)
    assert (found["next_w1"], found["next_w2"]) == (2 - 0.25 * 18, 3 - 0.25 * 12)


def test_names_that_are_taken_are_left_alone() -> None:
    derivation = derive(EquationsSpec(["E = eta*next_w*w"], loss="E", parameters=["w", "next_w"]).elaborate())
    step = training_step(derivation, SGD)
    assert step.learning_rate == "eta_"
    assert step.updated == {"w": "next_next_w", "next_w": "next_next_next_w"}
    found = evaluate_program(unroll(step.program, Names()), {"w": 2, "next_w": 3, "eta": 1, "eta_": 0.5}, FLOAT)
    assert found["next_next_w"] == 0.5


NET = NetworkSpec(3, [Dense(4, activation="tanh"), Dense(2)])
ALL = {"clip_value": 0.5, "clip_norm": 0.25, "weight_decay": 0.125}


def step_of(*rule: Any) -> TrainingStep:
    return training_step(derive(NET.elaborate()), UpdateRule(*rule))


def numbers(step: TrainingStep, seed: int = 3) -> dict[str, Any]:
    """A value for everything that is free in a step, in its third update of ten."""
    random = np.random.default_rng(seed)
    given = {t.name: random.uniform(0.1, 2.0, t.extents) for t in step.program.free}
    given |= {step.learning_rate: np.array(0.5), **{name: np.array(v) for name, v in step.settings.items()}}
    given |= {} if step.update_number is None else {step.update_number: np.array(3.0)}
    return given | ({} if step.total_updates is None else {step.total_updates: np.array(10.0)})


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_step_unrolled_gives_the_same_numbers(optimizer: str, schedule: str) -> None:
    step = step_of(optimizer, schedule, ALL)
    names = with_added(names_for(NET.elaborate()), step.program)
    whole = evaluate_arrays(step.program, numbers(step), FLOAT)
    scalars = {
        name: float(value)
        for tensor in step.program.free
        for name, value in zip(names.elements(tensor), np.ravel(whole[tensor.name]), strict=True)
    }
    found = evaluate_program(unroll(step.program, names), scalars, FLOAT)
    for new in step.updated.values():
        elements = names.elements(step.program.tensors[new])
        expected = [float(value) for value in np.ravel(whole[new])]
        assert [found[name] for name in elements] == pytest.approx(expected, rel=1e-12), new


def test_what_a_step_tells() -> None:
    step = step_of("adam", "cosine", {"clip_norm": 2.0})
    tensors = step.program.tensors
    assert step.settings == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "kappa": 0.0, "c_norm": 2.0}
    assert all(tensors[name].role is Role.HYPERPARAMETER for name in (*step.settings, step.learning_rate))
    assert (step.update_number, step.total_updates) == ("tau", "tau_total")
    states = {f"{letter}_{name}": 0.0 for name in ("W1", "b1", "W2", "b2") for letter in "mv"}
    assert step.starts == {**states, "tau": 1.0}
    assert step.updated == {name: f"next_{name}" for name in ("W1", "b1", "W2", "b2", *step.starts)}
    assert {name: tensors[name].start for name in states} == states
    free = {tensor.name for tensor in step.program.free}
    assert {*step.settings, *step.starts, "tau_total"} <= free


def test_numbers_that_parameters_share_are_worked_out_once() -> None:
    scalars = [e.name for e in step_of("adam", "cosine").program.equations if e.origin.rule == "update"]
    assert [name for name in scalars if name in ("c_m", "c_v", "eta_tau")] == ["eta_tau", "c_m", "c_v"]


def test_what_a_rule_does_not_need_is_not_there() -> None:
    step = step_of("sgd")
    assert (step.settings, step.starts, step.update_number, step.total_updates) == ({}, {}, None, None)
    assert {t.name for t in step.program.free} == {"x", "t", "W1", "b1", "W2", "b2", "eta"}
    assert step_of("momentum", "step").total_updates is None


def changes(step: TrainingStep, given: dict[str, Any]) -> Any:
    """How far each parameter goes at the rate 1, all in one vector."""
    found = evaluate_arrays(step.program, {**given, "eta": np.array(1.0)}, FLOAT)
    pairs = [(old, new) for old, new in step.updated.items() if old in given]
    return np.concatenate([np.ravel(found[old] - found[new]) for old, new in pairs]).astype(float)


def test_clipped_gradients_keep_both_bounds() -> None:
    plain = step_of("sgd")
    given = numbers(plain)
    gradient = changes(plain, given)
    value, norm = float(np.median(np.abs(gradient))), float(np.linalg.norm(gradient)) / 7
    by_value = changes(step_of("sgd", "constant", {"clip_value": value}), {**given, "c_value": np.array(value)})
    np.testing.assert_allclose(by_value, np.clip(gradient, -value, value), 1e-9)
    by_norm = changes(step_of("sgd", "constant", {"clip_norm": norm}), {**given, "c_norm": np.array(norm)})
    np.testing.assert_allclose(by_norm, gradient / 7, 1e-9)
    loose = changes(step_of("sgd", "constant", {"clip_norm": norm}), {**given, "c_norm": np.array(8 * norm)})
    np.testing.assert_allclose(loose, gradient, 1e-9)


def test_a_gradient_of_nothing_is_not_clipped_to_nan() -> None:
    derivation = derive(EquationsSpec(["E = (w - t)**2"], loss="E", parameters=["w"]).elaborate())
    step = training_step(derivation, UpdateRule("sgd", "constant", {"clip_norm": 1.0}))
    found = evaluate_program(step.program, {"w": 2, "t": 2, "eta": 0.5, "c_norm": 1.0}, FLOAT)
    assert found["next_w"] == 2


def test_decay_adds_to_the_gradient_or_stands_apart() -> None:
    def names(*rule: Any) -> set[str]:
        return {e.name for e in step_of(*rule).program.equations if e.origin.rule == "update"}

    assert "g_W1" in names("adam", "constant", {"weight_decay": 0.1})
    assert not {"g_W1", "clipped_W1"} & names("adamw", "constant", {"weight_decay": 0.1})


def test_states_do_not_take_names_that_are_taken() -> None:
    texts = ["E = m*m_w*beta1*tau*c_m*w"]
    parameters = ["m", "m_w", "beta1", "tau", "c_m", "w"]
    derivation = derive(EquationsSpec(texts, loss="E", parameters=parameters).elaborate())
    step = training_step(derivation, UpdateRule("adam", "cosine", ALL))
    assert {name: step.updated[name] for name in parameters} == {name: f"next_{name}" for name in parameters}
    assert step.starts["m__m"] == step.starts["m__m_w"] == 0.0
    assert (step.settings["beta1_"], step.update_number) == (0.9, "tau_")


def test_a_rule_may_name_parts_of_its_own() -> None:
    mine = Optimizer(
        "mine",
        {"h": lambda w, g: w * g, "next_w": lambda w, h, eta: w - eta * h},
        reference="none",
    )
    step = training_step(derive(NET.elaborate()), mine)
    assert step.program.tensors["h_W1"].primal == "W1"
    found = evaluate_arrays(step.program, numbers(step), FLOAT)
    expected = found["W2"] - 0.5 * found["W2"] * found["dE_total_dW2"]
    np.testing.assert_allclose(found["next_W2"].astype(float), expected.astype(float))
