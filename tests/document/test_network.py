"""The first chapter of a layer-by-layer document, and what it says of the loss."""

from __future__ import annotations

import pytest

import symprop
from symprop.document.blocks import Document
from symprop.layers.layer import Layer
from symprop.notation.plain import plain_chain
from symprop.rules.joint_losses import JOINT_LOSSES
from tests.document.reading import equations, prose


def told(*layers: Layer, loss: str = "mean_squared_error") -> Document:
    return symprop.Network((4, 3), list(layers), loss).derive().document()


@pytest.mark.parametrize(
    ("last", "loss", "output", "read"),
    [
        (symprop.LogSoftmax(), "negative_log_likelihood", "y2", "a1 and l2"),
        (symprop.Softmax(), "categorical_cross_entropy", "p2", "a1 and l2"),
        (symprop.Dense(2, "sigmoid"), "binary_cross_entropy", "a2", "z2"),
    ],
)
def test_a_loss_that_takes_the_place_of_a_layer_says_so(last: Layer, loss: str, output: str, read: str) -> None:
    texts = prose(told(symprop.Dense(5), last, loss=loss))
    (text,) = [text for text in texts if text.startswith("The loss is a function of")]
    assert text.startswith(f"The loss is a function of {output}, and is computed from {read}, where it means the same")
    assert text.endswith(f"does not go through {output}.")


def test_a_loss_of_the_outputs_says_no_more() -> None:
    assert not any(text.startswith("The loss is a function of") for text in prose(told(symprop.Dense(5, "tanh"))))


def test_penalties_are_part_of_the_loss() -> None:
    layers = [symprop.Dense(5, "tanh", l2=0.25), symprop.Dense(2, l1=0.5)]
    assert "The penalties R1 and R2 on the weights are added to it." in prose(told(*layers))
    joint = symprop.Network((4, 3), [layers[0], symprop.Softmax()], "categorical_cross_entropy").derive().document()
    assert "The penalty R1 on the weights is added to it." in prose(joint)
    assert not any("penalt" in text for text in prose(told(symprop.Dense(5))))


def test_what_follows_from_a_condition_is_no_condition() -> None:
    loss = JOINT_LOSSES["categorical_cross_entropy"].smoothed(0.1)
    found = equations(symprop.Network((4, 3), [symprop.Softmax()], loss, batch=2).derive(wrt="x").document())
    assert [plain_chain(chain) for chain in found["conditions"]] == ["Sum(t[n,j,k], k) = 1"]
    assert [plain_chain(chain) for chain in found["consequences"]] == ["Sum(u[n,j,k], k) = 1"]


def test_only_what_is_trained_is_counted() -> None:
    net = symprop.Network((4, 3), [symprop.Dense(5, trainable=False), symprop.Dense(2)])
    said = "A network of 2 layers with 12 trainable parameters."
    assert said in prose(net.derive().document())
    assert said in prose(net.derive(wrt=["x"]).document())
