"""Saved parameters: every format gives each number back, and a network file takes the TOML."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.training.checkpoint import WRITERS, save

PARAMETERS = {
    "W1": np.array([[0.1, -1e-300], [1 / 3, 1e22]]),
    "b1": np.array(0.30000000000000004),
    "file": np.array([-0.0, 5e-324, 1.0]),
}


def load(path: Path) -> dict[str, object]:
    if path.suffix == ".npz":
        with np.load(path) as archive:
            return {name: archive[name].tolist() for name in archive.files}
    text = path.read_text(encoding="utf-8")
    read: dict[str, object] = (
        tomllib.loads(text)["values"] if path.suffix == ".toml" else json.loads(text)["parameters"]
    )
    return read


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_numbers_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"trained{suffix}"
    save(path, PARAMETERS)
    assert load(path) == {name: array.tolist() for name, array in PARAMETERS.items()}


def test_a_network_stands_before_its_parameters(tmp_path: Path) -> None:
    network = {"inputs": 2, "values": {"x": [1, 2], "b1": 9.0}, "layers": [{"units": 2}]}
    save(tmp_path / "net.toml", PARAMETERS, network)
    arrays = {name: array.tolist() for name, array in PARAMETERS.items()}
    found = tomllib.loads((tmp_path / "net.toml").read_text(encoding="utf-8"))
    assert found == {**network, "values": {"x": [1, 2], **arrays}}


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a file of parameters cannot have this format .*, got \.jsn"):
        save(tmp_path / "x.jsn", PARAMETERS)
    with pytest.raises(UserError, match="no suffix"):
        save(tmp_path / "x", PARAMETERS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="directory does not exist"):
        save(tmp_path / "none" / "x.json", PARAMETERS)
