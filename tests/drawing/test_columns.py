"""Small networks neuron by neuron: nothing overlaps, everything stands on the paper, every parameter once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from symprop import Dense
from symprop.drawing.figure import Kind
from symprop.drawing.neurons import is_small
from symprop.face import Network, load
from symprop.ir.tensor import Role
from tests.drawing.made import HOSTILE, SMALL, covered, drawing, of, overlaps, points, touch


@pytest.mark.parametrize("notation", ["classroom", "textbook"])
@pytest.mark.parametrize("name", SMALL)
def test_nothing_overlaps(name: str, notation: str) -> None:
    drawn = drawing(name, notation=notation)
    assert drawn.style == "neurons"
    assert overlaps(drawn) == []


@pytest.mark.parametrize("notation", ["classroom", "textbook"])
@pytest.mark.parametrize("name", SMALL)
def test_no_label_covers_another_line_and_no_line_a_node(name: str, notation: str) -> None:
    assert covered(drawing(name, notation=notation)) == []


def test_lines_below_labels_are_found() -> None:
    drawn = drawing("classroom")
    (label, value), (start, end) = drawn.edges[1].labels, drawn.edges[0].points
    moved = replace(drawn.edges[1], labels=(replace(label, x=start[0] + 60, y=end[1]), value))
    assert "w2 on i1 to h1" in covered(replace(drawn, edges=(drawn.edges[0], moved)))


def test_a_dense_network_has_a_bias_for_each_neuron() -> None:
    drawn = drawing("four_layers")
    biases = [node.key for node in drawn.nodes if node.kind is Kind.BIAS]
    assert (biases[:2], biases[-1], len(biases)) == (["b3", "b_h1_1"], "b_o2", 12)
    assert next(edge for edge in drawn.edges if edge.source == "b_h1_1").target == "h1_1"
    assert drawn.width < 1340
    assert drawn.height < 720


def test_numbers_on_lines_go_where_there_is_no_room() -> None:
    weights = [[0.125 * (i - j) for i in range(5)] for j in range(6)]
    network = Network(5, [Dense(6, weights="V", bias=False)], values={"V": weights, "x": [1, 2, 3, 4, 5]})
    drawn = of(network)
    assert overlaps(drawn) == covered(drawn) == []
    assert {label.of[:1] for label in drawn.labels if label.style == "value"} == {"i"}


def test_nothing_overlaps_with_long_names_and_numbers() -> None:
    assert overlaps(of(HOSTILE)) == []
    assert overlaps(of(HOSTILE, notation="textbook")) == []


def test_the_overlaps_are_found() -> None:
    drawn = drawing("classroom")
    edge = drawn.edges[1]
    moved = replace(edge, labels=tuple(replace(label, y=label.y - 20) for label in edge.labels))
    assert overlaps(replace(drawn, edges=(*drawn.edges[:1], moved, *drawn.edges[2:])))
    assert touch((0, 0, 2, 2), (1, 1, 3, 3))


@pytest.mark.parametrize("name", SMALL)
def test_everything_stands_on_the_paper(name: str) -> None:
    drawn = drawing(name)
    corners = [c for b in (p.box for p in (*drawn.nodes, *drawn.labels)) for c in (b[:2], b[2:])]
    for x, y in (*corners, *points(drawn)):
        assert 0 <= x <= drawn.width
        assert 0 <= y <= drawn.height


@pytest.mark.parametrize("name", SMALL)
def test_every_parameter_stands_once(name: str) -> None:
    network = load(name)
    derivation = network.derive()
    forward = derivation.core.forward
    parameters = [e for t in forward.with_role(Role.PARAMETER) for e in derivation.names.elements(t)]
    drawn = drawing(name)
    met = Counter(n for part in (*drawn.nodes, *drawn.edges) for n in part.names)
    assert {parameter: met[parameter] for parameter in parameters} == dict.fromkeys(parameters, 1)
    assert set(met.values()) == {1}
    assert {"i1", "a_o1", "t1", "E_total"} <= met.keys()


def test_weights_lead_from_their_source_to_their_neuron() -> None:
    ends = {name: (edge.source, edge.target) for edge in drawing("2-3-1").edges for name in edge.names}
    assert [ends["w1"], ends["w2"], ends["w3"], ends["w9"]] == [("i1", "h1"), ("i2", "h1"), ("i1", "h2"), ("h3", "o1")]
    assert ends["b_h3"] == ("bias-1", "h3")


def test_values_stand_beside_their_names() -> None:
    texts = {label.of: label.text for label in drawing("classroom").labels if label.style == "value"}
    assert (texts["w5"], texts["i1"], texts["a_h1"], texts["E_total"]) == ("0.4", "0.05", "0.5069", "0.01418")
    assert not [label for label in drawing("2-3-1").labels if label.style == "value"]


def test_a_bias_for_a_layer_is_one_node() -> None:
    drawn = drawing("mazur")
    biases = {node.key: node.names for node in drawn.nodes if node.kind is Kind.BIAS}
    assert biases == {"b1": ("b1",), "b2": ("b2",)}
    assert [edge.target for edge in drawn.edges if edge.source == "b2"] == ["o1", "o2"]


def test_without_bias_there_is_no_such_node() -> None:
    assert Kind.BIAS not in {node.kind for node in drawing("classroom").nodes}


def test_a_loss_of_all_outputs_together_is_one_node() -> None:
    drawn = of(Network(2, [Dense(3)], loss="categorical_cross_entropy_from_logits"))
    losses = {node.key: node.names for node in drawn.nodes if node.kind is Kind.LOSS}
    assert losses == {"E": ("E", "l", "p1", "p2", "p3"), "E_total": ("E_total",)}
    assert [node.names for node in drawn.nodes if node.kind is Kind.TARGET] == [("t1", "t2", "t3")]
    assert [e.source for e in drawn.edges if e.target == "E"] == ["o1", "o2", "o3", "t"]
    assert overlaps(drawn) == []


def test_penalties_belong_to_the_whole_loss() -> None:
    drawn = of(Network(2, [Dense(2, l2=0.1, bias=False)]), highlight="w1")
    assert next(node for node in drawn.nodes if node.key == "E_total").names == ("E_total", "R1")
    assert "R1" in drawn.paths


def test_an_activation_that_names_its_parts() -> None:
    drawn = of(Network(2, [Dense(2, activation="gelu")]))
    neuron = next(node for node in drawn.nodes if node.key == "o1")
    assert (neuron.names[0], neuron.names[-1], len(neuron.names)) == ("o1", "a_o1", 4)


@pytest.mark.parametrize(
    ("sizes", "small"),
    [("8-4", True), ("8-8", False), ("64-32-10", False), ("2-2-2-2-2-2-2-2", False), ("1-36", False)],
)
def test_what_is_small(sizes: str, small: bool) -> None:
    assert is_small(load(sizes)) is small


def test_where_labels_take_too_much_room_there_are_blocks() -> None:
    network = load("1-18")
    assert is_small(network)
    assert of(network, "w1").style == "blocks"


def test_batches_and_other_layers_are_not_drawn_by_neurons() -> None:
    assert not is_small(Network(2, [Dense(2)], batch=3))
    assert not is_small(Network((4, 2), [Dense(2)]))
