"""Where output goes: results, as text or as one JSON object, to standard output, messages to standard error."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

from symprop.notation.letters import transliterated

if TYPE_CHECKING:
    from rich.table import Table

UNLIMITED = 10**4  # columns
PIPE_WIDTH = 100  # columns of what is not printed on a terminal
_NEEDED = "∂−·⊙Σσδᵀ⁻√─"  # letters without which formulas and tables are printed in ASCII
_STYLES = re.compile("\033\\[[0-9;]*m")
_ascii_wanted: ContextVar[bool] = ContextVar("ascii_wanted", default=False)


def want_ascii(wanted: bool) -> bool:
    """Says whether results are to be in ASCII from here on; gives the same back, as what an option was given."""
    _ascii_wanted.set(wanted)
    return wanted


def in_ascii() -> bool:
    """Whether results are in ASCII: they were asked for so, or where they go has not the letters of formulas."""
    return _ascii_wanted.get() or not _has_letters(getattr(sys.stdout, "encoding", None) or "utf-8")


def _has_letters(encoding: str) -> bool:
    try:
        _NEEDED.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _legible(text: str) -> str:
    return transliterated(text) if in_ascii() else text


def say(message: str) -> None:
    """Prints a message for the person at the keyboard; a program that reads the output does not see it."""
    print(_wrapped(_legible(message), sys.stderr), file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Prints an error, as one line."""
    say(f"error: {' '.join(message.split())}")


def show(text: str = "", *, as_it_is: bool = False) -> None:
    """Prints a result, on a terminal in lines that fit, unless it is wanted `as_it_is`."""
    print(_legible(text) if as_it_is else _wrapped(_legible(text), sys.stdout))


def _wrapped(text: str, stream: TextIO) -> str:
    """The text with what is wider than the terminal that it goes to broken between words, under its own indent."""
    if not (stream and stream.isatty()):
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> list[str]:
    if len(_STYLES.sub("", line)) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    return wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [line]


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
    return f"\033[1m{text}\033[0m" if _styled() else text


def _styled() -> bool:
    return on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], margin: int = 0) -> str:
    """Rows under a header, in columns; the `numeric` ones are set flush right.

    On a terminal, texts are wrapped to its width less `margin`. Numbers never are: where they do not fit beside each
    other, the columns that do not fit stand below, each time with the first column again.

    >>> print(table(["rate", "verdict"], [["0.5", "converging"], ["10", "stuck"]], [True, False]))
    rate  verdict
    ────────────────
     0.5  converging
      10  stuck
    """
    from rich.console import Console

    cells: list[Sequence[str]] = list(zip(*rows, strict=True)) or [()] * len(header)
    width = columns() - margin if on_terminal() else UNLIMITED
    console = Console(
        width=width, force_terminal=_styled(), color_system="standard" if _styled() else None, markup=False
    )
    parts = [
        _rendered(console, part) for part in _fitting(console, list(zip(header, numeric, cells, strict=True)), width)
    ]
    return "\n\n".join(parts)


_Column = tuple[str, bool, Sequence[str]]  # header, whether it is numeric, cells


def _fitting(console: Any, found: list[_Column], width: int) -> Iterator[Table]:
    """The table, in as many parts as the width needs."""
    first, *rest = found
    unlimited = console.options.update(width=UNLIMITED)
    part: list[_Column] = []
    for column in rest:
        if part and console.measure(_table([first, *part, column]), options=unlimited).minimum > width:
            yield _table([first, *part])
            part = []
        part.append(column)
    yield _table([first, *part])


def _table(found: Sequence[_Column]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    # A box puts one more space between columns.
    box, space = (None, 2) if in_ascii() else (SIMPLE_HEAD, 1)
    style = "bold" if _styled() else ""
    made = Table(box=box, show_edge=False, pad_edge=False, padding=(0, space, 0, 0), header_style=style)
    for title, is_numeric, cells in found:
        least = max(map(cell_len, (title, *cells))) if is_numeric else None
        made.add_column(Text(title), justify="right" if is_numeric else "left", min_width=least, overflow="fold")
    for row in zip(*(cells for _, _, cells in found), strict=True):
        made.add_row(*map(Text, row))
    return made


def _rendered(console: Any, made: Table) -> str:
    with console.capture() as captured:
        console.print(made)
    return "\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines())


def number(value: float, digits: int = 6) -> str:
    """A number as people read it.

    >>> number(0.014181377937891659), number(5.0)
    ('0.0141814', '5')
    """
    return f"{value:.{digits}g}"
