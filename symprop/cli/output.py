"""Where output goes: results, as text or as one JSON object, to standard output, messages to standard error."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

PIPE_WIDTH = 100  # columns of what is not printed on a terminal


def say(message: str) -> None:
    """Prints a message for the person at the keyboard; a program that reads the output does not see it."""
    print(message, file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Prints an error, as one line."""
    say(f"error: {' '.join(message.split())}")


def show(text: str = "") -> None:
    """Prints a result."""
    print(text)


def show_json(content: Mapping[str, Any]) -> None:
    """Prints one JSON object; a number that JSON cannot hold (infinite, or none at all) becomes null."""
    print(json.dumps(_finite(content), allow_nan=False))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(item) for item in content]
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None  # float() for NumPy's own
    return content


def on_terminal() -> bool:
    """Whether results go to a terminal, not to a file or a program."""
    return sys.stdout.isatty()


def columns() -> int:
    """How wide a line may be."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if on_terminal() else PIPE_WIDTH


def in_words(words: Sequence[str]) -> str:
    """The words with commas and an "and" between them.

    >>> in_words(["1", "2", "3"])
    '1, 2 and 3'
    """
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def heading(text: str) -> str:
    """A line above others: bold on a terminal, unless NO_COLOR asks for none of that."""
    plain = not on_terminal() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\033[1m{text}\033[0m"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """Rows under a header, in columns; the `numeric` ones are set flush right.

    >>> print(table(["rate", "verdict"], [["0.5", "converging"], ["10", "stuck"]], [True, False]))
    rate  verdict
     0.5  converging
      10  stuck
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        cells = zip(row, widths, numeric, strict=True)
        lines.append("  ".join(c.rjust(w) if right else c.ljust(w) for c, w, right in cells).rstrip())
    return "\n".join([heading(lines[0]), *lines[1:]])


def number(value: float, digits: int = 6) -> str:
    """A number as people read it.

    >>> number(0.014181377937891659), number(5.0)
    ('0.0141814', '5')
    """
    return f"{value:.{digits}g}"
