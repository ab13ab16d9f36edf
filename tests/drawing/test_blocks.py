"""Networks of any layers as blocks: what each says, who leads where, and lines that go around what is between."""

from __future__ import annotations

from itertools import pairwise

import pytest

from symprop import LSTM, Dense
from symprop.drawing.figure import Edge, Kind, Node
from symprop.errors import BudgetError
from symprop.face import Network, load
from tests.drawing.made import SKIP, drawing, of, overlaps, points

LSTM = Network((4, 3), [LSTM(5, sequence=True), LSTM(4), Dense(2)], loss="mean_squared_error")
DEEP = Network(30, [Dense(50 - k, activation="tanh") for k in range(20)], name="deep")
NAMES = ["transformer_block", "mnist_cnn", "64-32-10"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps(name: str) -> None:
    drawn = drawing(name)
    assert drawn.style == "blocks"
    assert overlaps(drawn) == []
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points(drawn))


def test_a_layer_with_more_parameters_than_fit() -> None:
    drawn = of(LSTM)
    texts = [label.text for label in drawn.nodes[1].labels]
    assert texts[:3] == ["lstm", "y^{(1)}", "4 × 5"]
    assert (texts[3].count(r",\ "), texts[3][-6:]) == (6, r"\ldots")
    assert {"W1_i", "b1_o"} <= set(drawn.nodes[1].names)
    assert overlaps(drawn) == []


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


@pytest.mark.parametrize(
    "network", [SKIP, DEEP, load("transformer_block"), load("mnist_cnn")], ids=lambda n: n.name[:9]
)
def test_lines_go_around_blocks(network: Network) -> None:
    drawn = of(network)
    nodes = {node.key: node for node in drawn.nodes}
    for edge in drawn.edges:
        for node in nodes.values():
            if node.key not in (edge.source, edge.target):
                assert not [p for p in along(edge) if inside(node, p)], (edge.source, edge.target, node.key)


def along(edge: Edge) -> list[tuple[float, float]]:
    """Points on an edge, a straight line or curves."""
    points = edge.points
    if len(points) == 2:
        return [mixed(points, k / 20) for k in range(21)]
    return [mixed(points[k : k + 4], t / 20) for k in range(0, len(points) - 1, 3) for t in range(21)]


def mixed(points: tuple[tuple[float, float], ...], t: float) -> tuple[float, float]:
    """The point of a Bézier curve at t."""
    while len(points) > 1:
        points = tuple((x + t * (u - x), y + t * (v - y)) for (x, y), (u, v) in pairwise(points))
    return points[0]


def inside(node: Node, point: tuple[float, float]) -> bool:
    left, top, right, low = node.box
    return left < point[0] < right and top < point[1] < low


def test_the_chain_of_layers_is_straight() -> None:
    middles = {round(node.x, 6) for node in of(SKIP).nodes if node.kind is not Kind.TARGET}
    assert len(middles) == 1


@pytest.mark.parametrize(("network", "columns"), [(load("mnist_cnn"), 3), (load("transformer_block"), 2), (DEEP, 4)])
def test_tall_networks_are_folded_into_columns(network: Network, columns: int) -> None:
    drawn = of(network)
    blocks = [node for node in drawn.nodes if node.kind is not Kind.TARGET]
    assert len({round(node.x, 6) for node in blocks}) == columns
    assert drawn.width < 760
    assert drawn.height < 720
    assert overlaps(drawn) == []
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points(drawn))


def test_lines_from_column_to_column_do_not_meet() -> None:
    drawn = drawing("transformer_block")
    inner, outer = (edge for edge in drawn.edges if (edge.source, edge.target) in {("3", "7"), ("4", "5")})
    assert not {(round(x), round(y)) for x, y in along(inner)} & {(round(x), round(y)) for x, y in along(outer)}


def test_an_input_may_have_any_name() -> None:
    drawn = of(Network({"loss": 40}, [Dense(9, inputs=("loss",))]))
    assert [node.key for node in drawn.nodes] == ["loss", "1", "t", "-loss"]


def test_more_layers_than_can_be_seen() -> None:
    with pytest.raises(BudgetError, match="at most 150 layers"):
        of(Network(2, [Dense(1) for _ in range(151)]))
