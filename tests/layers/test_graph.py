"""Graphs of layers: an order is found, and each bad graph is refused with the layer's number, kind and name."""

from __future__ import annotations

from typing import Any

import pytest

from symprop.errors import UserError
from symprop.layers.attention import Attention
from symprop.layers.dense import Dense
from symprop.layers.graph import graph
from symprop.layers.layer import Layer
from symprop.layers.shaping import Add, Multiply

BAD: list[tuple[list[Layer], list[str], str]] = [
    (
        [Dense(2, name="a", inputs="b"), Dense(2, name="b", inputs="a"), Dense(1, inputs="x")],
        ["x"],
        "layer 1, Dense 'a': the layers form a cycle (got layers 1 -> 2 -> 1). A layer cannot read what depends on it.",
    ),
    ([Dense(2, name="a", inputs="a")], ["x"], "layer 1, Dense 'a': the layers form a cycle (got layers 1 -> 1)"),
    (
        [Dense(2, name="hidden"), Dense(1, inputs="hiden")],
        ["x"],
        "layer 2, Dense: there is no layer or input 'hiden' to read. Did you mean 'hidden'?",
    ),
    ([Dense(2, name="a"), Dense(2, name="a")], ["x"], "layer 2, Dense 'a': two things are called 'a'. Rename one."),
    ([Dense(2, name="x")], ["x"], "layer 1, Dense 'x': two things are called 'x'"),
    (
        [Dense(2), Add()],
        ["x"],
        "layer 2, Add: a wrong number of inputs (expected at least 2, got 1). Name what it reads in its inputs.",
    ),
    ([Dense(2, inputs=("u", "v"))], ["u", "v"], "layer 1, Dense: a wrong number of inputs (expected 1, got 2)"),
    ([Attention(inputs=("u", "v"))], ["u", "v"], "layer 1, Attention: a wrong number of inputs (expected 3, got 2)"),
    (
        [Dense(2, name="a"), Dense(1, inputs="x")],
        ["x"],
        "layer 1, Dense 'a': nothing reads the layer's output. Name it in another layer's inputs.",
    ),
    ([Dense(2)], ["u", "v"], "nothing reads the input 'v'. Name it in a layer's inputs."),
]


@pytest.mark.parametrize(("layers", "inputs", "message"), BAD, ids=[message[:45] for *_, message in BAD])
def test_a_bad_graph_is_refused(layers: list[Layer], inputs: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        graph(layers, inputs)
    assert str(caught.value).startswith(message)


def test_a_layer_may_stand_before_what_it_reads() -> None:
    layers: list[Any] = [
        Add(name="both", inputs=("left", "x")),
        Dense(3, name="left", inputs="x"),
        Multiply(inputs=("both", "left")),
    ]
    assert [node.number for node in graph(layers, ["x"])] == [2, 1, 3]


def test_a_layer_reads_the_one_before_it_unless_it_says_otherwise() -> None:
    nodes = graph([Dense(3), Dense(3, name="b"), Add(inputs=("b", "b", "x"))], ["x"])
    assert [node.sources for node in nodes] == [("x",), (1,), (2, 2, "x")]


def test_a_long_chain_needs_no_deep_stack() -> None:
    """Listed backwards, so that each layer is found from the one that reads it."""
    count = 3_000
    last = Dense(1, name="n0", inputs="n1")
    middle = [Dense(1, name=f"n{k}", inputs=f"n{k + 1}") for k in range(1, count)]
    nodes = graph([*reversed(middle), Dense(1, name=f"n{count}", inputs="x"), last], ["x"])
    assert [node.layer.name for node in nodes] == [f"n{k}" for k in range(count, -1, -1)]
