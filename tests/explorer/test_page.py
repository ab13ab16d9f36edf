"""The parts of a live page: what they hold for which network, and that nothing from a file can end an element."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import symprop
from symprop.explorer.page import as_json, live
from symprop.face import Derivation
from symprop.prose import prose
from symprop.renderers.page import Live
from tests.explorer.pages import LSTM

EN = prose("en")


def parts(derivation: Derivation) -> tuple[Live, dict[str, Any]]:
    found = live(derivation)
    return found, json.loads(found.data)


def test_the_data_of_the_worked_example() -> None:
    derivation = symprop.load("classroom").derive()
    _, data = parts(derivation)
    assert data["parameters"] == [f"w{k}" for k in range(1, 9)]
    assert (data["inputs"], data["targets"], data["examples"]) == (["i1", "i2"], ["t1", "t2"], [[0.05, 0.1, 0.5, 0.5]])
    assert data["start"] == {name: derivation.values[name] for name in data["parameters"]}
    assert [line["name"] for line in data["forward"]] == [e.name for e in derivation.scalars.forward]
    assert data["reads"]["o1"] == ["w5", "a_h1", "w6", "a_h2"]
    assert data["forward"][0]["math"].count("{w1}") == 1
    assert data["update"]["carried"] == [[f"w{k}", f"next_w{k}"] for k in range(1, 9)]
    named = {line["name"] for part in ("forward", "backward") for line in data[part]}
    assert named | {line["name"] for line in data["update"]["lines"]} <= set(data["symbols"])


def test_several_examples() -> None:
    _, data = parts(symprop.load("xor").derive())
    assert data["examples"] == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert len(data["update"]["data"]) == 4
    assert len({slot for row in data["update"]["data"] for slot in row}) == 12
    assert data["domain"] == [0, 1]


def test_what_is_drawn_at_random_is_said() -> None:
    found, _ = parts(symprop.load("2-3-1").derive())
    assert "drawn at random with seed 0: W(1), W(2), x, t." in re.sub("<[^>]*>", "", found.markup)
    assert '<math><mi data-name="x">' in found.markup  # as formulas


def test_quantities_are_called_as_their_formulas_look(tmp_path: Path) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(f'name = "cells"\n{LSTM}', encoding="utf-8")
    _, data = parts(symprop.load(path).derive())
    assert data["called"]["W1_i"] == "W_i⁽¹⁾"
    assert data["called"]["b1_g2"] == "b_g,2⁽¹⁾"
    assert "w3" not in data["called"]  # it reads as it is
    assert any(factor.get("direct") for factor in data["factors"].values())


def test_a_large_network_has_tensors_and_no_arithmetic() -> None:
    found, data = parts(symprop.load("mnist_cnn").derive())
    assert EN.phrase("explorer.too_large") in found.markup
    assert "const program = null;" in found.script
    assert data["parameters"] == list(symprop.load("mnist_cnn").derive().core.gradients)
    assert "start" not in data


def test_networks_whose_numbers_are_no_function_of_fields() -> None:
    network = symprop.Network(inputs=3, layers=[symprop.Dense(4), symprop.Dropout(0.5), symprop.Dense(1)])
    assert EN.phrase("explorer.draws") in live(network.derive()).markup
    table = symprop.Network(inputs=2, layers=[symprop.Embedding(5, 3), symprop.Flatten(), symprop.Dense(1)])
    assert EN.phrase("explorer.looks_up") in live(table.derive()).markup
    by_inputs = symprop.Network(inputs=2, layers=[symprop.Dense(1)]).derive(wrt="x")
    assert EN.phrase("explorer.nothing") in live(by_inputs).markup


def test_smaller_batches_are_said(tmp_path: Path) -> None:
    path = tmp_path / "rows.toml"
    path.write_text(
        'name = "rows"\ninputs = 2\n[[layers]]\nunits = 1\n[training]\nbatch_size = 2\n'
        "x = [[1, 2], [3, 4], [5, 6]]\nt = [[0.1], [0.2], [0.3]]\n",
        encoding="utf-8",
    )
    assert EN.phrase("explorer.batches", size=2) in live(symprop.load(path).derive()).markup


def test_a_schedule_ends_with_the_epochs(tmp_path: Path) -> None:
    path = tmp_path / "rows.toml"
    path.write_text(
        'name = "rows"\ninputs = 2\n[[layers]]\nunits = 1\n[training]\nbatch_size = 2\nepochs = 7\nschedule = "cosine"\n'
        "x = [[1, 2], [3, 4], [5, 6]]\nt = [[0.1], [0.2], [0.3]]\n",
        encoding="utf-8",
    )
    derivation = symprop.load(path).derive()
    found, data = parts(derivation)
    assert 7 in data["update"]["start"].values()
    assert 14 not in data["update"]["start"].values()  # of the batches that training takes
    assert EN.phrase("explorer.schedule", updates=7) in found.markup
    assert EN.phrase("explorer.schedule", updates=1000) not in live(symprop.load("classroom").derive()).markup


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "a & b", "\u2028"])
def test_nothing_in_the_data_ends_its_element(text: str) -> None:
    found = as_json({text: [text]})
    assert json.loads(found) == {text: [text]}
    assert not set("<>&\u2028") & set(found)


def test_the_markup_has_no_handlers_and_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = symprop.load("classroom").derive()
    assert not any(f" {handler}=" in live(derivation).markup for handler in ("onclick", "onload", "onerror", "style"))
    told = replace(EN, sentences={**EN.sentences, "explorer.page.title": (('<b onclick="x">', None),)})
    monkeypatch.setattr("symprop.explorer.page.prose", lambda language: told)
    assert "&lt;b onclick" in live(derivation).markup
    assert "<b onclick" not in live(derivation).markup
