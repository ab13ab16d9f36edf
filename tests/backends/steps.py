"""Training steps and their numbers, for the tests of back ends that compile loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symprop.derivation.sweep import derive
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.optimizers import OPTIMIZERS

Array = Any

DENSE = NetworkSpec(5, [Dense(18, "tanh"), Dense(3)], "categorical_cross_entropy_from_logits")
WINDOWS = NetworkSpec(
    (2, 5, 6),
    [
        Conv2d(3, (2, 3), "sigmoid", stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
        MaxPool(2, stride=1),
        Flatten(),
        Dense(2),
    ],
    "squared_error",
)
GATHERS = NetworkSpec((4,), [Embedding(7, 3), Flatten(), Dense(2, "gelu")], "squared_error")
SPECS = {"dense": DENSE, "windows": WINDOWS, "gathers": GATHERS}


def update_of(spec: NetworkSpec, rows: int) -> tuple[Program, Lowered]:
    """One update by plain gradient descent: its program, and the loss and the new parameters lowered."""
    derivation = derive(batch(spec.elaborate(), rows))
    step = training_step(derivation, OPTIMIZERS["sgd"])
    carried = {new: old for old, new in step.updated.items()}
    return step.program, lower(step.program, [derivation.program.loss, *carried], carried)


def arrays(program: Program, dtype: str) -> dict[str, Array]:
    """Numbers for what is free; integers are below 7."""
    random = np.random.default_rng(3)
    return {
        t.name: random.integers(0, 7, t.extents)
        if t.role is Role.INDEX
        else np.asarray(random.uniform(-0.5, 0.5, t.extents), dtype)
        for t in program.free
    }


def repeated(
    executable: Any, lowered: Lowered, values: Mapping[str, Array], count: int, rows: Mapping[str, Array]
) -> Any:
    """The losses and what is carried after `count` single updates; `rows` differ from one to the next."""
    now, losses = dict(values), []
    for update in range(count):
        now |= {name: array[update] for name, array in rows.items()}
        found = executable(now)
        losses.append(found[lowered.outputs[0]])
        now |= {argument: found[output] for output, argument in lowered.carried.items()}
    return np.array(losses), {argument: now[argument] for argument in lowered.carried.values()}


def check_loop(backend: Any, spec: NetworkSpec, dtype: str, tolerance: float) -> None:
    """50 updates at once are 50 single ones, whatever stays or varies; nothing that is given changes."""
    program, lowered = update_of(spec, 3)
    values = arrays(program, dtype)
    random = np.random.default_rng(5)
    rows = {"t": random.uniform(0, 1, (50, *values["t"].shape)).astype(dtype), "eta": np.full(50, 0.05, dtype)}
    carried = {name: values[name] for name in lowered.carried.values()}
    before = {name: array.copy() for name, array in carried.items()}
    for varying in ({}, rows):
        fixed = {name: array for name, array in values.items() if name not in carried and name not in varying}
        loop = backend.compile_loop(lowered, dtype, frozenset(varying))
        losses, after = loop.run(50, carried, fixed, varying)
        wanted = repeated(backend.compile(lowered, dtype), lowered, values, 50, varying)
        np.testing.assert_allclose(losses, wanted[0], rtol=tolerance, atol=tolerance)
        assert after.keys() == carried.keys()
        for name, array in wanted[1].items():
            np.testing.assert_allclose(after[name], array, rtol=tolerance, atol=tolerance, err_msg=name)
            np.testing.assert_array_equal(carried[name], before[name])
