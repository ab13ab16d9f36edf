"""Each layer on generic inputs: its output and all its gradients against JAX, and against 50-digit differences."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.derivation.verify import verify
from symprop.ir.check import check
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import SumOfProducts, Term
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.attention import Attention, MultiHeadAttention
from symprop.layers.convolution import Conv1d, Conv2d
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer, LayerEquations, spell_out
from symprop.layers.normalisation import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from symprop.layers.pooling import AvgPool, GlobalAvgPool, MaxPool
from symprop.layers.recurrent import GRU, LSTM, RNN
from symprop.layers.shaping import Add, Concatenate, Dropout, Flatten, Multiply
from symprop.layers.softmax import LogSoftmax, Softmax
from symprop.notation.names import Names
from symprop.scalar.numeric import FLOAT
from tests.layers.jax_layers import forward
from tests.layers.networks import declared

Shape = tuple[int, ...]

# Layers with the shapes of their inputs, the first axis being the batch.
CASES: list[tuple[Layer, tuple[Shape, ...]]] = [
    (Dense(4, "tanh"), ((2, 3),)),
    (Dense(2, "gelu", bias=False), ((2, 5, 3),)),
    (Dense(2, "silu"), ((1, 2, 4, 3),)),
    (Add(), ((2, 3, 4), (2, 3, 4), (2, 3, 4))),
    (Multiply(), ((2, 3), (2, 3), (2, 3))),
    (Concatenate(), ((2, 3, 4), (2, 3, 1), (2, 3, 2))),
    (Flatten(), ((2, 3, 4, 5),)),
    (Dropout(0.25), ((2, 3, 4),)),
    (Softmax(), ((2, 3, 4),)),
    (LogSoftmax(), ((2, 5),)),
    (LayerNorm(), ((2, 3, 4),)),
    (RMSNorm(epsilon=1e-3), ((2, 3, 4),)),
    (BatchNorm(), ((5, 3),)),
    (BatchNorm(epsilon=1e-2), ((2, 3, 4, 1),)),
    (GroupNorm(2), ((2, 4, 3),)),
    (GroupNorm(3, epsilon=1e-2), ((1, 6, 2, 4),)),
    (Attention(), ((2, 3, 2), (2, 4, 2), (2, 4, 5))),
    (Attention(causal=True), ((1, 4, 2), (1, 4, 2), (1, 4, 3))),
    (MultiHeadAttention(2), ((1, 3, 4),)),
    (MultiHeadAttention(3, causal=True), ((1, 2, 6),)),
    (Conv1d(3, 2, stride=2, padding=1), ((2, 2, 5),)),
    (Conv2d(2, (2, 3), "sigmoid", padding=(1, 0), dilation=(2, 1)), ((1, 3, 4, 5),)),
    (Conv2d(6, (1, 2), stride=(1, 2), groups=2, bias=False), ((1, 4, 3, 5),)),
    (MaxPool(2), ((1, 2, 5, 4),)),
    (MaxPool((2, 3), stride=(2, 1), padding=1), ((1, 2, 3, 4),)),
    (AvgPool((2, 1), padding=(1, 0)), ((2, 2, 3, 4),)),
    (AvgPool(2, stride=1), ((2, 3, 4),)),
    (GlobalAvgPool(), ((2, 3, 4, 5),)),
    (RNN(2), ((2, 3, 4),)),
    (RNN(2, sequence=True), ((1, 3, 4),)),
    (LSTM(2, sequence=True), ((1, 3, 1),)),
    (GRU(3), ((2, 2, 1),)),
]


def _named(case: tuple[Layer, tuple[Shape, ...]]) -> str:
    layer, shapes = case
    return f"{type(layer).__name__}{'x'.join(map(str, shapes[0]))}"


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_a_layer_agrees_with_jax(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    spelled_out, program = _program(layer, shapes)
    arrays = dict(_arrays(program))
    wrt = [name for name, tensor in program.tensors.items() if name in arrays and tensor.role is not Role.CONSTANT]
    derivation = derive(program, wrt)
    known = evaluate_program(unroll(derivation.program, Names()), _scalars(arrays), FLOAT)

    def loss(given: dict[str, Any]) -> Any:
        inputs = [given[f"in{k}"] for k in range(len(shapes))]
        parameters = {declared(name)[0]: value for name, value in given.items()}
        output = forward(layer, parameters, *inputs)
        return jnp.sum(output * given["weigh"]), output

    compiled = jax.jit(jax.value_and_grad(loss, has_aux=True))  # one compilation instead of one for every operation
    (_, output), slopes = compiled({n: jnp.array(a) for n, a in arrays.items()})
    assert _gathered(known, spelled_out.output) == pytest.approx(np.asarray(output), rel=1e-12, abs=1e-12)
    for name in wrt:
        gradient = derivation.program.tensors[derivation.gradients[name]]
        assert _gathered(known, gradient) == pytest.approx(np.asarray(slopes[name]), rel=1e-9, abs=1e-10), name


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_a_layer_agrees_with_differences(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    _, program = _program(layer, shapes)
    wrt = [t.name for t in program.free if t.role in (Role.PARAMETER, Role.INPUT)]
    assert verify(derive(program, wrt), Names()).ok


def _program(layer: Layer, shapes: tuple[Shape, ...]) -> tuple[LayerEquations, Program]:
    """The layer on inputs of its own, and the sum of its outputs, each with a weight, as the loss."""
    sources = tuple(
        Tensor(f"in{k}", tuple(Index(f"ax{n}", extent) for n, extent in enumerate(shape)), Role.INPUT)
        for k, shape in enumerate(shapes)
    )
    spelled_out = spell_out(layer, 3, sources, 1)
    output = spelled_out.output
    weigh = Tensor("weigh", output.indices, Role.INPUT)
    products = SumOfProducts((Term(Fraction(1), (output(), weigh()), output.indices),))
    loss = Equation(Tensor("E", (), Role.LOSS)(), products, Origin("loss"))
    free = (*sources, weigh, *spelled_out.free)
    return spelled_out, check(Program(free, (*spelled_out.equations, loss), "E"))


def _arrays(program: Program) -> Iterator[tuple[str, Any]]:
    random = np.random.default_rng(7)
    for tensor in program.free:
        yield tensor.name, random.normal(size=tensor.extents)


def _scalars(arrays: dict[str, Any]) -> dict[str, float]:
    return {
        Names().element(name, position, array.shape): float(array[position])
        for name, array in arrays.items()
        for position in product(*map(range, array.shape))
    }


def _gathered(known: dict[str, Any], tensor: Tensor) -> Any:
    names = Names()
    found = np.empty(tensor.extents)
    for position in product(*map(range, tensor.extents)):
        found[position] = known[names.element(tensor.name, position, tensor.extents)]
    return found
