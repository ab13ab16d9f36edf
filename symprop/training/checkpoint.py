"""Saves trained parameters, in the format that the file's suffix says; how a file is written whole is `files`' affair."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symprop.files import check_suffix, write_atomically
from symprop.network_file.write import toml
from symprop.training.layout import Array

# Makes a file's content of the parameters and of what the network's file says besides.
Writer = Callable[[Mapping[str, Array], Mapping[str, Any]], bytes]


def save(path: str | Path, parameters: Mapping[str, Array], network: Mapping[str, Any] | None = None) -> None:
    """Writes the parameters, by tensor, whole or not at all.

    ``.toml`` has a table `values`, as a network file does, and after all else that `network` says, which makes it a
    network file that starts there; ``.json`` has one object with "parameters"; ``.npz`` one array for each name, for
    `numpy.load`. Every number is written with all its digits. Raises UserError for another suffix and where the file
    cannot be written.
    """
    write_atomically(path, writer(path)(parameters, {} if network is None else network))


def writer(path: str | Path) -> Writer:
    """The function that makes a file's content; UserError for an unknown suffix, so that it is found before training."""
    return WRITERS[check_suffix(path, WRITERS, "a file of parameters")]


def _toml(parameters: Mapping[str, Array], network: Mapping[str, Any]) -> bytes:
    arrays = {name: array.tolist() for name, array in parameters.items()}
    return toml({**network, "values": {**network.get("values", {}), **arrays}}).encode()


def _json(parameters: Mapping[str, Array], network: Mapping[str, Any]) -> bytes:
    content = {"parameters": {name: array.tolist() for name, array in parameters.items()}}
    return (json.dumps(content, allow_nan=False, indent=1) + "\n").encode()


def _npz(parameters: Mapping[str, Array], network: Mapping[str, Any]) -> bytes:
    # Not by numpy.savez: it takes names as keywords, and could not save a parameter called file.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in parameters.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


WRITERS: dict[str, Writer] = {".toml": _toml, ".json": _json, ".npz": _npz}
