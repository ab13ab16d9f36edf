"""Run as a program: trains small nets over several devices, of one process or of two, and prints what training gives."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from symprop.backends.jax import BACKEND
from symprop.backends.jax.parallel import data_parallel, join
from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.layers.convolution import Conv1d
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Dropout, Flatten
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec, Training
from symprop.notation.packs import names_for
from symprop.rules.optimizers import OPTIMIZERS
from symprop.training.model import Model

ROWS, UPDATES = 16, 5
DATA = {"x": 0, "t": 0}


def net() -> Lowered:
    layers = [Conv1d(3, 2, "tanh"), MaxPool(2), Flatten(), Dense(4, "sigmoid"), Dense(2)]
    derivation = derive(batch(NetworkSpec((2, 7), layers, "squared_error").elaborate(), ROWS))
    step = training_step(derivation, OPTIMIZERS["sgd"])
    news = {new: old for old, new in step.updated.items()}
    return lower(step.program, [derivation.program.loss, *news], news)


def trained(devices: int, first: int = 0, rows: int = ROWS) -> dict[str, Any]:
    """What training gives; with fewer than all rows, those from `first` are this process's own."""
    lowered, random = net(), np.random.default_rng(5)
    values = {tensor.name: random.normal(size=tensor.extents) for tensor in lowered.arguments}
    varying = {name: random.normal(size=(UPDATES, *lowered.tensors[name].extents)) for name in DATA}
    mine = {name: numbers[:, first : first + rows] for name, numbers in varying.items()}
    carried = {name: values[name] for name in lowered.carried.values()}
    if devices == 1:
        loop = BACKEND.compile_loop(lowered, "float64", frozenset(DATA))
    else:
        loop = data_parallel(lowered, "float64", frozenset(DATA), devices, DATA, own_rows=rows < ROWS)
    losses, last = loop.run(UPDATES, carried, {"eta": np.float64(0.05)}, mine)
    return {"losses": losses.tolist(), **{name: np.asarray(array).tolist() for name, array in last.items()}}


def refused(train: Callable[[], Any]) -> str:
    try:
        train()
    except UserError as error:
        return str(error)
    return "it was not refused"


def fitted(layer: Layer, batch: int | None, examples: int, size: int | None, runs: str, devices: int | None) -> Any:
    """The losses of 3 epochs: of one run, of several that are fed the same, or of several that are fed apart."""
    spec, random = NetworkSpec(3, [Dense(5, "tanh"), layer, Dense(2)], batch=batch), np.random.default_rng(3)
    derivation = derive(spec.elaborate())
    model = Model.of(derivation, names_for(derivation.forward), spec, "jax", devices=devices)
    x, t = random.normal(size=(examples, 3)), random.normal(size=(examples, 2))
    settings = Training(epochs=3, batch_size=size, learning_rate=0.1)
    if runs == "one":
        return model.fit(x, t, 0.1, 3, batch_size=size).losses
    seeds = [0, 1, 2] if runs == "apart" else None
    raced = model.race([model.start(seed) for seed in range(3)], x, t, [0.1, 0.2, 0.4], settings, seeds)
    return [history.losses for history in raced]


# What stands in the middle of the net, the network's own batch, all examples, those of one update, and the devices.
FITS: dict[str, tuple[Any, ...]] = {
    "all at once": (Dense(4), None, 8, None, 4),
    "batches with a rest": (Dense(4), None, 10, 4, 2),
    "masks": (Dropout(0.5), None, 8, 4, 2),
    "its own batch": (BatchNorm(), 6, 6, None, 3),
    "batches of its own batch": (BatchNorm(), 3, 12, 6, 2),
    "its own batch where the number of them is odd": (BatchNorm(), 4, 12, None, 2),
}
REFUSED: dict[str, tuple[Any, ...]] = {
    "one example": (Dense(4), None, 1, None, 3),
    "one example at a time": (Dense(4), None, 6, 1, 3),
    "the whole": (Dense(4), None, 10, None, 4),
    "the rest": (Dense(4), None, 10, 4, 4),
    "a rest of one": (Dense(4), None, 9, 4, 4),
    "a rest of batches": (BatchNorm(), 3, 15, 6, 2),
}


def fits() -> dict[str, Any]:
    """What several devices give and one does, for each of FITS and kind of runs; how each of REFUSED is refused."""
    found, kinds = {}, ("one", "same", "apart")
    for name, (*case, devices) in FITS.items():
        found |= {f"{name}, {kind}": [fitted(*case, kind, each) for each in (devices, None)] for kind in kinds}
    messages = {
        name: [refused(partial(fitted, *case, kind, devices)) for kind in kinds]
        for name, (*case, devices) in REFUSED.items()
    }
    return {"found": found, "messages": messages}


def main(task: str, *arguments: str) -> Any:
    if task == "fits":
        return fits()
    if task == "devices":
        return {
            "one": trained(1),
            "eight": trained(8),
            "refused": [refused(partial(trained, devices)) for devices in (9, 3, 0)],
        }
    address, process, own = arguments
    join(address, 2, int(process))
    half = ROWS // 2
    return trained(4, int(process) * half, half) if own == "own" else trained(4)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
