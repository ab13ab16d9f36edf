"""The two programs of a page: their lines, their slots, and how large they may be."""

from __future__ import annotations

import re

import symprop
from symprop.explorer.arithmetic import MOST_LINES, Arithmetic
from symprop.rules.update_rule import UpdateRule


def arithmetic(network: str, copies: int = 1, rule: str = "sgd") -> Arithmetic:
    derivation = symprop.load(network).derive()
    return Arithmetic(derivation.scalars, derivation.names, UpdateRule(rule), copies)


def test_every_number_has_a_slot_and_every_line_writes_to_its_own() -> None:
    found = arithmetic("xor", copies=4, rule="adam")
    text = found.source()
    for slots, function in ((found.example_slots, "example"), (found.update_slots, "update")):
        assert sorted(slots.values()) == list(range(len(slots)))
        body = text[text.index(f"function {function}(v)") :]
        body = body[: body.index("\n  }\n")]
        for slot, name in re.findall(r"v\[(\d+)\] = .*; // (\w+)", body):
            assert slots[name] == int(slot)


def test_each_example_has_lines_of_its_own_and_parameters_stand_once() -> None:
    found = arithmetic("xor", copies=4)
    names = set(found.update_slots)
    assert {"h1_row_1", "h1_row_4", "i2_row_3", "w1", "next_w1", "dE_total_dw1", "E_total"} <= names
    assert "h1" not in names
    assert "w1_row_1" not in names
    assert {"h1", "w1", "dE_total_dw1"} <= set(found.example_slots)


def test_lines_of_the_update_come_after_the_gradients() -> None:
    lines = [line.name for line in arithmetic("classroom", rule="momentum").update_lines]
    assert lines[:4] == ["next_v_w1", "next_v_w2", "next_v_w3", "next_v_w4"]
    assert "next_w8" in lines


def test_what_is_too_large() -> None:
    assert not arithmetic("four_layers").too_large
    assert arithmetic("mnist_cnn").too_large
    assert arithmetic("xor", copies=MOST_LINES).too_large
