"""The built-in examples: where each lies and what it shows; `network_file` reads them, as it reads anybody's files."""

from __future__ import annotations

import tomllib
from pathlib import Path

from symprop.errors import UserError, nearest

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The examples' names, in alphabetical order.

    >>> names()
    ['classroom', 'four_layers', 'logistic_equations', 'mazur', 'mnist_cnn', 'transformer_block', 'xor']
    """
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


def path(name: str) -> Path:
    """The TOML file of one example; UserError, with the nearest name, where there is none.

    >>> path("xor").name
    'xor.toml'
    """
    if name not in names():
        raise UserError(f"there is no example '{name}'", remedy=nearest(name, names()))
    return _FOLDER / f"{name}.toml"


def summaries() -> dict[str, str]:
    """What each example shows, in one line, by its name.

    >>> summaries()["classroom"]
    'The class sheet: 2-2-2, sigmoid, no bias, half squared error'
    """
    return {name: tomllib.loads(path(name).read_text(encoding="utf-8"))["description"] for name in names()}
