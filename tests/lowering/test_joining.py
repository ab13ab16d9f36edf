"""Updates and the gradients that they add: joined where the update is linear, large, and alone in reading the gradient."""

from __future__ import annotations

import pytest

from symprop.derivation.sweep import derive
from symprop.layers.dense import Dense
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.update_rule import UpdateRule

WIDE = NetworkSpec(41, [Dense(53, "tanh"), Dense(3)], "squared_error")


def update(rule: UpdateRule, rows: int = 19, gradients: bool = False) -> Lowered:
    derivation = derive(batch(WIDE.elaborate(), rows))
    step = training_step(derivation, rule)
    carried = {new: old for old, new in step.updated.items()}
    more = derivation.gradients.values() if gradients else ()
    return lower(step.program, [step.program.loss, *carried, *more], carried)


def names(lowered: Lowered) -> set[str]:
    return {line.name for line in lowered.equations}


@pytest.mark.parametrize(
    ("rule", "linear"),
    [(UpdateRule("sgd"), True), (UpdateRule("momentum"), True), (UpdateRule("sgd", settings={"clip_value": 9}), False)],
    ids=["sgd", "momentum", "clipped"],
)
def test_a_large_gradient_goes_where_its_update_is_linear_in_it(rule: UpdateRule, linear: bool) -> None:
    kept = names(update(rule))
    assert ("dE_total_dW1" not in kept) is linear
    assert "dE_total_dW2" in kept  # its factors are larger than itself
    assert "dE_total_db1" in kept


def test_the_rate_multiplies_the_smaller_factor() -> None:
    lines = {line.name: str(line.target) for line in update(UpdateRule("sgd")).equations}
    assert lines["next_W1_part"] == "next_W1_part[n, k]"  # 41 inputs, 53 units


def test_what_is_wanted_or_read_twice_stays() -> None:
    assert "dE_total_dW1" in names(update(UpdateRule("sgd"), gradients=True))
    assert "dE_total_dW1" in names(update(UpdateRule("adam")))
    assert "dE_total_dW1" in names(update(UpdateRule("sgd", settings={"clip_norm": 1.0})))


def test_small_programs_keep_every_gradient() -> None:
    assert "dE_total_dW1" in names(update(UpdateRule("sgd"), rows=1))
