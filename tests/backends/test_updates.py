"""Loops of updates by every back end, where lowering takes updates apart: into numbers, or into sums with their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.backends import BACKENDS, load_backend
from symprop.derivation.sweep import derive
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.lowering.batch import batch
from symprop.lowering.lowered import lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.update_rule import UpdateRule
from tests.backends.steps import repeated

# The gradients of the first layer's weights are large sums of small factors, those of the second's are not.
WIDE = NetworkSpec(41, [Dense(53, "tanh"), Dense(3)], "squared_error"), 19
SMALL = NetworkSpec(3, [Dense(2, "tanh"), Dense(1)], "squared_error"), 2
RULES = {
    "sgd": UpdateRule("sgd"),
    "decay": UpdateRule("sgd", settings={"weight_decay": 0.05}),
    "momentum": UpdateRule("momentum"),
    "nesterov": UpdateRule("nesterov"),
    "clipped": UpdateRule("sgd", settings={"clip_norm": 0.02}),
    "adam": UpdateRule("adam"),
}
SLOW = [("numba", "nesterov"), ("numba", "decay"), ("numba", "clipped"), ("numba", "momentum"), ("numba", "adam")]


def _pairs() -> list[Any]:
    pairs = [(backend, rule) for backend in BACKENDS for rule in RULES]
    return [pytest.param(*pair, marks=[pytest.mark.slow] if pair in SLOW else []) for pair in pairs]


@pytest.mark.parametrize("net", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize(("backend", "rule"), _pairs())
def test_a_loop_is_what_its_equations_say_again_and_again(
    backend: str, rule: str, net: tuple[NetworkSpec, int]
) -> None:
    """Against single updates in NumPy that keep every gradient; some numbers differ from one update to the next."""
    spec, rows = net
    step = training_step(derive(batch(spec.elaborate(), rows)), RULES[rule])
    program, carried = step.program, {new: old for old, new in step.updated.items()}
    outputs = [program.loss, *carried]
    random = np.random.default_rng(8)
    values = {t.name: random.uniform(-0.5, 0.5, t.extents) for t in program.free}
    values |= {name: np.array(number) for name, number in step.settings.items()} | {step.learning_rate: np.array(0.03)}
    values |= {
        t.name: np.full(t.extents, t.start) for t in program.free if t.role is Role.STATE and t.start is not None
    }
    changing = {"t": random.uniform(0, 1, (7, *values["t"].shape))}
    alone = load_backend("numpy").compile(lower(program, outputs), "float64")
    losses, after = repeated(alone, lower(program, outputs, carried), values, 7, changing)
    lowered = lower(program, outputs, carried)
    loop = load_backend(backend).compile_loop(lowered, "float64", frozenset(changing))
    start = {argument: values[argument] for argument in carried.values()}
    fixed = {t.name: values[t.name] for t in lowered.arguments if t.name not in start and t.name not in changing}
    found = loop.run(7, start, fixed, changing)
    np.testing.assert_allclose(found[0], losses, rtol=1e-10)
    for name, array in after.items():
        np.testing.assert_allclose(found[1][name], array, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("backend", BACKENDS)
def test_small_updates_of_large_numbers_are_not_lost(backend: str) -> None:
    """Many products, each too small to change a weight near 1 in single precision, do so together."""
    rows, spec = 64, NetworkSpec(110, [Dense(90, "identity", bias=False)], "squared_error")
    step = training_step(derive(batch(spec.elaborate(), rows)), UpdateRule("sgd"))
    lowered = lower(step.program, [step.program.loss, *step.updated.values()], {n: o for o, n in step.updated.items()})
    assert "dE_total_dW1" not in lowered.tensors
    random = np.random.default_rng(0)
    weights, x = 1 + random.uniform(0, 0.2, (90, 110)).astype("float32"), random.uniform(0.5, 1, (rows, 110))
    fed = {"x": x, "t": x @ weights.T.astype(float) - 1e-3, "eta": 4e-4}
    loop = load_backend(backend).compile_loop(lowered, "float32", frozenset())
    _, after = loop.run(1, {"W1": weights}, {name: np.asarray(array, "float32") for name, array in fed.items()}, {})
    exact = load_backend("numpy").compile(lowered, "float64")({"W1": weights, **fed})["next_W1"]
    np.testing.assert_allclose(after["W1"] - weights, exact - weights, atol=1.3e-7)  # one unit of the last place
    assert (after["W1"] != weights).all()
