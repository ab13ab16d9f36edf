"""Many examples from one: the law that a batch made so and a batch declared derive the same numbers."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import Program, integer_tensors
from symprop.ir.tensor import Role
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm, LayerNorm
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.layers.softmax import LogSoftmax, Softmax
from symprop.lowering.batch import DATA, batch
from symprop.network import NetworkSpec
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES
from symprop.scalar.numeric import FLOAT

NETS: dict[str, dict[str, Any]] = {
    "dense": {"inputs": 3, "layers": [Dense(4, "tanh", bias="layer"), Dense(2, "silu")], "loss": "huber"},
    "images": {
        "inputs": (1, 5, 4),
        "layers": [Conv2d(2, (2, 3), "tanh", padding=(1, 0)), MaxPool(2), Flatten(), Dense(3)],
    },
    "attention": {
        "inputs": (3, 4),
        "layers": [MultiHeadAttention(2, causal=True), LayerNorm()],
        "loss": "squared_error",
    },
    "classes": {"inputs": 2, "layers": [Dense(3), Softmax()], "loss": "categorical_cross_entropy"},
    "logs": {"inputs": 2, "layers": [Dense(3), LogSoftmax()], "loss": "negative_log_likelihood"},
}

ALL: dict[str, Any] = {**LOSSES, **JOINT_LOSSES}


def drawn(program: Program, seed: int) -> dict[str, Any]:
    """Parameters, and data for however many examples the program has; targets are distributions."""
    random, found = np.random.default_rng(seed), {}
    for tensor in program.free:
        found[tensor.name] = random.uniform(-1, 1, tensor.extents)
        if tensor.role is Role.TARGET:
            positive = np.abs(found[tensor.name]) + 0.1
            found[tensor.name] = positive / positive.sum(axis=-1, keepdims=True)
        if tensor.role is Role.STATE:
            found[tensor.name] = np.abs(found[tensor.name]) + 0.1
    return found


def derived(program: Program, values: dict[str, Any]) -> dict[str, Any]:
    derivation = derive(program)
    found = evaluate_arrays(derivation.program, {n: a.astype(object) for n, a in values.items()}, FLOAT)
    names = [derivation.program.loss, *derivation.gradients.values()]
    return {name: np.asarray(found[name]).astype(float) for name in names}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_allclose(array, other[name], rtol=1e-11, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_made_is_a_batch_declared(net: str, count: int) -> None:
    alone, declared = NetworkSpec(**NETS[net]).elaborate(), NetworkSpec(**NETS[net], batch=count).elaborate()
    values = drawn(declared, 4)
    same(derived(batch(alone, count), values), derived(declared, values))


@pytest.mark.parametrize("loss", ALL)
def test_every_loss_is_the_mean_of_the_examples(loss: str) -> None:
    ends: dict[Any, list[Layer]] = {(0, 1): [Dense(3, "sigmoid")], (-inf, 0): [Dense(3), LogSoftmax()]}
    layers = ends.get(ALL[loss].domain, [Dense(3, "tanh")])
    alone, declared = NetworkSpec(2, layers, loss).elaborate(), NetworkSpec(2, layers, loss, batch=4).elaborate()
    values = drawn(declared, 5)
    same(derived(batch(alone, 4), values), derived(declared, values))


def test_a_batch_of_batches_is_their_mean() -> None:
    """Of the losses, of the gradients, and of what the running statistics become."""
    program = NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(0.2), Dense(2)], "squared_error", batch=4).elaborate()
    whole = batch(program, 3)
    assert whole.tensors["x"].extents == (3, 4, 2)
    values = drawn(whole, 6)
    data = [tensor.name for tensor in program.free if tensor.role in DATA]
    each = [{**values, **{name: values[name][k] for name in data}} for k in range(3)]
    apart = [derived(program, own) for own in each]
    same(derived(whole, values), {name: np.mean([one[name] for one in apart], axis=0) for name in apart[0]})
    states = [
        tensor.name for tensor in program.tensors.values() if tensor.role is Role.STATE and tensor not in program.free
    ]
    assert len(states) == 2
    found = evaluate_arrays(whole, {n: a.astype(object) for n, a in values.items()}, FLOAT)
    parts = [evaluate_arrays(program, {n: a.astype(object) for n, a in own.items()}, FLOAT) for own in each]
    for name in states:
        assert whole.tensors[name].extents == program.tensors[name].extents
        wanted = np.mean([part[name].astype(float) for part in parts], axis=0)
        np.testing.assert_allclose(found[name].astype(float), wanted, rtol=1e-12)


def test_penalties_are_not_divided() -> None:
    program = NetworkSpec(2, [Dense(3)], "squared_error").elaborate()
    spec = EquationsSpec(["E = (w*x - 1)**2 + w**2/2"], "E", parameters=["w"])
    whole = batch(spec.elaborate(), 3)
    x = np.array([1.0, 2.0, -0.5])
    found = evaluate_arrays(whole, {"w": np.array(0.7, dtype=object), "x": x.astype(object)}, FLOAT)
    assert float(found["E"]) == pytest.approx(((0.7 * x - 1) ** 2 + 0.7**2 / 2).mean(), rel=1e-13)
    assert batch(program, 3).tensors["W1"] == program.tensors["W1"]


def test_a_loss_that_is_no_sum_gets_a_name_for_each_example() -> None:
    spec = EquationsSpec(["E = exp(w*x)"], "E", parameters=["w"])
    whole = batch(spec.elaborate(), 3)
    assert [equation.name for equation in whole.equations] == ["E_each", "E"]
    x = np.array([1.0, 2.0, -0.5])
    values = {"w": np.array(0.7), "x": x}
    assert derived(whole, values)["dE_dw"] == pytest.approx((x * np.exp(0.7 * x)).mean(), rel=1e-13)
    taken = EquationsSpec(["E_each = w*x", "E = exp(E_each)"], "E", parameters=["w"]).elaborate()
    assert [equation.name for equation in batch(taken, 3).equations] == ["E_each", "E_each_", "E"]


def test_integers_are_data() -> None:
    program = NetworkSpec((2,), [Embedding(5, 3), Flatten(), Dense(2)]).elaborate()
    whole = batch(program, 4)
    assert {tensor.extents for tensor in integer_tensors(whole)} == {(4, 2)}
    assert whole.tensors["W1"].extents == (5, 3)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_any_number_of_examples(count: int, seed: int) -> None:
    net = NETS["dense"]
    declared = NetworkSpec(**net, batch=count).elaborate()
    values = drawn(declared, seed)
    same(derived(batch(NetworkSpec(**net).elaborate(), count), values), derived(declared, values))
