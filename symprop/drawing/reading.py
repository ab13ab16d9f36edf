r"""Runs of characters that a name looks like, for what knows no LaTeX; read off the tree that MathML is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from symprop.errors import InternalError
from symprop.notation.mathml.reader import MONOSPACE, read
from symprop.notation.mathml.tables import ACCENTS
from symprop.notation.mathml.tree import Element
from symprop.notation.widths import text_width

SCRIPT = 0.7  # the size of a sub- or superscript
_NARROW = {"f": 0.31, "j": 0.31}  # in em: narrower in fonts for text than in those of TeX for mathematics
_MARKS = dict(ACCENTS.values())
_SCRIPTS = {"msub": (0, -1), "msup": (0, 1), "msubsup": (0, -1, 1)}
_UNSEEN = {"\N{INVISIBLE TIMES}", "\N{FUNCTION APPLICATION}"}


@dataclass(frozen=True, slots=True)
class TextRun:
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
def runs(latex: str) -> tuple[TextRun, ...]:
    r"""The look in runs.

    >>> [(run.text, run.style, run.level) for run in runs(r"E_{\mathrm{total}}")]
    [('E', 'italic', 0), ('total', 'upright', -1)]
    """
    return tuple(_stacked(_joined(_read(_tree(latex)))))


def above_first(of: Sequence[TextRun]) -> tuple[tuple[TextRun, ...], float]:
    r"""The runs with what stands above a subscript before it, and how far beyond their end the last one above reaches, in em.

    For those who do not know the font: what stands above is mostly digits, which are as wide in most; letters are not.

    >>> found, beyond = above_first(runs("W_{f}^{(1)}"))
    >>> [run.text for run in found], [run.back > 0 for run in found]
    (['W', '(1)', 'f'], [False, False, True])
    """
    found: list[TextRun] = []
    waiting, beyond = list(of), 0.0
    while waiting:
        below = _taken(waiting, -1)
        above = _taken(waiting, 1) if below else []
        if above:
            back, beyond = width([replace(above[0], back=0.0), *above[1:]]), 0.0
            found += [replace(above[0], back=0.0), *above[1:], replace(below[0], back=back), *below[1:]]
            beyond = max(0.0, back - width(below))
        elif below:
            found += below
        else:
            run = waiting.pop(0)
            found.append(replace(run, back=-beyond) if beyond or run.back < 0 else run)
            beyond = 0.0
    return tuple(found), beyond


def _taken(waiting: list[TextRun], level: int) -> list[TextRun]:
    """The runs of a level in front, which wait no longer."""
    found = []
    while waiting and waiting[0].level == level:
        found.append(waiting.pop(0))
    return found


def width(of: Sequence[TextRun]) -> float:
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


def _tree(latex: str) -> Element:
    """A look that was declared with LaTeX which we do not write is shown as it is typed."""
    try:
        return read(latex)
    except InternalError:
        return Element("mi", latex, {"style": MONOSPACE})


def _read(element: Element, level: int = 0) -> Iterator[TextRun]:
    content, tag = element.content, element.tag
    if isinstance(content, str):
        if content not in _UNSEEN:
            yield TextRun(content, _style(element, content), level)
    elif tag == "mspace":
        yield TextRun("\u00a0", "upright", level)
    elif "accent" in element.attributes:
        letter, mark = content
        yield from (replace(run, text=f"{run.text}{_MARKS[str(mark.content)]}") for run in _read(letter, level))
    else:
        for part, step in zip(content, _SCRIPTS.get(tag, (0,) * len(content)), strict=True):
            yield from _read(part, level or step)


def _style(element: Element, text: str) -> str:
    """As browsers and TeX agree on: letters by themselves are slanted, but for Greek capitals."""
    style = element.attributes.get("style")
    alone = element.tag == "mi" and len(text) == 1 and text.isalpha() and "mathvariant" not in element.attributes
    if style == MONOSPACE:
        return "typed"
    return "italic" if style or (alone and (text.isascii() or text.islower())) else "upright"


def _joined(found: Iterator[TextRun]) -> Iterator[TextRun]:
    """Neighbours of one style as one run."""
    last: TextRun | None = None
    for run in found:
        if last is not None and (last.style, last.level) == (run.style, run.level):
            last = TextRun(last.text + run.text, run.style, run.level)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _stacked(found: Iterator[TextRun]) -> Iterator[TextRun]:
    """What stands above is set over what stands below; what follows begins behind the wider of the two."""
    below = ahead = 0.0
    for run in found:
        back = below if run.level == 1 else -ahead
        yield TextRun(run.text, run.style, run.level, back)
        ahead = max(0.0, below - run.width) if run.level == 1 else 0.0
        below = below + run.width if run.level == -1 else 0.0


@lru_cache(1024)
def _advance(character: str) -> float:
    if "\u0300" <= character <= "\u036f":
        return 0.0
    if character.isascii() and character.isalnum():
        return _NARROW.get(character) or text_width(character)
    return {",": 0.45, ".": 0.28, "(": 0.36, ")": 0.36, "|": 0.28, "\u00a0": 0.3}.get(character, 0.62)
