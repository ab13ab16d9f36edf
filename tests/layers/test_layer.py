"""What every layer has: options of the declared types, names, and a spelling that can be typed again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from symprop.errors import InternalError, UserError
from symprop.layers import HOMES, file_name, layer_class
from symprop.layers.dense import Dense
from symprop.layers.layer import OPTION_TYPES, Layer, numbered
from symprop.layers.shaping import Add

NEEDED: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "tanh"},
    "Conv1d": {"channels": 2, "kernel": 2},
    "Conv2d": {"channels": 2, "kernel": 2},
    "Dense": {"units": 2},
    "Embedding": {"vocabulary": 3, "dimension": 2},
    "GroupNorm": {"groups": 2},
    "IndexLayer": {"equations": "y[i] = x[i]"},
    "MultiHeadAttention": {"heads": 2},
    **{kind: {"kernel": 2} for kind in ("AvgPool", "MaxPool")},
    **{kind: {"units": 2} for kind in ("GRU", "LSTM", "RNN")},
}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"inputs": 3}, "wrong value for inputs (expected a list of texts, got 3)"),
    ({"inputs": [3]}, "a name must be text (got int 3)"),
    ({"name": 3}, "a name must be text (got int 3)"),
    ({"name": "lambda"}, "'lambda' cannot be a name: it is a Python keyword"),
    ({"share": "W"}, "wrong value for share (expected a table"),
    ({"share": {"W": 3}}, "a name must be text (got int 3)"),
    ({"trainable": "no"}, "wrong value for trainable (expected true or false, got 'no')"),
    ({"l1": -1}, "wrong value for l1 (expected a number from 0, got -1)"),
    ({"l2": float("nan")}, "wrong value for l2 (expected a number from 0, got nan)"),
    ({"l2": True}, "wrong value for l2 (expected a number from 0, got True)"),
]


@pytest.mark.parametrize("kind", HOMES)
@pytest.mark.parametrize(("options", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_every_layer_refuses_wrong_options(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        layer_class(kind)(**NEEDED.get(kind, {}), **options)
    assert message in str(caught.value)


OWN: list[tuple[str, dict[str, Any], str]] = [
    ("LayerNorm", {"epsilon": "a"}, "LayerNorm: wrong value for epsilon (expected a number from 0, got 'a')"),
    ("RMSNorm", {"epsilon": -1.0}, "RMSNorm: wrong value for epsilon (expected a number from 0, got -1.0)"),
    ("BatchNorm", {"momentum": None}, "BatchNorm: wrong value for momentum (expected a number from 0, got None)"),
    ("Dropout", {"rate": 1.0}, "Dropout: wrong value for rate (expected a number from 0, below 1, got 1.0)"),
    (
        "MultiHeadAttention",
        {"heads": True},
        "MultiHeadAttention: wrong value for heads (expected a whole number from 1",
    ),
    ("Attention", {"causal": 1}, "Attention: wrong value for causal (expected true or false, got 1)"),
    ("Embedding", {"vocabulary": 0, "dimension": 2}, "Embedding: wrong value for vocabulary"),
    ("RNN", {"units": 2.0}, "RNN: wrong value for units (expected a whole number from 1, got 2.0)"),
    (
        "Conv1d",
        {"channels": 2, "kernel": "3"},
        "Conv1d: wrong size of a window (expected whole numbers from 1, got '3')",
    ),
    (
        "Conv2d",
        {"channels": 2, "kernel": (2, 0)},
        "Conv2d: wrong size of a window (expected whole numbers from 1, got (2, 0))",
    ),
    (
        "Conv2d",
        {"channels": 2, "kernel": 2, "stride": 0},
        "Conv2d: wrong size of a window (expected whole numbers from 1",
    ),
    (
        "MaxPool",
        {"kernel": 2, "padding": -1},
        "MaxPool: wrong size of a window (expected whole numbers from 0, got -1)",
    ),
    ("Activation", {"activation": None}, "Activation: wrong value for activation (expected an activation's name"),
    ("Activation", {"activation": "rellu"}, "unknown activation 'rellu'. Did you mean 'relu'?"),
]


@pytest.mark.parametrize(
    ("kind", "options", "message"), OWN, ids=[f"{kind} {message[:30]}" for kind, _, message in OWN]
)
def test_a_layer_refuses_wrong_options_of_its_own(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        layer_class(kind)(**options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("kind", HOMES)
def test_a_layer_is_spelled_as_it_would_be_typed(kind: str) -> None:
    layer = layer_class(kind)(**NEEDED.get(kind, {}), name="here", inputs=("a", "b"), trainable=False, l2=0.5)
    assert eval(repr(layer), {kind: layer_class(kind)}) == layer


def test_numbers_of_numpy_are_numbers() -> None:
    assert layer_class("LayerNorm")(np.float32(0.5)).epsilon == 0.5
    assert Dense(np.int64(3)) == Dense(3)


def test_one_input_may_be_named_alone() -> None:
    assert Add(inputs=["a", "b"]).inputs == ("a", "b")
    assert Dense(2, inputs="hidden").inputs == ("hidden",)


def test_names_get_the_layers_number() -> None:
    assert [numbered(name, 12) for name in ("W", "bi", "z_3", "y_part2")] == ["W12", "bi12", "z12_3", "y12_part2"]


def test_the_type_of_every_option_has_a_check() -> None:
    types = {str(field.type) for kind in HOMES for field in fields(layer_class(kind))}
    assert types == set(OPTION_TYPES)


def test_a_type_without_a_check_is_a_bug() -> None:
    @dataclass(frozen=True, repr=False)
    class Odd(Layer):
        rate: complex = 1j

    with pytest.raises(InternalError, match=r"^options of type 'complex', as 'rate' is, have no check$"):
        Odd()


def test_each_file_name_is_one_layers() -> None:
    assert len({file_name(kind) for kind in HOMES}) == len(HOMES)
