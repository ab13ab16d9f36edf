"""Networks of any layers as blocks: what each says, who leads where, and lines that go around what is between."""

from __future__ import annotations

import pytest

from symprop import Dense
from symprop.drawing.figure import Kind, Node
from symprop.errors import BudgetError
from symprop.face import Network
from tests.drawing.made import SKIP, drawing, of, overlaps, points

NAMES = ["transformer_block", "mnist_cnn", "64-32-10"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps(name: str) -> None:
    drawn = drawing(name)
    assert drawn.style == "blocks"
    assert overlaps(drawn) == []
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points(drawn))


def test_a_block_says_what_it_is() -> None:
    attention = next(node for node in drawing("transformer_block").nodes if node.key == "2")
    texts = [label.text for label in attention.labels]
    assert texts == ["attention: multi head attention", "y^{(2)}", "4 × 6", r"Q^{(2)},\ K^{(2)},\ V^{(2)},\ O^{(2)}"]
    assert attention.names[:5] == ("Q2", "K2", "V2", "O2", "q2")


def test_a_skip_connection() -> None:
    drawn = of(SKIP)
    ends = [(edge.source, edge.target, edge.names) for edge in drawn.edges]
    assert ends == [
        ("x", "1", ("x",)),
        ("1", "2", ("a1",)),
        ("1", "3", ("a1",)),
        ("2", "3", ("a2",)),
        ("3", "4", ("y3",)),
        ("4", "-loss", ("a4",)),
        ("t", "-loss", ("t",)),
    ]
    assert overlaps(drawn) == []


def test_lines_go_around_blocks() -> None:
    for drawn in (of(SKIP), drawing("transformer_block")):
        nodes = {node.key: node for node in drawn.nodes}
        for edge in drawn.edges:
            for node in nodes.values():
                if node.key not in (edge.source, edge.target):
                    assert not [p for p in edge.points if inside(node, p)], (edge.source, edge.target, node.key)


def inside(node: Node, point: tuple[float, float]) -> bool:
    left, top, right, low = node.box
    return left < point[0] < right and top < point[1] < low


def test_the_chain_of_layers_is_straight() -> None:
    middles = {round(node.x, 6) for node in drawing("transformer_block").nodes if node.kind is not Kind.TARGET}
    assert len(middles) == 1


def test_an_input_may_have_any_name() -> None:
    drawn = of(Network({"loss": 40}, [Dense(9, inputs=("loss",))]))
    assert [node.key for node in drawn.nodes] == ["loss", "1", "t", "-loss"]


def test_more_layers_than_can_be_seen() -> None:
    with pytest.raises(BudgetError, match="at most 150 layers"):
        of(Network(2, [Dense(1) for _ in range(151)]))
