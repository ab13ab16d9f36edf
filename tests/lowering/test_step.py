"""The training step as a program: what is updated, from what, and under which names."""

from __future__ import annotations

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.equations import EquationsSpec
from symprop.ir.evaluate import evaluate_program
from symprop.layers.dense import Dense
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.optimizers import OPTIMIZERS
from symprop.scalar.numeric import FLOAT

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
