"""Whatever is declared comes back from the file that says it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symprop import (
    LSTM,
    BatchNorm,
    Concatenate,
    Conv2d,
    Dense,
    Dropout,
    Embedding,
    GroupNorm,
    IndexLayer,
    MaxPool,
    MultiHeadAttention,
    Network,
    UnsupportedError,
    UpdateRule,
    activation_from_text,
    examples,
    load,
    loss_from_text,
)
from symprop.layers.layer import Layer
from symprop.network import Training
from symprop.network_file.declaration import declaration, layer_declaration
from symprop.network_file.layers import read_layer
from symprop.network_file.source import Source, Table
from symprop.network_file.write import toml
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.scalar.function import ScalarFunction

SWISH = activation_from_text("swish2", "x/(1 + exp(-2*x))")
BOUNDED = activation_from_text("bounded", "x/(1 + abs(x))", (-1.0, 1.0))
ADAM = UpdateRule("adam", "cosine", {"beta1": 0.8})
LAYERS = [
    Conv2d(3, (2, 3), stride=2, padding=(1, 0), activation="relu", bias=False),
    MaxPool(2, name="pooled", inputs=("one",)),
    MultiHeadAttention(2, causal=True),
    BatchNorm(momentum=0.25),
    LSTM(3, share={"W": "W1"}),
    Embedding(5, 2, trainable=False),
    GroupNorm(2),
    Dropout(0.125),
    Dense(4, BOUNDED, l1=0.5),
]


def back(network: Any, folder: Path) -> Any:
    path = folder / "written.toml"
    path.write_text(toml(declaration(network)), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("name", [*examples.names(), "2-3-1"])
def test_networks_come_back(name: str, tmp_path: Path) -> None:
    network = load(name)
    assert back(network, tmp_path) == network


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_every_option_of_a_layer_comes_back(layer: Layer) -> None:
    content = layer_declaration(layer)
    assert read_layer(Table(Source("x.toml", ""), tomllib.loads(toml(content))), ()) == layer


NETWORKS = [
    Network(
        3, [Dense(2, SWISH), Dense(4, BOUNDED, bias="layer"), Dense(1)], loss_from_text("quartic", "(t - a)**4", "mean")
    ),
    Network((5, 3), [Dense(2, name="one"), Dense(3, inputs=("one",), l2=0.01)], name='it\'s "odd" \\ #1'),
    Network(
        {"u": 2, "v": 3},
        [Concatenate(inputs=("u", "v")), Dense(2, share={"W": "W9"}), Dense(1)],
        values={"W9": np.ones((2, 5))},
    ),
    Network(2, [Dense(3)], JOINT_LOSSES["categorical_cross_entropy_from_logits"].smoothed(0.1), batch=4),
    Network(
        2,
        [
            IndexLayer(
                ("y[j] = Sum(W[j,i]*x[i]**2, i) + c*b[j]",),
                sizes={"j": 3},
                numbers={"c": 0.25},
                activation=SWISH,
            )
        ],
        training=Training(
            0.5, 7, seed=3, x=[[0.5, 1.0]], t=[[0.0, 0.25, 1e-9]], update=UpdateRule("adam", "cosine", {"beta1": 0.8})
        ),
    ),
]


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_declared_in_python_comes_back(network: Network, tmp_path: Path) -> None:
    found = back(network, tmp_path)
    assert declaration(found) == declaration(network)
    assert found.elaborate() == network.elaborate()
    assert found.training == network.training
    assert found.name == network.name


def test_what_no_file_can_say() -> None:
    cube = ScalarFunction("cube", lambda x: x**3, latex="c", reference="mine")
    with pytest.raises(UnsupportedError, match=r"'cube'.*activation_from_text"):
        declaration(Network(2, [Dense(1, cube)]))

    class Mine(Dense):
        """A layer of a user's own."""

    with pytest.raises(UnsupportedError, match=r"layer Mine.*IndexLayer"):
        declaration(Network(2, [Mine(1)]))
