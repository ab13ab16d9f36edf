"""On which line of a TOML text a key or an item of a list stands, which `tomllib` does not tell; no value is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

Path = tuple[str | int, ...]  # keys, and positions in lists counted from 0

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|\n|[\[\]{}=,.]"
    r"|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)


def line_of(text: str, path: Path) -> int | None:
    """The line, counted from 1, of the item at a path, or of the innermost table or list around it that has one.

    `text` must be valid TOML; None for the whole of it.

    >>> line_of("loss = 'E'\\n[[layers]]\\n[[layers]]\\nunits = 2", ("layers", 1, "units"))
    4
    """
    best, found = 0, None
    for other, line in _items(text):
        common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(path, other, strict=False))))
        if common > best:
            best, found = common, line
        if best == len(path):
            break
    return found


@dataclass
class _Frame:
    """A table or a list that is being read; `item` is a list's current position, None in a table."""

    prefix: Path
    item: int | None = None
    key: list[str] = field(default_factory=list)
    in_value: bool = False

    @property
    def path(self) -> Path:
        return (*self.prefix, *self.key) if self.item is None else (*self.prefix, self.item)


def _items(text: str) -> Iterator[tuple[Path, int]]:
    """Every key, table and list item with its line, in the order of the text."""
    stack = [_Frame(())]
    counts: dict[Path, int] = {}
    header: list[str] | None = None  # the tokens of the [table] or [[table]] line that is being read
    for token, line in _tokens(text):
        frame = stack[-1]
        if header is not None:
            header.append(token)
            if token == "\n":
                stack = [_Frame(_table(header, counts))]
                yield stack[0].prefix, line
                header = None
        elif token == "[" and len(stack) == 1 and not frame.in_value:
            header = [token]
        else:
            yield from _step(token, line, stack)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text + "\n"):
        token = match[0]
        if not token.startswith("#"):
            yield token, line
        line += token.count("\n")


def _table(header: list[str], counts: dict[Path, int]) -> Path:
    """The path that a ``[table]`` or ``[[table]]`` line leads to; `counts` has how often each was opened so far."""
    repeated = header[:2] == ["[", "["]
    names = [_name(token) for token in header if token not in "[].\n"]
    path: Path = ()
    for number, name in enumerate(names, start=1):
        path = (*path, name)
        if repeated and number == len(names):
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _step(token: str, line: int, stack: list[_Frame]) -> Iterator[tuple[Path, int]]:
    """Takes one token of a ``key = value`` line into account."""
    frame = stack[-1]
    if token in "]}":
        stack.pop()
    elif token == ",":
        frame.key, frame.in_value = [], False
        frame.item = None if frame.item is None else frame.item + 1
    elif token == "\n":
        if frame.item is None:
            frame.key, frame.in_value = [], False
    elif frame.item is None and not frame.in_value:
        if token == "=":
            frame.in_value = True
            yield frame.path, line
        elif token != ".":
            frame.key.append(_name(token))
    else:
        if frame.item is not None and not frame.in_value:
            frame.in_value = True
            yield frame.path, line
        if token in "[{":
            stack.append(_Frame(frame.path, 0 if token == "[" else None))


def _name(token: str) -> str:
    """The key that a token spells, its quotes and escapes resolved."""
    return next(iter(tomllib.loads(f"{token} = 0"))) if token[0] in "\"'" else token
