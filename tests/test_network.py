"""Networks as declared: what they elaborate to, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symprop import (
    Add,
    AvgPool,
    BatchNorm,
    Concatenate,
    Conv1d,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool,
    IndexLayer,
    LogSoftmax,
    MaxPool,
    Multiply,
    Softmax,
)
from symprop.derivation.unroll import unroll
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.check import check
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.custom import activation_from_text, loss_from_text
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES
from symprop.scalar.numeric import FLOAT
from symprop.values import element_values

SPEC = NetworkSpec(2, [Dense(3, "tanh"), Dense(4, "identity", bias="layer", bias_trainable=False)], "squared_error")


def evaluated(spec: NetworkSpec, values: dict[str, Any]) -> dict[str, float]:
    """Every quantity of a network, by its name in class."""
    program = spec.elaborate()
    names = names_for(program)
    return evaluate_program(unroll(program, names), element_values(program, names, values), FLOAT)


def extents(program: Program) -> dict[str, tuple[int, ...]]:
    return {name: tensor.extents for name, tensor in program.tensors.items()}


def test_a_network_elaborates_to_its_tensors() -> None:
    program = SPEC.elaborate()
    assert check(program) is program
    assert [tensor.name for tensor in program.free] == ["x", "t", "W1", "b1", "W2", "b2"]
    assert extents(program) == {
        "x": (2,), "t": (4,), "W1": (3, 2), "b1": (3,), "W2": (4, 3), "b2": (),
        "z1": (3,), "a1": (3,), "z2": (4,), "a2": (4,), "E": (4,), "E_total": (),
    }  # fmt: skip
    assert [tensor.name for tensor in program.trainable] == ["W1", "b1", "W2"]
    assert [tensor.name for tensor in program.with_role(Role.LOSS)] == [program.loss] == ["E_total"]


def test_a_network_computes_what_it_says() -> None:
    values = {"x": [0.5, -2], "W1": [[1, 0], [0.25, 0.5], [0, 1]], "b1": [0, 1, 2], "b2": 0.125, "t": [0, 0, 1, 0]}
    found = evaluated(SPEC, {**values, "W2": [[1, 2, 3], [0, 0, 0], [0, 4, 0], [0, 0, -1]]})
    assert [found[name] for name in ("h1", "h2", "h3")] == [0.5, 0.125, 0.0]
    assert found["a_h3"] == 0.0
    assert found["o1"] == pytest.approx(0.46211715726000973 + 2 * 0.12435300177159614 + 0.125, rel=1e-15)
    assert (found["o2"], found["o4"]) == (0.125, 0.125)
    errors = [found["o1"] ** 2, 0.125**2, (1 - found["o3"]) ** 2, 0.125**2]
    assert [found[f"E{k}"] for k in (1, 2, 3, 4)] == pytest.approx(errors, rel=1e-15)
    assert found["E_total"] == pytest.approx(sum(errors), rel=1e-15)


def test_a_mean_is_over_the_outputs() -> None:
    total = NetworkSpec(2, [Dense(3)], "mean_squared_error").elaborate().by_name["E_total"].value
    assert isinstance(total, SumOfProducts)
    assert [term.coefficient for term in total.terms] == [Fraction(1, 3)]


def test_cross_entropy_after_sigmoid_is_taken_on_the_pre_activation() -> None:
    reads = {
        activation: [access.tensor.name for access in NetworkSpec(2, [Dense(3, activation)], "binary_cross_entropy")
                     .elaborate().by_name["E"].value.accesses]
        for activation in ("sigmoid", "hard_sigmoid")
    }  # fmt: skip
    assert reads == {"sigmoid": ["z1", "t"], "hard_sigmoid": ["a1", "t"]}


@pytest.mark.parametrize("z", [-1000.0, -40.0, 0.0, 40.0, 1000.0])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_cross_entropy_after_sigmoid_is_finite_everywhere(z: float, t: float) -> None:
    spec = NetworkSpec(1, [Dense(1, "sigmoid", bias=False)], "binary_cross_entropy")
    found = evaluated(spec, {"x": [1], "W1": [[z]], "t": [t]})
    assert found["E_total"] == pytest.approx(max(z, 0) - t * z + {0.0: 0.6931471805599453}.get(z, 0.0), abs=1e-15)


def test_layers_share_weights_by_name() -> None:
    layers = [Dense(2, "tanh", weights="V", bias=False), Dense(2, weights="V", bias=False), Dense(3, bias=False)]
    program = NetworkSpec(2, layers).elaborate()
    assert [tensor.name for tensor in program.with_role(Role.PARAMETER)] == ["V", "W3"]
    reads = {
        name: {access.tensor.name for access in program.by_name[name].value.accesses} for name in ("z1", "z2", "z3")
    }
    assert reads == {"z1": {"V", "x"}, "z2": {"V", "a1"}, "z3": {"W3", "a2"}}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_goes_with_every_loss_or_says_why_not(activation: str, loss: str) -> None:
    low, high = ACTIVATIONS[activation].codomain
    if LOSSES[loss].domain[0] <= low and high <= LOSSES[loss].domain[1]:
        assert check(NetworkSpec(2, [Dense(3, activation)], loss).elaborate()).loss == "E_total"
    else:
        with pytest.raises(
            UserError, match=f"layer 1, Dense: the loss '{loss}' takes outputs between 0 and 1, the last layer"
        ):
            NetworkSpec(2, [Dense(3, activation)], loss)


def test_rules_of_the_users_own_are_taken() -> None:
    own, loss = activation_from_text("own", "x/(1 + exp(-2*x))"), loss_from_text("mine", "(a - t)**4")
    found = evaluated(NetworkSpec(1, [Dense(1, own, bias=False)], loss), {"x": [1], "W1": [[0.5]], "t": [0]})
    assert found["a_o1"] == pytest.approx(0.5 * 0.7310585786300049, rel=1e-15)
    assert found["E_total"] == pytest.approx(found["a_o1"] ** 4, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"inputs": 0},
            "wrong size for the input 'x', which layer 1, Dense reads (expected a whole number from 1, got 0)",
        ),
        ({"inputs": True}, "wrong size for the input"),
        ({"inputs": 2.0}, "wrong size for the input"),
        ({"layers": []}, "a network needs at least one layer. Add a [[layers]] table or a Dense layer."),
        ({"loss": "hubert"}, "unknown loss 'hubert'. Did you mean 'huber'?"),
        (
            {"loss": "binary_cross_entropy"},
            "layer 1, Dense: the loss 'binary_cross_entropy' takes outputs between 0 and 1, the last layer gives others (got any "
            "numbers). End with sigmoid, or take the loss 'binary_cross_entropy_from_logits', which works without it.",
        ),
    ],
)
def test_a_wrong_network_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(**{"inputs": 2, "layers": [Dense(3)], **arguments})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "second",
    [Dense(4, weights="V"), Dense(3, weights="V", trainable=False)],
    ids=["shape", "trainable"],
)
def test_weights_that_cannot_be_shared_are_refused(second: Dense) -> None:
    with pytest.raises(UserError, match=r"layer 2, Dense: the shared parameter '\w+' does not fit \(expected shape"):
        NetworkSpec(3, [Dense(3, weights="V"), second]).elaborate()


@pytest.mark.parametrize(
    ("inputs", "units", "message"),
    [
        (1_000_001, 1, "the input is too large (expected at most 1,000,000 units, got 1,000,001)"),
        (1, 10**12, "layer 1, Dense: the layer is too large"),
        (100_000, 1_001, "got 100,100,000 (about 0.8 GB in float64)). Make the layers smaller."),
    ],
)
def test_an_absurd_size_is_refused(inputs: int, units: int, message: str) -> None:
    with pytest.raises(BudgetError) as caught:
        NetworkSpec(inputs, [Dense(units)])
    assert message in str(caught.value)


def test_the_largest_network_elaborates_at_once() -> None:
    assert extents(NetworkSpec(100_000, [Dense(1_000)]).elaborate())["W1"] == (1_000, 100_000)


@pytest.mark.parametrize("loss", [None, 3, [], {}, abs])
def test_a_loss_is_a_name_or_a_declaration(loss: Any) -> None:
    with pytest.raises(UserError, match=r"the loss is no loss function .*loss_from_text"):
        NetworkSpec(2, [Dense(3)], loss)


@pytest.mark.parametrize("name", [3, "", "a\nb", " net", "n" * 81])
def test_a_networks_name_is_one_line(name: Any) -> None:
    with pytest.raises(UserError, match=r"wrong name of a network .*one line"):
        NetworkSpec(2, [Dense(3)], name=name)


@pytest.mark.parametrize("activation", [None, 3, [], {}])
def test_an_activation_is_a_name_or_a_declaration(activation: Any) -> None:
    with pytest.raises(UserError, match=r"Dense: wrong value for activation .*an activation's name"):
        Dense(2, activation)


JOINT = "categorical_cross_entropy_from_logits"


@pytest.mark.parametrize(
    ("loss", "values", "message"),
    [
        (
            JOINT,
            {"t": [0.5, 0.2, 0.1]},
            "value 't': t1, t2, t3 do not add up to 1 (expected a probability for each class, got",
        ),
        (
            JOINT,
            {"t1": 0.5, "t3": 0.5, "t2": 0.5},
            "value 't3': t1, t2, t3 do not add up to 1 (expected a probability for",
        ),
        (
            JOINT,
            {"t": [2, -0.5, -0.5]},
            "value 't': the loss does not take the target t1 (expected values from 0 to 1, got 2)",
        ),
        (
            "hinge",
            {"t": [1, -1, 3]},
            "value 't': the loss does not take the target t3 (expected values from -1 to 1, got 3)",
        ),
    ],
)
def test_targets_that_the_loss_does_not_take_are_refused(loss: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(2, [Dense(3)], loss, values=values)
    assert str(caught.value).startswith(message)


def test_targets_are_judged_as_far_as_they_are_given() -> None:
    for values in ({"t": [0.5, 0.3, 0.2]}, {"t": [1 / 3, 1 / 3, 0.3333333]}, {"t1": 0.5, "t2": 0.2}, {}):
        NetworkSpec(2, [Dense(3)], JOINT, values=values)
    smoothed = JOINT_LOSSES["categorical_cross_entropy"].smoothed(0.1)
    with pytest.raises(UserError, match="t1, t2, t3 do not add up to 1"):
        NetworkSpec(2, [Dense(3), Softmax()], smoothed, values={"t": [0.5, 0.3, 0.1]})


def test_each_example_of_a_batch_is_judged() -> None:
    with pytest.raises(UserError, match=r"value 't': t_2_1, t_2_2, t_2_3 do not add up to 1 .*, got 0.75\)"):
        NetworkSpec(2, [Dense(3)], JOINT, values={"t": [[0.5, 0.5, 0], [0.25, 0.25, 0.25]]}, batch=2)


TOKENS = [Embedding(5, 2), Flatten(), Dense(1)]


@pytest.mark.parametrize("values", [{"x": np.array([1, 4, 0])}, {"x_2": 4, "x_3": 0.0, "x_1": 1}, {"x": (1, 4.0, 0)}])
def test_integers_are_given_like_other_values(values: dict[str, Any]) -> None:
    found = NetworkSpec((3,), TOKENS, values=values).elaborate().integers
    assert found == {("x", (0,)): 1, ("x", (1,)): 4, ("x", (2,)): 0}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": [1, 5, 0]}, "value 'x': wrong value in 'x' (expected whole numbers from 0 to 4, got 5)"),
        ({"x_2": 0.5}, "value 'x_2': wrong value in 'x' (expected whole numbers from 0 to 4, got 0.5)"),
        ({"x": [1, -1, 0]}, "value 'x': wrong value in 'x' (expected whole numbers from 0 to 4, got -1)"),
        ({"x": [1, 2]}, "value 'x': wrong shape"),
        ([1], 'values are given by name (expected such as {"w1": 0.5}, got list)'),
    ],
)
def test_what_is_no_integer_of_the_input_is_refused(values: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec((3,), TOKENS, values=values)
    assert str(caught.value).startswith(message)


SIGMOIDS = [Dense(2, "sigmoid", name="a"), Dense(2, "sigmoid", name="b", inputs="x")]
WITHIN: list[tuple[str, Any, list[Layer]]] = [
    ("categorical_cross_entropy", 3, [Dense(4), Softmax()]),
    ("negative_log_likelihood", 3, [Dense(4), LogSoftmax()]),
    ("binary_cross_entropy", (1, 6), [Conv1d(2, 3, "sigmoid"), MaxPool(2), Flatten()]),
    ("binary_cross_entropy", (1, 6), [Conv1d(2, 3, "sigmoid"), AvgPool(2, padding=1), Flatten()]),
    ("binary_cross_entropy", (1, 6), [Conv1d(2, 3, "sigmoid"), GlobalAvgPool()]),
    ("binary_cross_entropy", 3, [*SIGMOIDS, Multiply(inputs=("a", "b"))]),
    ("binary_cross_entropy", 3, [*SIGMOIDS, Concatenate(inputs=("a", "b"))]),
    ("binary_cross_entropy", 3, [IndexLayer(("y[i] = x[i]**2/(1 + x[i]**2)",), codomain=(0, 1))]),
    ("binary_cross_entropy", 3, [IndexLayer(("y[i] = x[i]**2",), activation="sigmoid")]),
    ("negative_log_likelihood", 3, [Dense(2), LogSoftmax(name="a"), Add(inputs=("a", "a"))]),
]
BEYOND: list[tuple[str, Any, list[Layer], str]] = [
    (
        "binary_cross_entropy",
        (1, 6),
        [Conv1d(1, 3), Flatten()],
        "layer 2, Flatten: the loss 'binary_cross_entropy' takes outputs",
    ),
    (
        "negative_log_likelihood",
        3,
        [Dense(4), Softmax()],
        "got numbers between 0 and 1). End with LogSoftmax, or take the loss",
    ),
    (
        "binary_cross_entropy",
        3,
        [*SIGMOIDS, Add(inputs=("a", "b"))],
        "got numbers between 0 and 2). End with sigmoid, or take",
    ),
    (
        "binary_cross_entropy",
        3,
        [Dense(2, "sigmoid"), Dropout(0.5)],
        "layer 2, Dropout: the loss 'binary_cross_entropy'",
    ),
    (
        "categorical_cross_entropy",
        3,
        [IndexLayer(("y[i] = x[i]**2",))],
        "got any numbers). End with Softmax, or take the loss",
    ),
    (
        "binary_cross_entropy",
        3,
        [*SIGMOIDS, Dense(2, inputs="a", name="c"), Multiply(inputs=("b", "c"))],
        "got any numbers)",
    ),
]


@pytest.mark.parametrize(("loss", "inputs", "layers"), WITHIN)
def test_outputs_within_what_the_loss_takes(loss: str, inputs: Any, layers: list[Layer]) -> None:
    NetworkSpec(inputs, layers, loss)


@pytest.mark.parametrize(("loss", "inputs", "layers", "message"), BEYOND)
def test_outputs_beyond_what_the_loss_takes(loss: str, inputs: Any, layers: list[Layer], message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(inputs, layers, loss)
    assert message in str(caught.value)


def test_a_loss_of_the_users_own_says_what_keeps_the_range() -> None:
    own = loss_from_text("mine", "-t*log(a)")
    with pytest.raises(UserError, match="Let the last layer have an activation of that range, or declare its codomain"):
        NetworkSpec(2, [Dense(1)], own)


def test_a_trained_network_is_evaluated_without_the_batch() -> None:
    spec = NetworkSpec(2, [Dense(3), BatchNorm()], batch=4)
    assert spec.elaborate().tensors["x"].extents == (4, 2)
    assert spec.elaborate(training=False).tensors["x"].extents == (2,)
    assert NetworkSpec(2, [Dense(3)], batch=4).elaborate(training=False).tensors["a1"].extents == (3,)
    mixing = NetworkSpec(2, [IndexLayer(("y[n, j] = x[n, j] - Mean(x[m, j], m)",)), Dense(3)], batch=4)
    assert mixing.elaborate(training=False) is mixing.elaborate()


@pytest.mark.parametrize("loss", LOSSES)
def test_targets_are_those_of_the_loss(loss: str) -> None:
    spec = NetworkSpec(2, [Dense(3, activation="sigmoid")], loss)
    assert spec.target_range == LOSSES[loss].targets


def test_equations_ask_nothing_of_their_targets() -> None:
    assert EquationsSpec(["E = (w - t)**2"], "E", ["w"]).target_range == (-float("inf"), float("inf"))
