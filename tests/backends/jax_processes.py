"""Run as a program: trains a small net over several devices, of one process or of two, and prints losses and parameters."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from symprop.backends.jax import BACKEND
from symprop.backends.jax.parallel import data_parallel, join
from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.layers.convolution import Conv1d
from symprop.layers.dense import Dense
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.optimizers import OPTIMIZERS

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


def refused(devices: int) -> str:
    try:
        trained(devices)
    except UserError as error:
        return str(error)
    return "it was not refused"


def main(task: str, *arguments: str) -> Any:
    if task == "devices":
        return {"one": trained(1), "eight": trained(8), "refused": [refused(9), refused(3), refused(0)]}
    address, process, own = arguments
    join(address, 2, int(process))
    half = ROWS // 2
    return trained(4, int(process) * half, half) if own == "own" else trained(4)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
