"""What is said in drawings: names that are too long for their place are cut, the others are not."""

from __future__ import annotations

import pytest

from symprop import Dense, Network
from symprop.drawing.captions import LONGEST, block_title, column_caption
from symprop.prose import prose

WORDS = prose("en")


@pytest.mark.parametrize(
    ("name", "shown"), [("n" * 26, "n" * 26), ("n" * 27, "n" * 25 + "…"), ("n" * 64, "n" * 25 + "…")]
)
def test_a_name_of_a_layer_takes_so_much_room_and_no_more(name: str, shown: str) -> None:
    assert len(shown) == LONGEST
    net = Network(3, [Dense(4, "tanh", name=name), Dense(2)])
    assert column_caption(WORDS, net, 1) == f"{shown}, tanh"
    assert block_title(WORDS, net.layers[0]).startswith(f"{shown}:")


def test_a_layer_without_a_name_is_called_by_its_place() -> None:
    net = Network(3, [Dense(4, "tanh"), Dense(5), Dense(2)])
    assert [column_caption(WORDS, net, place) for place in range(4)] == [
        "inputs", "hidden layer 1, tanh", "hidden layer 2", "output layer"
    ]  # fmt: skip
