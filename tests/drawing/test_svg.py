"""The SVG: well-formed, alone, the same each time, with the classes and attributes that pages rely on."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from symprop import Dense
from symprop.drawing import svg
from symprop.face import Equations, Network, load
from symprop.palette import LAYERS
from tests.drawing.made import EQUATIONS, HOSTILE, SKIP, SMALL, drawing, of

SPACE = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def grouped(root: ET.Element, kind: str) -> list[ET.Element]:
    return [g for g in root.iter(f"{SPACE}g") if kind in g.get("class", "").split()]


@pytest.mark.parametrize("name", [*SMALL, "transformer_block", "mnist_cnn", "logistic_equations", "64-32-10"])
def test_it_is_well_formed_and_needs_nothing_else(name: str) -> None:
    text = svg(drawing(name))
    root = parsed(text)
    assert root.tag == f"{SPACE}svg"
    assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan"
    }  # fmt: skip
    assert not re.search(r"href|url\(|@import|<script|on\w+=", text)


def test_the_root_says_what_it_is() -> None:
    root = parsed(svg(drawing("classroom")))
    assert (root.get("class"), root.get("role")) == ("symprop-drawing", "img")
    ids = [root.find(f"{SPACE}{tag}").get("id") for tag in ("title", "desc")]  # type: ignore[union-attr]
    assert root.get("aria-labelledby") == " ".join(map(str, ids))
    assert root.findtext(f"{SPACE}desc") == (
        "2 inputs on the left, then 2 layers of 2 and 2 neurons, and the loss on the right. Each line is a weight."
    )
    assert re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.get("viewBox", ""))


def test_ids_of_two_drawings_differ() -> None:
    texts = [svg(drawing("classroom")), svg(drawing("classroom", "w1")), svg(drawing("2-3-1"), "mine")]
    ids = [element.get("id") for text in texts for element in parsed(text).iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 6
    assert "mine-title" in ids


def test_names_of_nodes_and_edges() -> None:
    root = parsed(svg(drawing("classroom")))
    nodes = {g.get("data-key"): g for g in grouped(root, "node")}
    assert (nodes["h1"].get("data-names"), nodes["h1"].get("class")) == ("h1 a_h1", "node neuron layer-1")
    edges = {g.get("data-names"): g for g in grouped(root, "edge")}
    assert (edges["w3"].get("data-from"), edges["w3"].get("data-to")) == ("i1", "h2")
    ends = {g.get(end) for g in grouped(root, "edge") for end in ("data-from", "data-to")}
    assert ends == set(nodes)
    labels = {g.get("data-label-of"): "".join(g.itertext()).split() for g in grouped(root, "edge-label")}
    assert labels["w3"] == ["w3", "0.25"]


def test_values_are_found_by_name() -> None:
    root = parsed(svg(drawing("classroom")))
    values = {t.get("data-value-of"): t.text for t in root.iter(f"{SPACE}text") if t.get("class") == "value"}
    assert (values["w1"], values["a_h1"], len(values)) == ("0.15", "0.5069", 8 + 4 + 8 + 3)
    names = Counter(t.get("data-name-of") for t in root.iter(f"{SPACE}text") if t.get("class") == "name")
    assert set(names.values()) == {1}
    assert names.keys() == values.keys()


def test_blocks_stand_for_tensors() -> None:
    root = parsed(svg(of(SKIP)))
    assert [g.get("data-names") for g in grouped(root, "node")][1:3] == ["W1 b1 z1 a1", "W2 b2 z2 a2"]


def test_what_is_lit_has_the_class() -> None:
    root = parsed(svg(drawing("classroom", "w5")))
    assert root.get("class") == "symprop-drawing has-paths"
    assert [g.get("data-key") for g in grouped(root, "node") if "lit" in g.get("class", "").split()] == [
        "o1",
        "E1",
        "E_total",
    ]
    assert [g.get("data-label-of") for g in grouped(root, "edge-label") if "lit" in g.get("class", "")] == ["w5"]
    assert " lit" not in re.sub(r"<style>.*</style>", "", svg(drawing("classroom")), flags=re.DOTALL)


def test_colours_can_be_set_by_a_page() -> None:
    style = parsed(svg(drawing("classroom"))).findtext(f"{SPACE}style") or ""
    assert all(f"var(--layer-{k},{colour})" in style for k, colour in enumerate(LAYERS))
    rules = re.findall(r"^[^{}]+(?=\{)", style, flags=re.MULTILINE)
    assert all(part.strip().startswith(".symprop-drawing") for rule in rules for part in rule.split(","))
    assert not re.findall(r"(?:fill|stroke):#", style)


@pytest.mark.parametrize("network", [HOSTILE, EQUATIONS])
def test_text_from_files_stays_text(network: Network | Equations) -> None:
    text = svg(of(network))
    assert parsed(text).findtext(f"{SPACE}title") == network.name
    assert "<script" not in text
    assert "<b>" not in text


@pytest.mark.parametrize("name", ["classroom", "transformer_block", "logistic_equations"])
def test_the_same_drawing_gives_the_same_text(name: str) -> None:
    assert svg(drawing(name)) == svg(drawing(name))


@pytest.mark.parametrize("name", ["classroom", "logistic_equations"])
def test_networks_draw_themselves(name: str) -> None:
    assert parsed(load(name)._repr_svg_() or "").get("class") == "symprop-drawing"


def test_what_is_too_large_shows_as_any_object() -> None:
    assert Network(2, [Dense(1) for _ in range(151)])._repr_svg_() is None


def test_a_drawing_shows_itself_and_a_document_is_one_line_at_a_prompt() -> None:
    made = load("classroom").derive().drawing("w5")
    assert made._repr_svg_() == svg(made)
    assert repr(load("classroom").derive().document()).startswith("<document 'Backpropagation by hand: classroom' of ")
