"""A network file as text and tables, read within limits, with a place for each error; what keys mean is in `schema`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from symprop.errors import BudgetError, UserError, Where, nearest
from symprop.ir.names import is_title, shorten
from symprop.network_file.lines import Path as Position
from symprop.network_file.lines import line_of
from symprop.values import describe, finite

LARGEST_FILE = 10_000_000  # bytes
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_REMEDIES = {"Invalid value": 'Text needs quotes, as in loss = "huber".', "Cannot overwrite": "Give each key once."}


@dataclass(frozen=True)
class Source:
    """A TOML file's text, and the name that messages call it by."""

    file: str
    text: str

    def place(self, position: Position = ()) -> Where:
        """The file and the line of a key, as messages show it."""
        line = line_of(self.text, position)
        return Where(self.file if line is None else f"{self.file}:{line}", "file", line)


def read(path: Path) -> Table:
    """The file's outermost table.

    Raises UserError for what cannot be read, is no UTF-8 or no TOML, BudgetError for a file above 10 MB.
    """
    name = str(path) if str(path).isprintable() else repr(str(path))
    source = Source(name, _decoded(_content(path, name), name))
    return Table(source, _parsed(source))


def _content(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise UserError("this is a directory", where=name, remedy="Give a TOML file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"cannot read the file: {reason}", where=shorten(name)) from None
    if len(content) > LARGEST_FILE:
        limit = f"at most {LARGEST_FILE // 1_000_000} MB"
        raise BudgetError("the file is too large", where=name, expected=limit, remedy="Give large data as a CSV file.")
    return content


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError("this is not UTF-8 text", where=f"{name}:{line}", remedy="Save the file as UTF-8.") from None


def _parsed(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except RecursionError:
        raise UserError("this is nested too deeply", where=source.file) from None
    except ValueError as error:  # syntax, and integers of more digits than Python reads
        text = str(error)
        found = _PLACE.search(text)
        line, column = found.groups() if found else (None, None)
        where = f"{source.file}:{line}" if line else source.file
        place = f", at column {column}" if column else ", at the end of the file" if found else ""
        what = _PLACE.sub("", text) if isinstance(error, tomllib.TOMLDecodeError) else "a number has too many digits"
        remedy = next((remedy for start, remedy in _REMEDIES.items() if what.startswith(start)), None)
        raise UserError(f"this is not valid TOML: {shorten(what)}{place}", where=where, remedy=remedy) from None


@dataclass(frozen=True)
class Table:
    """One table of a file; each getter checks one key's type and range, and says where it stands if it is wrong."""

    source: Source
    data: Mapping[str, Any]
    position: Position = ()
    title: str = ""

    def place(self, *inner: str | int) -> Where:
        """The file and the line of a key in this table, or of an item of it."""
        return self.source.place((*self.position, *inner))

    @contextmanager
    def at(self, *inner: str | int) -> Iterator[None]:
        """Gives the errors of what is done within their place, which takes a reading of the text to find.

        What knows a place in the file already keeps it.
        """
        try:
            yield
        except UserError as error:
            raise (error if "file" in error.kinds else error.at(self.place(*inner))) from None

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def only(self, known: Collection[str], of_file: Collection[str] = ()) -> None:
        """Refuses every key but those that are known; one `of_file` has come too late in the text."""
        for key in self.data:
            if key not in known:
                what = f"unknown key {shorten(repr(key))}{self.title and f' in {self.title}'}"
                remedy = "Write it above the first table." if key in of_file else nearest(key, known)
                raise UserError(what, where=self.place(key), remedy=remedy)

    def wrong(self, key: str, expected: str, got: str | None = None) -> UserError:
        """The error for a key whose value is not what it must be."""
        got = describe(self.data[key]) if got is None else got
        return UserError(f"wrong value for '{key}'", where=self.place(key), expected=expected, got=got)

    def required(self, key: str, example: str) -> Any:
        """The value of a key that must be there."""
        if key not in self.data:
            what = f"missing key '{key}'{self.title and f' in {self.title}'}"
            raise UserError(what, where=self.place(), remedy=f"Add a line such as {key} = {example}.")
        return self.data[key]

    def refuse_strayed(self, key: str, belongs: Callable[[Any], bool] = lambda value: False) -> None:
        """Refuses a key of this table that an inner one has got, as it does where it stands below that one's header.

        A value that `belongs` there is left alone.
        """
        for name, value in self.data.items():
            listed = isinstance(value, list)
            for number, item in enumerate(value if listed else [value]):
                if isinstance(item, dict) and key in item and not belongs(item[key]):
                    header, position = (f"[[{name}]]", (name, number)) if listed else (f"[{name}]", (name,))
                    what = f"'{key}' stands below {header}, so it is taken for a key of that table"
                    raise UserError(what, where=self.place(*position, key), remedy=f"Move it above the first {header}.")

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        """A whole number in a range."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(key, f"a whole number from {least}")
        if value > most:
            got = describe(value)
            raise BudgetError(f"'{key}' is too large", where=self.place(key), expected=f"at most {most:,}", got=got)
        return value

    def number(self, key: str, default: float, least: float = -inf, above: float = -inf) -> float:
        """A finite number that is at least `least` and greater than `above`."""
        if key not in self.data:
            return default
        with self.at(key):
            value = finite(self.data[key])
        if value < least or value <= above:
            raise self.wrong(key, f"a number above {above:g}" if above > -inf else f"a number from {least:g}")
        return value

    def flag(self, key: str, default: bool | None) -> bool | None:
        """True or false."""
        value = self.data.get(key, default)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text, for what reads it to judge."""
        value = self.data.get(key, default)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, "text in quotes")
        return value

    def title_text(self, key: str, default: str, longest: int) -> str:
        """A text for people: one line that can be printed and starts with a letter or a digit."""
        value = self.text(key, default) or ""
        if not is_title(value, longest):
            raise self.wrong(key, f"one line of at most {longest} characters that starts with a letter or a digit")
        return value

    def texts(self, key: str) -> list[str] | None:
        """A list of texts."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, "a list of texts")
        for position, item in enumerate(value or ()):
            if not isinstance(item, str):
                place, got = self.place(key, position), describe(item)
                raise UserError(f"wrong item in '{key}'", where=place, expected="text in quotes", got=got)
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of numbers, infinite ones too; empty without the key."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or any(isinstance(n, bool) or not isinstance(n, int | float) for n in value):
            raise self.wrong(key, "a list of numbers")
        try:
            return tuple(float(number) for number in value)
        except OverflowError:
            raise self.wrong(key, "numbers that a float64 holds") from None

    def table(self, key: str) -> Table:
        """A table under a key; empty without the key."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table [{key}]")
        return Table(self.source, value, (*self.position, key), f"[{key}]")

    def tables(self, key: str) -> list[Table]:
        """The tables of a list ``[[key]]``; empty without the key."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"tables [[{key}]]")
        return [
            Table(self.source, item, (*self.position, key, position), f"[[{key}]] number {position + 1}")
            for position, item in enumerate(value)
        ]
