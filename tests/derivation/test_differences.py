"""Differences along several directions at once are those along each, and touch only what the change reaches."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from symprop.derivation.differences import difference_step, differences, tail_of
from symprop.derivation.known import Known, as_numbers, first_known
from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import Program, needed
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.normalisation import BatchNorm
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Concatenate, Flatten
from symprop.network import NetworkSpec
from symprop.scalar.decimals import decimals

NETS = {
    "dense": NetworkSpec(3, [Dense(2, "gelu", name="h"), Concatenate(inputs=("h", "x")), Dense(4, "relu")], "huber"),
    "conv": NetworkSpec(
        (1, 5, 4), [Conv2d(2, (2, 3), "tanh", padding=(1, 0)), BatchNorm(), MaxPool(2), Flatten()], batch=2
    ),
    "attention": NetworkSpec((3, 4), [MultiHeadAttention(2, causal=True)], "squared_error"),
    "embedding": NetworkSpec((3,), [Embedding(5, 2), Flatten(), Dense(2)], "mean_squared_error"),
    "classes": NetworkSpec(4, [Dense(3)], "categorical_cross_entropy_from_logits", batch=2),
}


def one_by_one(known: Known, name: str, directions: Any, step: Any, arithmetic: Any) -> list[Any]:
    """Each side of each direction by an evaluation of its own, of everything."""
    program, base = known.derivation.forward, known.base
    free = {tensor.name: base[tensor.name] for tensor in program.free if tensor.name in base}
    equations = needed(program.equations, [program.loss])
    found = []
    for direction in directions:
        sides = [
            evaluate_arrays(program, {**free, name: base[name] + move * direction}, arithmetic, equations)
            for move in (step, -step)
        ]
        found.append((sides[0][program.loss].item() - sides[1][program.loss].item()) / (2 * step))
    return found


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_directions_do_not_meet(net: NetworkSpec) -> None:
    derivation, random = derive(net.elaborate()), Random(2)
    known = first_known(derivation, 40, 3)
    program = known.derivation.forward
    with decimals(40) as arithmetic:
        step = arithmetic.given(difference_step(40))
        for name in derivation.gradients:
            shape = (3, *program.tensors[name].extents)
            drawn = [Fraction(random.randint(-9, 9), 10) for _ in range(int(np.prod(shape)))]
            directions = as_numbers(np.array(drawn).reshape(shape), arithmetic)
            tail = tail_of(needed(program.equations, [program.loss]), name)
            found = differences(program, tail, name, directions, known.base, step, arithmetic)
            expected = one_by_one(known, name, directions, step, arithmetic)
            # Sums are rounded in another order, and a difference loses the digits of its step.
            assert found == pytest.approx(expected, abs=arithmetic.given("1e-22"))


def loss_alone() -> tuple[Program, Known]:
    known = first_known(derive(NetworkSpec(3, [Dense(2)]).elaborate()), 20, 0)
    return known.derivation.forward, known


def test_the_loss_moves_with_itself_and_with_nothing_else() -> None:
    program, known = loss_alone()
    with decimals(20) as arithmetic:
        step, one = arithmetic.given(difference_step(20)), arithmetic.rational(1, 1)
        directions = np.array([one, 2 * one], dtype=object)
        assert differences(program, [], program.loss, directions, known.base, step, arithmetic).tolist() == [1, 2]
        whole = np.broadcast_to(directions[:, np.newaxis], (2, 3))
        assert differences(program, [], "x", whole, known.base, step, arithmetic).tolist() == [0, 0]


def test_the_tail_is_what_a_change_reaches() -> None:
    program, _ = loss_alone()
    assert [equation.name for equation in tail_of(program.equations, "z1")] == ["a1", "E", "E_total"]
    assert tail_of(program.equations, program.loss) == []
