"""Every loss over classes: declared in full; what they compute is tested with the layers."""

from __future__ import annotations

import pytest

from symprop.errors import UserError
from symprop.layers import HOMES
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.losses import LOSSES
from tests.rules import contract


@pytest.mark.parametrize("loss", JOINT_LOSSES.values(), ids=JOINT_LOSSES)
def test_a_loss_is_declared_in_full(loss: JointLoss) -> None:
    assert JOINT_LOSSES[loss.name] is loss
    contract.check_text(loss)
    assert loss.domain[0] < loss.domain[1]
    assert loss.targets == (0, 1)
    assert "t" in loss.distributions
    assert set(loss.after) <= set(HOMES)
    assert set(loss.after.values()) <= set(JOINT_LOSSES)


def test_each_loss_has_a_name_of_its_own_in_formulas() -> None:
    looks = [loss.latex for loss in (*LOSSES.values(), *JOINT_LOSSES.values())]
    assert len(set(looks)) == len(looks)


def test_smoothing_keeps_what_is_declared() -> None:
    loss = JOINT_LOSSES["kl_divergence"]
    smoothed = loss.smoothed(0.25)
    assert smoothed.smoothed(0) is smoothed
    assert (smoothed.name, smoothed.latex, smoothed.reference) == (loss.name, loss.latex, loss.reference)
    assert (smoothed.after, smoothed.domain) == (loss.after, loss.domain)
    with pytest.raises(UserError, match="label smoothing"):
        loss.smoothed(1)
