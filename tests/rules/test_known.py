"""What others call a rule leads to it, and to no rule that has another name."""

from __future__ import annotations

import pytest

from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.known import Known, nearest_rule
from symprop.rules.losses import LOSSES

TABLES: list[dict[str, Known]] = [{**LOSSES, **JOINT_LOSSES}, dict(ACTIVATIONS)]


@pytest.mark.parametrize("table", TABLES, ids=["losses", "activations"])
def test_every_other_name_leads_to_its_rule(table: dict[str, Known]) -> None:
    for name, rule in table.items():
        for other in rule.also:
            assert other not in table
            assert repr(name) in nearest_rule(other, table)
            assert repr(name) in nearest_rule(other.upper().replace("_", "-"), table)


@pytest.mark.parametrize(
    ("loss", "meant"),
    [
        ("mse", "'mean_squared_error'"),
        ("cross_entropy", "'binary_cross_entropy' or 'categorical_cross_entropy'"),
        ("softmax_cross_entropy", "'categorical_cross_entropy_from_logits' or 'categorical_cross_entropy'"),
        ("hubert", "'huber'"),
    ],
)
def test_an_unknown_loss(loss: str, meant: str) -> None:
    with pytest.raises(UserError) as error:
        NetworkSpec(2, [Dense(2)], loss=loss).loss_rule  # noqa: B018 - it is to be refused
    assert error.value.remedy == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    ("activation", "remedy"),
    [
        ("swish", "Did you mean 'silu'?"),
        ("softmax", "That is a layer of its own, Softmax, "),
        ("LogSoftmax", "Known: "),
        ("log_softmax", "That is a layer of its own, LogSoftmax, "),
    ],
)
def test_an_unknown_activation(activation: str, remedy: str) -> None:
    with pytest.raises(UserError) as error:
        NetworkSpec(2, [Dense(2, activation)])
    assert (error.value.remedy or "").startswith(remedy)
