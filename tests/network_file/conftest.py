"""A text loaded as a network file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.network_file import load

Read = Callable[[str], Any]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Loads a text as the file net.toml of the current directory."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str) -> Any:
        Path("net.toml").write_text(text, encoding="utf-8")
        return load("net.toml")

    return load_text
