"""Networks as declared: what they elaborate to, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symprop.derivation.unroll import unroll
from symprop.errors import BudgetError, UserError
from symprop.ir.check import check
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.custom import activation_from_text, loss_from_text
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
        with pytest.raises(UserError, match=f"the loss '{loss}' takes outputs between 0 and 1, the last activation"):
            NetworkSpec(2, [Dense(3, activation)], loss)


def test_rules_of_the_users_own_are_taken() -> None:
    own, loss = activation_from_text("own", "x/(1 + exp(-2*x))"), loss_from_text("mine", "(a - t)**4")
    found = evaluated(NetworkSpec(1, [Dense(1, own, bias=False)], loss), {"x": [1], "W1": [[0.5]], "t": [0]})
    assert found["a_o1"] == pytest.approx(0.5 * 0.7310585786300049, rel=1e-15)
    assert found["E_total"] == pytest.approx(found["a_o1"] ** 4, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": 0}, "wrong size for the input (expected a whole number from 1, got 0)"),
        ({"inputs": True}, "wrong size for the input"),
        ({"inputs": 2.0}, "wrong size for the input"),
        ({"layers": []}, "a network needs at least one layer. Add a [[layers]] table or a Dense layer."),
        ({"loss": "hubert"}, "unknown loss 'hubert'. Did you mean 'huber'?"),
        (
            {"loss": "binary_cross_entropy"},
            "takes outputs between 0 and 1, the last activation 'identity' gives others",
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
