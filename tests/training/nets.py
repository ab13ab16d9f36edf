"""Networks for the tests of training, and the reference numbers of the worked examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from symprop.derivation.sweep import derive
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.training.model import Model

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "worked_examples.json").read_text(encoding="utf-8")
)


def compiled(spec: NetworkSpec, **options: Any) -> Model:
    forward = spec.elaborate()
    return Model.of(derive(forward), names_for(forward), spec, **options)


def worked(name: str) -> tuple[Model, list[float], list[float]]:
    """A worked example's model, its inputs and its targets, from the reference's numbers alone."""
    given = REFERENCE[name]
    bias = "layer" if "biases" in given else False
    layers = [Dense(2, activation="sigmoid", bias=bias, bias_trainable=False) for _ in range(2)]
    values = dict(given["weights"])
    if bias:
        values |= {"b1": given["biases"]["hidden"], "b2": given["biases"]["output"]}
    return compiled(NetworkSpec(2, layers, values=values)), [*given["inputs"].values()], [*given["targets"].values()]


def uneven(loss: str = "half_squared_error", **options: Any) -> Model:
    """3-4-2 with different activations, and both kinds of bias."""
    layers = [
        Dense(4, activation="tanh", bias="layer"),
        Dense(2, activation="silu", trainable=False, bias_trainable=True),
    ]
    return compiled(NetworkSpec(3, layers, loss=loss), **options)


def data(model: Model, examples: int = 7, seed: int = 3) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    tensors = model.derivation.forward.tensors
    return tuple(random.uniform(0.1, 0.9, (examples, tensors[name].extents[0])) for name in ("x", "t"))
