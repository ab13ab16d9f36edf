"""Every loss over classes: declared in full; what they compute is tested with the layers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symprop.errors import UserError
from symprop.layers import HOMES, layer_class
from symprop.network import NetworkSpec
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


def test_smoothing_is_of_the_targets_and_of_nothing_spelled_like_them() -> None:
    lines = ("logit[..., k] = a[..., k] - 1", "E[...] = Sum(t[..., k]*logit[..., k], k)")
    rule = JointLoss("mine", lines, r"\ell", "made up")
    assert rule.distributions == ()
    plain, smoothed = (
        NetworkSpec(3, [layer_class("Dense")(2)], loss).elaborate() for loss in (rule, rule.smoothed(0.25))
    )
    assert plain.facts == smoothed.facts == ()
    assert [str(access) for access in smoothed.by_name["E"].value.accesses] == ["u[k]", "logit[k]"]
    assert [str(access) for access in plain.by_name["E"].value.accesses] == ["t[k]", "logit[k]"]


@pytest.mark.parametrize("distributions", [(), ("t",)])
def test_smoothing_is_kept_where_another_loss_means_the_same(distributions: tuple[str, ...]) -> None:
    rule = replace(JOINT_LOSSES["categorical_cross_entropy"], distributions=distributions).smoothed(0.25)
    assert "u" in NetworkSpec(3, [layer_class("Softmax")()], rule).elaborate().by_name


def test_smoothing_keeps_what_is_declared() -> None:
    loss = JOINT_LOSSES["kl_divergence"]
    smoothed = loss.smoothed(0.25)
    assert smoothed.smoothed(0) is smoothed
    assert (smoothed.name, smoothed.latex, smoothed.reference) == (loss.name, loss.latex, loss.reference)
    assert (smoothed.after, smoothed.domain) == (loss.after, loss.domain)
    with pytest.raises(UserError, match="label smoothing"):
        loss.smoothed(1)
