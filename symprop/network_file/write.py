"""Writes what network files say as TOML; what the keys mean is `schema`'s affair, and files themselves are `files`'."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from symprop.ir.program import Program
from symprop.notation.names import Names

Content = Mapping[str, Any]  # as `tomllib` reads it

LONGEST_LINE = 80


def without_parameters(content: Content, program: Program, names: Names) -> dict[str, Any]:
    """What a network file says but for the values of what is learnt; those of its inputs and targets stay.

    `program` is the network's, `names` those of its elements.
    """
    shapes = {tensor.name: tensor.extents for tensor in program.learnt}
    values = content.get("values", {})
    kept = {key: values[key] for key in values if key not in shapes and names.place(key, shapes) is None}
    return {**content, "values": kept}


def toml(content: Content) -> str:
    """The content as TOML, its tables last; every number has all its digits.

    >>> print(toml({"values": {"b1": [0.5, -1.0]}, "inputs": 2, "layers": [{"units": 2, "bias": True}]}), end="")
    inputs = 2
    <BLANKLINE>
    [values]
    b1 = [0.5, -1.0]
    <BLANKLINE>
    [[layers]]
    units = 2
    bias = true
    """
    lines = _lines({key: value for key, value in content.items() if not _tables(value)})
    for key, value in content.items():
        title = f"[{_key(key)}]" if isinstance(value, Mapping) else f"[[{_key(key)}]]"
        for table in _tables(value):
            lines += ["", title, *_lines(table)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _tables(value: Any) -> list[Content]:
    """The tables that a value consists of; none for a value that stands behind its key."""
    if isinstance(value, Mapping):
        return [value]
    return value if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value) else []


def _lines(table: Content) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_lines(value))} }}"
    if isinstance(value, list | tuple):
        return _list([_value(item) for item in value], by_line=any(isinstance(item, str) for item in value))
    return repr(value)


def _list(parts: list[str], by_line: bool) -> str:
    """A list on one line, or, where that is long, `by_line`."""
    line = f"[{', '.join(parts)}]"
    return "[\n" + "".join(f"    {part},\n" for part in parts) + "]" if by_line and len(line) > LONGEST_LINE else line


def _text(text: str) -> str:
    """A basic string; JSON escapes all that TOML wants escaped, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
