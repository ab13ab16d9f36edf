"""Every back end on every layer, activation and loss: the same numbers as the exact reading of the equations."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.backends import BACKENDS, load_backend
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import elements
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.nodes import Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Origin, Program, integer_tensors
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer, spell_out
from symprop.layers.softmax import LogSoftmax
from symprop.lowering.batch import batch
from symprop.lowering.lowered import lower
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES
from symprop.scalar.numeric import FLOAT
from tests.layers.networks import Network, networks
from tests.layers.test_layers import CASES

# Random networks for each, in the ordinary run and in the slow one: what compiles slowly gets fewer.
DRAWN = {"numpy": (50, 400), "c": (3, 80), "jax": (2, 30), "numba": (0, 4)}
# numba takes seconds for each program.
EVERY = [pytest.param(name, marks=[pytest.mark.slow] if name == "numba" else []) for name in BACKENDS]


def numbers(program: Program, seed: int) -> dict[str, Any]:
    """An array for each free tensor; states, as variances are, and targets are positive."""
    random = np.random.default_rng(seed)
    found = {}
    for tensor in program.free:
        drawn = random.uniform(-1, 1, tensor.extents)
        found[tensor.name] = np.abs(drawn) + 0.1 if tensor.role in (Role.STATE, Role.TARGET) else drawn
    return found


def with_integers(program: Program, seed: int) -> Program:
    random, integers = Random(seed), dict(program.integers)
    for tensor, most in integer_tensors(program).items():
        for element in elements(tensor):
            integers.setdefault((tensor.name, element), random.randrange(most))
    return replace(program, integers=integers)


def compare(backend: str, program: Program, seed: int) -> None:
    """By all that is computed: each quantity an output of its own, and then the gradients alone."""
    program = with_integers(program, seed)
    by = [t.name for t in program.free if t.role in (Role.PARAMETER, Role.INPUT)]
    derivation = derive(program, by)
    values = numbers(program, seed)
    for name in {tensor.name for tensor in program.free if tensor.role is Role.INDEX}:
        tensor = program.tensors[name]
        flat = [program.integers[name, position] for position in elements(tensor)]
        values[name] = np.array(flat, dtype=np.int64).reshape(tensor.extents)
    given = {name: value for name, value in values.items() if program.tensors[name].role is not Role.INDEX}
    wanted = evaluate_arrays(derivation.program, given, FLOAT)
    every = [equation.name for equation in derivation.program.equations]
    alone = [program.loss, *derivation.gradients.values()]
    for outputs in [every] if backend == "numba" else [every, alone]:  # it compiles for seconds
        executable = load_backend(backend).compile(lower(derivation.program, outputs), "float64")
        found = executable(values)
        for name in outputs:
            expected = wanted[name].astype(float)
            np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("backend", EVERY)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer(case: tuple[Layer, tuple[tuple[int, ...], ...]], backend: str) -> None:
    layer, shapes = case
    axes = [tuple(Index(f"a{n}", extent) for n, extent in enumerate(shape)) for shape in shapes]
    sources = [Tensor(f"s{k}", indices, Role.INPUT) for k, indices in enumerate(axes)]
    spelled = spell_out(layer, 1, tuple(sources), 1)
    output = spelled.output
    weights = Tensor("weights", output.indices, Role.TARGET)
    value = single(1, output(), weights(), over=output.indices)
    loss = Equation(Tensor("L", (), Role.LOSS)(), value, Origin("loss"))
    compare(backend, Program((*sources, weights, *spelled.free), (*spelled.equations, loss), "L"), 1)


@pytest.mark.parametrize("backend", EVERY)
def test_every_activation(backend: str) -> None:
    """All in one program, on pre-activations far from 0 and near it."""
    z, w = Tensor("z", (Index("n", 7),), Role.INPUT), Tensor("w", (), Role.PARAMETER)
    lines, terms = [], []
    for name, function in ACTIVATIONS.items():
        a = Tensor(f"a_{name}", z.indices)
        lines.append(Equation(a(), elementwise(function(operand(0) * operand(1)), z(), w()), Origin("test")))
        terms.append(Term(Fraction(1), (a(), a()), a.indices))
    loss = Equation(Tensor("L", (), Role.LOSS)(), total(*terms), Origin("loss"))
    compare(backend, Program((z, w), (*lines, loss), "L"), 6)


@pytest.mark.parametrize("backend", EVERY)
@pytest.mark.parametrize("name", sorted({*LOSSES, *JOINT_LOSSES}))
def test_every_loss(name: str, backend: str) -> None:
    layers = [Dense(2, "identity" if name.endswith("logits") else "sigmoid")]
    more = [LogSoftmax()] if name == "negative_log_likelihood" else []
    compare(backend, batch(NetworkSpec(3, [*layers, *more], name).elaborate(), 4), 7)


def test_every_back_end_is_drawn_for() -> None:
    assert DRAWN.keys() == BACKENDS.keys()


def _agrees(backend: str, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(network=networks(), seed=st.integers(0, 10**6), rows=st.integers(1, 3))
    def agrees(network: Network, seed: int, rows: int) -> None:
        compare(backend, batch(network.spec.elaborate(network.training), rows), seed)

    agrees()


@pytest.mark.parametrize("backend", [name for name, (few, _) in DRAWN.items() if few])
def test_random_networks(backend: str) -> None:
    _agrees(backend, DRAWN[backend][0])


@pytest.mark.slow
@pytest.mark.parametrize("backend", DRAWN)
def test_many_random_networks(backend: str) -> None:
    _agrees(backend, DRAWN[backend][1])
