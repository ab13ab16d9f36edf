"""The update rule in the document: equations, what they come from, and the numbers of the first update."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import symprop
from symprop.document.blocks import Equations, Paragraph
from symprop.document.updates import UpdateLines
from symprop.lowering.step import training_step
from symprop.network import Training
from symprop.notation.plain import plain_chain
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.update_rule import UpdateRule


def exported(name: str, *rule: Any) -> str:
    net = symprop.load(name)
    training = Training(epochs=7, update=UpdateRule(*rule), x=net.training.x, t=net.training.t)
    path = Path("net.md")
    replace(net, training=training).derive().export(path)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_an_optimizer_is_told_with_its_reference(
    optimizer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = exported("classroom", optimizer, "cosine", {"clip_value": 2.0})
    assert f"This is {optimizer} ({OPTIMIZERS[optimizer].reference}) with the schedule cosine (Loshchilov" in text
    assert r"c_{\mathrm{value}}" in text
    assert "After the update, the same numbers give the loss" in text
    for setting in OPTIMIZERS[optimizer].settings:
        assert f" = {setting.default:g}" in text


def test_the_numbers_of_the_first_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adam's first step is of the size of the rate, whatever the gradient: 0.15 - 0.001."""
    monkeypatch.chdir(tmp_path)
    assert "$`w_{1}`$ | $`0.15`$ | $`0.000316993`$ | $`0.149`$" in exported("classroom", "adam")


def test_settings_have_their_numbers_where_the_network_has_none(tmp_path: Path) -> None:
    training = Training(update=UpdateRule("adam", "step", {"beta1": 0.75}))
    net = replace(symprop.Network(2, [symprop.Dense(3)]), training=training)
    net.derive().export(tmp_path / "net.md")
    text = (tmp_path / "net.md").read_text(encoding="utf-8")
    assert r"Here $`\beta_{1}`$ = 0.75, $`\beta_{2}`$ = 0.999, " in text


def test_plain_descent_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "This is sgd" not in exported("classroom", "sgd")


def test_the_lines_of_an_element_and_of_its_tensor() -> None:
    derivation = symprop.load("2-3-4").derive()
    step = training_step(derivation.core, UpdateRule("momentum"))
    lines = UpdateLines(derivation.core, derivation.names, step)
    weights = lines.trained[2]
    assert lines.states_of(weights) == ["v_W2"]
    assert [plain_chain(line) for line in lines.of_element(weights, (1, 2))] == [
        "next_v_w12 = dE_total/dw12 + mu*v_w12",
        "next_w12 = w12 - eta*next_v_w12",
    ]
    named = replace(lines, by_name=True)
    assert plain_chain(named.of_tensor(weights, "matrix")[0], matrix=True) == "next_v_W2 = dE_total_dW2 + mu*v_W2"


def test_the_document_has_the_equations_as_data() -> None:
    net = replace(symprop.load("classroom"), training=Training(update=UpdateRule("momentum")))
    blocks = net.derive().document().blocks
    (update,) = (block for block in blocks if isinstance(block, Equations) and block.id == "update")
    assert [plain_chain(line) for line in update.chains][-1] == "next_w1 = w1 - eta*next_v_w1"
    assert any(isinstance(block, Paragraph) and "This is momentum" in str(block) for block in blocks)
