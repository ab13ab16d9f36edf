"""Turns generated source into functions, the one place where text becomes code; back ends make the text, of checked names."""

from __future__ import annotations

import keyword
import linecache
from collections.abc import Mapping
from itertools import count
from typing import Any

from symprop.errors import InternalError

_numbers = count(1)


def load_source(source: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What the source defines, on top of the namespace. Tracebacks and debuggers show its lines.

    >>> load_source("def double(x):\\n    return two*x\\n", {"two": 2})["double"](21)
    42
    """
    where = f"<symprop {next(_numbers)}>"
    linecache.cache[where] = (len(source), None, source.splitlines(keepends=True), where)
    loaded = dict(namespace)
    exec(compile(source, where, "exec"), loaded)
    return loaded


def check_name(name: str) -> str:
    """The name itself; InternalError for one that may not stand in code: names are validated on entry, this makes sure."""
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii():
        raise InternalError(f"{name!r} may not stand in code")
    return name
