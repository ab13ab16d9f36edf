"""The nets that are measured, as symprop declares them; how other programs declare the same is `peers`'."""

from __future__ import annotations

from symprop.layers.attention import MultiHeadAttention
from symprop.layers.dense import Dense
from symprop.layers.layer import Layer
from symprop.layers.normalisation import LayerNorm
from symprop.layers.shaping import Add
from symprop.network import NetworkSpec

POSITIONS, DIMENSION, HEADS, HIDDEN = 8, 12, 3, 24


def dense(depth: int, width: int) -> NetworkSpec:
    """Sigmoid layers of one width, with biases."""
    return NetworkSpec(width, [Dense(width, "sigmoid") for _ in range(depth)])


def residual(depth: int, width: int) -> NetworkSpec:
    """`depth` times a dense layer whose output is added to its input."""
    layers: list[Layer] = []
    source = "x"
    for k in range(1, depth + 1):
        layers.append(Dense(width, "sigmoid", name=f"dense{k}", inputs=(source,)))
        layers.append(Add(name=f"add{k}", inputs=(source, f"dense{k}")))
        source = f"add{k}"
    return NetworkSpec(width, layers)


def transformer(blocks: int) -> NetworkSpec:
    """Blocks of attention and a gelu feed-forward, each after a layer norm and with a skip around it."""
    layers: list[Layer] = []
    source = "x"
    for k in range(1, blocks + 1):
        layers += [
            LayerNorm(inputs=(source,)),
            MultiHeadAttention(HEADS, name=f"attention{k}"),
            Add(name=f"middle{k}", inputs=(source, f"attention{k}")),
            LayerNorm(),
            Dense(HIDDEN, "gelu"),
            Dense(DIMENSION, name=f"forward{k}"),
            Add(name=f"block{k}", inputs=(f"middle{k}", f"forward{k}")),
        ]
        source = f"block{k}"
    return NetworkSpec((POSITIONS, DIMENSION), layers)
