"""Networks as they predict: without the batch that they train on, unless a layer of the user's own needs it."""

from __future__ import annotations

import numpy as np
import pytest

from symprop import Add, BatchNorm, Dense, IndexLayer, Network, UserError
from symprop.equations import EquationsSpec
from symprop.ir.tensor import Role
from symprop.training.evaluation import Evaluation

RANDOM = np.random.default_rng(7)
NORMALISED = Network(2, [Dense(4, "tanh"), BatchNorm(), Dense(3)], "mean_squared_error", batch=3)
CENTRED = ("y[n, j] = x[n, j] - Mean(x[m, j], m)",)


def test_one_example_stands_in_the_program() -> None:
    found = Evaluation.of(NORMALISED)
    assert found.batch is None
    assert found.program.tensors["x"].extents == (2,)
    assert (found.columns(Role.INPUT), found.columns(Role.TARGET), found.outputs) == (
        ["i1", "i2"], ["t1", "t2", "t3"], ["a_o1", "a_o2", "a_o3"],
    )  # fmt: skip
    assert Evaluation.of(NORMALISED, "textbook").columns(Role.INPUT) == ["x_1", "x_2"]


def test_a_network_without_a_batch_is_evaluated_as_it_stands() -> None:
    net = Network(2, [Dense(3)])
    assert Evaluation.of(net).program is net.elaborate()
    equations = EquationsSpec(["E = (t - w*x)**2"], "E", ["w"])
    assert (Evaluation.of(equations).columns(Role.INPUT), Evaluation.of(equations).outputs) == (["t", "x"], [])


@pytest.mark.parametrize("count", [1, 3, 4])
def test_any_number_of_examples_is_predicted(count: int) -> None:
    model = NORMALISED.derive().compile()
    parameters = {name: RANDOM.uniform(0.5, 1.5, array.shape) for name, array in model.start().items()}
    x = RANDOM.normal(size=(count, 2))
    a = np.tanh(x @ parameters["W1"].T + parameters["b1"])
    y = (a - parameters["mean2"]) / np.sqrt(parameters["variance2"] + 1e-5) * parameters["g2"] + parameters["b2"]
    assert model.predict(parameters, x) == pytest.approx(y @ parameters["W3"].T + parameters["b3"], rel=1e-12)
    assert model.predict(parameters, x[0]).shape == (1, 3)


def test_examples_that_a_layer_mixes_are_predicted_by_whole_batches() -> None:
    net = Network(2, [IndexLayer(CENTRED), Dense(2)], batch=3)
    found = Evaluation.of(net)
    assert (found.batch, found.columns(Role.INPUT), found.outputs) == (3, ["x_1", "x_2"], ["a2_1", "a2_2"])
    model = net.derive().compile()
    parameters, x = model.start(), RANDOM.normal(size=(6, 2))
    centred = x - np.repeat(x.reshape(2, 3, 2).mean(axis=1), 3, axis=0)
    assert model.predict(parameters, x) == pytest.approx(centred @ parameters["W2"].T + parameters["b2"])
    with pytest.raises(
        UserError, match=r"4 examples do not make whole batches \(expected a multiple of 3, the network's"
    ):
        model.predict(parameters, x[:4])


def test_a_layer_of_the_users_own_that_passes_the_batch_over_needs_none() -> None:
    net = Network(2, [IndexLayer(("y[..., j] = Sum(W[j,i]*x[..., i]**2, i)",), {"j": 3}), BatchNorm()], batch=4)
    model = net.derive().compile()
    assert model.predict(model.start(), [1.0, 2.0]).shape == (1, 3)


def test_inputs_of_several_names_are_columns_one_after_the_other() -> None:
    """Example by example, as people write them, though the program has one tensor after the other."""
    layers = [Dense(2, name="a", inputs="u"), Dense(2, name="b", inputs="v"), BatchNorm(inputs="b", name="c")]
    net = Network({"u": 1, "v": 2}, [*layers, Add(inputs=("a", "c"))], "squared_error", batch=2)
    assert Evaluation.of(net).columns(Role.INPUT) == ["u1", "v1", "v2"]
    model = net.derive().compile()
    parameters = {name: RANDOM.uniform(0.5, 1.5, array.shape) for name, array in model.start().items()}
    x, t = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(2, 2))
    b = x[:, 1:] @ parameters["W2"].T + parameters["b2"]
    c = (b - b.mean(axis=0)) / np.sqrt(b.var(axis=0) + 1e-5) * parameters["g3"] + parameters["b3"]
    expected = ((x[:, :1] @ parameters["W1"].T + parameters["b1"] + c - t) ** 2).sum() / 2
    assert model.value_and_gradient(parameters, x, t)[0] == pytest.approx(expected)
