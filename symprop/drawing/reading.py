r"""Reads the LaTeX that names look like into runs of characters, for what knows no LaTeX; names themselves are `notation`'s.

The looks hold letters, scripts, accents, a few styles and Greek letters, and that is all there is to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symprop.notation.looks import GREEK
from symprop.notation.widths import text_width

SCRIPT = 0.7  # the size of a sub- or superscript
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_LETTERS = {word: letter for letter, word in GREEK.items()} | {
    "backslash": "\\",
    "vert": "|",
    "wedge": "^",
    "sim": "~",
    "partial": "∂",
    "times": "×",
    "cdot": "·",
    "ell": "ℓ",
    "infty": "∞",
    "prime": "′",
    "star": "⋆",
    "ast": "∗",
    "ldots": "…",
}
_MARKS = {"grave": "\u0300", "acute": "\u0301", "hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "breve": "\u0306"}
_MARKS |= {"dot": "\u0307", "ddot": "\u0308", "mathring": "\u030a", "check": "\u030c", "overline": "\u0304"}
_STYLES = {"mathrm": "upright", "mathit": "italic", "mathtt": "typed", "text": "upright", "mathop": "upright"}


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style ("italic", "upright", "typed"), below (-1), on or above (1) the line.

    `back` is how far to the left, in em, the run begins of where the last one ended.
    """

    text: str
    style: str
    level: int = 0
    back: float = 0.0

    @property
    def width(self) -> float:
        """Its width in em of the text that the script belongs to."""
        return sum(map(_advance, self.text)) * (SCRIPT if self.level else 1.0)


@lru_cache(4096)
def runs(latex: str) -> tuple[Run, ...]:
    r"""The look in runs.

    >>> [(run.text, run.style, run.level) for run in runs(r"E_{\mathrm{total}}")]
    [('E', 'italic', 0), ('total', 'upright', -1)]
    """
    return tuple(_stacked(_joined(_read(_TOKEN.findall(latex)[::-1], "italic", 0))))


def width(of: Sequence[Run]) -> float:
    """How wide runs are together, in em."""
    place = widest = 0.0
    for run in of:
        place += run.width - run.back
        widest = max(widest, place)
    return widest


def plain(latex: str) -> str:
    r"""The look as text without scripts, in which an underscore stands for a step down.

    >>> plain(r"a_{h1}"), plain(r"\delta")
    ('a_h1', 'δ')
    """
    marks = {-1: "_", 0: "", 1: "^"}
    level, parts = 0, []
    for run in runs(latex):
        parts.append((marks[run.level] if run.level != level else "") + run.text)
        level = run.level
    return "".join(parts)


def _read(tokens: list[str], style: str, level: int) -> Iterator[Run]:
    """What comes up to the brace that closes the group; the tokens stand in reverse and are used up."""
    while tokens:
        token = tokens.pop()
        if token == "}":
            return
        if token in "_^":
            yield from _argument(tokens, style, level or (-1 if token == "_" else 1))
        elif not token.isspace():
            yield from _item(token, tokens, style, level)


def _argument(tokens: list[str], style: str, level: int) -> Iterator[Run]:
    if tokens:
        yield from _item(tokens.pop(), tokens, style, level)


def _item(token: str, tokens: list[str], style: str, level: int) -> Iterator[Run]:
    if token == "{":
        yield from _read(tokens, style, level)
    elif not token.startswith("\\"):
        yield Run(token, style if style == "typed" or token.isalpha() else "upright", level)
    elif token[1:] in _STYLES:
        yield from _argument(tokens, _STYLES[token[1:]], level)
    elif token[1:] in _MARKS:
        marked = list(_argument(tokens, style, level))
        yield from (Run(run.text + _MARKS[token[1:]], run.style, run.level) for run in marked)
    elif not token[1:].isalpha():
        yield Run("\u00a0" if token[1:].isspace() else token[1:], style if style == "typed" else "upright", level)
    else:
        letter = _LETTERS.get(token[1:], token[1:])
        yield Run(letter, style if letter.islower() and len(letter) == 1 else "upright", level)


def _joined(found: Iterator[Run]) -> Iterator[Run]:
    """Neighbours of one style as one run."""
    last: Run | None = None
    for run in found:
        if last is not None and (last.style, last.level) == (run.style, run.level):
            last = Run(last.text + run.text, run.style, run.level)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _stacked(found: Iterator[Run]) -> Iterator[Run]:
    """What stands above is set over what stands below; what follows begins behind the wider of the two."""
    below = ahead = 0.0
    for run in found:
        back = below if run.level == 1 else -ahead
        yield Run(run.text, run.style, run.level, back)
        ahead = max(0.0, below - run.width) if run.level == 1 else 0.0
        below = below + run.width if run.level == -1 else 0.0


@lru_cache(1024)
def _advance(character: str) -> float:
    if "\u0300" <= character <= "\u036f":
        return 0.0
    if character.isascii() and character.isalnum():
        return text_width(character)
    return {",": 0.28, ".": 0.28, "(": 0.36, ")": 0.36, "|": 0.28, "\u00a0": 0.3}.get(character, 0.62)
