"""Losses on a network's output: their totals by hand, the forms that stay stable, and penalties on weights alone."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from symprop.layers import layer_class
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.rules.joint_losses import JOINT_LOSSES
from tests.layers.spelled import evaluated

X = np.array([[0.5, -1.0, 0.25], [1.5, 0.75, -0.5]])
T = np.array([[0.2, 0.5, 0.3], [0.1, 0.3, 0.6]])


def passed_on(loss: object, kind: str = "Activation", **options: object) -> NetworkSpec:
    layer = layer_class(kind)(**({"activation": "identity"} if kind == "Activation" else options))
    return NetworkSpec(3, [layer], loss, batch=2)  # type: ignore[arg-type]


def softmax(x: np.ndarray) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def test_a_batch_has_the_mean_of_its_examples() -> None:
    found = evaluated(passed_on("half_squared_error"), x=X, t=T)
    assert found["E_total"] == pytest.approx(((T - X) ** 2).sum() / 2 / 2)
    mean = evaluated(passed_on("mean_squared_error"), x=X, t=T)
    assert mean["E_total"] == pytest.approx(((T - X) ** 2).mean())


@pytest.mark.parametrize("smoothing", [0, 0.1])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("categorical_cross_entropy_from_logits", "Activation"),
        ("categorical_cross_entropy", "Softmax"),
        ("negative_log_likelihood", "LogSoftmax"),
    ],
)
def test_the_three_cross_entropies_are_one(name: str, kind: str, smoothing: float) -> None:
    """Of a softmax its logits are read, so that the gradient is ``(p − t) / N``."""
    target = (1 - smoothing) * T + smoothing / 3
    found = evaluated(passed_on(JOINT_LOSSES[name].smoothed(smoothing), kind), x=X, t=T)
    assert found["E_total"] == pytest.approx(-(target * np.log(softmax(X))).sum() / 2)
    assert found["dE_total_dx"] == pytest.approx((softmax(X) - target) / 2)


@pytest.mark.parametrize(("name", "kind"), [("kl_divergence_from_logits", "Activation"), ("kl_divergence", "Softmax")])
def test_the_divergence_of_a_distribution_from_itself_is_nothing(name: str, kind: str) -> None:
    found = evaluated(passed_on(name, kind), x=X, t=softmax(X))
    assert found["E_total"] == pytest.approx(0, abs=1e-15)
    assert found["dE_total_dx"] == pytest.approx(np.zeros_like(X), abs=1e-15)


def test_cross_entropy_after_a_sigmoid_is_computed_on_the_logit() -> None:
    spec = NetworkSpec(1, [Dense(1, "sigmoid", bias=False)], "binary_cross_entropy")
    found = evaluated(spec, x=[1.0], W1=[[800.0]], t=[0.0])
    assert found["E_total"] == pytest.approx(800.0)
    assert evaluated(spec, x=[1.0], W1=[[0.5]], t=[1.0])["E_total"] == pytest.approx(log(1 + exp(-0.5)))


def test_penalties_are_on_the_weights_and_not_on_the_biases() -> None:
    spec = NetworkSpec(3, [Dense(2, l1=0.5, l2=0.25)], batch=2)
    weights, bias = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]]), np.array([7.0, -8.0])
    given = {"x": X, "t": T[:, :2], "W1": weights, "b1": bias}
    with_penalty, without = evaluated(spec, **given), evaluated(NetworkSpec(3, [Dense(2)], batch=2), **given)
    assert with_penalty["R1"] == pytest.approx(0.5 * np.abs(weights).sum() + 0.25 * (weights**2).sum())
    assert with_penalty["E_total"] - without["E_total"] == pytest.approx(with_penalty["R1"])
    moved = with_penalty["dE_total_dW1"] - without["dE_total_dW1"]
    assert moved == pytest.approx(0.5 * np.sign(weights) + 0.5 * weights)
    assert with_penalty["dE_total_db1"] == pytest.approx(without["dE_total_db1"])


def test_penalties_of_an_own_layer_are_on_what_it_names() -> None:
    """On parameters of any number of axes, and on no others."""
    own = layer_class("IndexLayer")(("y[j] = c*w[j]*x[j] + v[j]",), l1=0.5, l2=0.25, penalised=("w", "c"))
    w = np.array([1.0, -2.0, 3.0])
    found = evaluated(NetworkSpec(3, [own]), w1=w, c1=-4.0, v1=[5.0, 6.0, 7.0])
    assert found["R1"] == pytest.approx(0.5 * (np.abs(w).sum() + 4) + 0.25 * ((w**2).sum() + 16))


def test_a_weight_that_layers_share_gets_the_penalties_of_each() -> None:
    layers = [Dense(3, share={"W": "V"}, l2=0.5), Dense(3, share={"W": "V"}, l2=0.25), Dense(3, share={"W": "V"})]
    V = np.arange(9.0).reshape(3, 3)
    found = evaluated(NetworkSpec(3, layers), V=V)
    assert found["R1"] + found["R2"] == pytest.approx(0.75 * (V**2).sum())
