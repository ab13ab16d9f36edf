"""The order of the axes for JAX: what convolutions read and write, what is worked out from it, and what stays."""

from __future__ import annotations

from symprop.backends.jax.layout import channels_last
from symprop.derivation.sweep import derive
from symprop.ir.check import check_lines
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm, LayerNorm
from symprop.layers.pooling import MaxPool
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.update_rule import UpdateRule


def _update(shape: tuple[int, ...], layers: list[Layer], rows: int | None = None) -> Lowered:
    program = NetworkSpec(shape, layers, "squared_error", batch=rows).elaborate()
    step = training_step(derive(program if rows else batch(program, 2)), UpdateRule("sgd"))
    news = {new: old for old, new in step.updated.items()}
    return lower(step.program, [step.program.loss, *news], news)


def test_channels_stand_last_in_all_that_a_convolution_touches() -> None:
    layers: list[Layer] = [Conv2d(4, (3, 2), "relu"), BatchNorm(), MaxPool(2), Conv2d(5, 2)]
    before = _update((3, 8, 9), layers, rows=6)
    after = channels_last(before)
    check_lines(after.arguments, after.equations)
    shapes = {name: tensor.extents for name, tensor in after.tensors.items()}
    assert shapes["z1"] == shapes["a1"] == shapes["y2"] == shapes["dE_total_dz1"] == (6, 6, 8, 4)
    assert shapes["y3"] == shapes["dE_total_dy3"] == (6, 3, 4, 4)
    assert shapes["z4"] == shapes["dE_total_dz4"] == (6, 2, 3, 5)
    assert shapes["dy3_dy2_local"] == (6, 3, 2, 4, 2, 4)  # as y2 is cut into windows
    kept = (*(tensor.name for tensor in before.arguments), *before.outputs)
    assert all(after.tensors[name] == before.tensors[name] for name in kept)
    assert {line.name: sorted(shapes[line.name]) for line in before.equations} == {
        line.name: sorted(line.target.tensor.extents) for line in before.equations
    }


def test_without_convolutions_nothing_is_turned() -> None:
    lowered = _update((5, 6), [LayerNorm(), MultiHeadAttention(2)])
    assert channels_last(lowered) is lowered
