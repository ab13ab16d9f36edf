"""Network files as texts, which tests spoil in one place or another."""

from __future__ import annotations

FULL = """\
name = "Netz – 1"
description = "A net with everything."
inputs = 2
loss = { name = "quartic", expression = "(t - a)**4", reduction = "mean" }

[[layers]]
units = 3
activation = { name = "swish2", expression = "x*sigmoid(2*x)", codomain = [-1, inf] }
bias = "layer"
bias_trainable = false
weights = "shared"

[[layers]]
units = 3
activation = "tanh"
bias = false
trainable = false

[[layers]]
units = 1
bias = true

[values]
x = [0.05, 0.1]
shared = [[1, 2], [3, 4], [5, 6]]
b_o1 = -1

[training]
learning_rate = 0.25
epochs = 7
tolerance = 1e-6
seed = 42
x = [[0, 0], [0, 1]]
t = [[0], [1]]
"""
SMALL = """\
inputs = 2
loss = "huber"
[[layers]]
units = 3
activation = "tanh"

[[layers]]
units = 1
"""
EQUATIONS = """\
equations = [
    "h = w*x + b", # a sum
    "E = (t - h)**2",
]
loss = "E"
parameters = ["w", "b"]
"""


def extended(key: str, text: str = SMALL) -> str:
    """A text with one more line in its last table."""
    return f"{text}{key}\n"


def trained(key: str) -> str:
    return f"{SMALL}[training]\n{key}\n"


def valued(key: str) -> str:
    return f"{SMALL}[values]\n{key}\n"
