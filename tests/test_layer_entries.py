"""The page on layers: an entry for each, with its equations and gradients as they are derived."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from symprop.layers import HOMES

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

from layer_entries import SAMPLES, entry  # noqa: E402 - the pages' own extension


def test_every_layer_has_an_entry() -> None:
    page = (DOCS / "howto" / "layers.md").read_text()
    assert sorted(re.findall(r"```\{layer\} (\w+)", page)) == sorted(HOMES) == sorted(SAMPLES)


@pytest.mark.parametrize("name", HOMES)
def test_an_entry_has_both_passes(name: str) -> None:
    told, toml, python, shape, forward, _, backward = entry(name)
    assert told
    assert ">>>" not in told
    assert 'type = "' in toml
    assert f"symprop.{name}(" in python
    assert "it computes" in shape
    assert "```math" in forward or name == "Activation" or "hands on" in forward
    assert r"\partial E_{\mathrm{total}}" in backward or r"\mathrel{+}=" in backward
    assert "$`" not in forward + backward
