"""Dense layers: what they refuse, and the equations that they spell out."""

from __future__ import annotations

from typing import Any

import pytest

from symprop.errors import UserError
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.layer import spell_out
from symprop.rules.activations import ACTIVATIONS

SOURCE = Tensor("a6", (Index("k", 2),))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 0}, "Dense: wrong value for units (expected a whole number from 1, got 0)"),
        ({"units": -3}, "wrong value for units"),
        ({"units": 2.0}, "wrong value for units"),
        ({"units": True}, "wrong value for units"),
        ({"units": 2, "bias": "both"}, 'unknown kind of bias (expected "unit", "layer" or false, got \'both\')'),
        ({"units": 2, "bias": False, "bias_trainable": True}, "'bias_trainable' is true, and there is no bias"),
        ({"units": 2, "activation": "sigmod"}, "unknown activation 'sigmod'. Did you mean 'sigmoid'?"),
    ],
)
def test_a_wrong_layer_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        Dense(**arguments)
    assert message in str(caught.value)


def test_a_bias_of_true_is_one_for_each_unit() -> None:
    assert Dense(3, bias=True) == Dense(3, bias="unit") == Dense(3)


@pytest.mark.parametrize(("bias", "extents"), [("unit", [(3, 2), (3,)]), ("layer", [(3, 2), ()]), (False, [(3, 2)])])
def test_the_parameters_have_their_shapes(bias: bool | str, extents: list[tuple[int, ...]]) -> None:
    layer = spell_out(Dense(3, bias=bias), 7, (SOURCE,))
    assert [tensor.extents for tensor in layer.free] == extents
    assert [tensor.name for tensor in layer.free] == ["W7", "b7"][: len(extents)]
    assert {tensor.role for tensor in layer.free} == {Role.PARAMETER}


@pytest.mark.parametrize(
    ("trainable", "bias_trainable", "expected"),
    [
        (True, None, [True, True]),
        (False, None, [False, False]),
        (True, False, [True, False]),
        (False, True, [False, True]),
    ],
)
def test_each_parameter_can_be_fixed(trainable: bool, bias_trainable: bool | None, expected: list[bool]) -> None:
    layer = spell_out(Dense(3, trainable=trainable, bias_trainable=bias_trainable), 7, (SOURCE,))
    assert [tensor.trainable for tensor in layer.free] == expected


def test_weights_go_by_the_name_that_is_given() -> None:
    assert spell_out(Dense(3, weights="shared"), 7, (SOURCE,)).free[0].name == "shared"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_equations_come_in_order(activation: str) -> None:
    layer = spell_out(Dense(3, activation), 7, (SOURCE,))
    stems = [stem for stem, _ in ACTIVATIONS[activation].names]
    assert [equation.name for equation in layer.equations] == ["z7", *(f"{stem}7" for stem in stems), "a7"]
    assert [equation.abbreviation for equation in layer.equations] == [False, *(True for _ in stems), False]
    assert {equation.origin.layer for equation in layer.equations} == {7}
    assert layer.pre_activation is not None
    assert (layer.pre_activation.name, layer.output.name) == ("z7", "a7")


def test_an_activation_is_written_through_its_abbreviations() -> None:
    layer = spell_out(Dense(3, "mish"), 7, (SOURCE,))
    reads = {equation.name: [access.tensor.name for access in equation.value.accesses] for equation in layer.equations}
    assert reads == {"z7": ["W7", "a6", "b7"], "s7": ["z7"], "v7": ["z7"], "u7": ["v7"], "a7": ["z7", "u7"]}
