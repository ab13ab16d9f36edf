"""Sections of equations as text: aligned at their equals signs for a terminal, or one line of LaTeX for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from symprop.cli.output import heading
from symprop.cli.sections import Section
from symprop.notation.formula import Chain, Formula
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.notation.unicode import unicode_lines, unicode_text
from symprop.views.short import renamed_chain, short_names

if TYPE_CHECKING:
    from symprop.face import Derivation

_WIDEST_LEFT = 24  # columns of a left side that others are aligned with
_LEFT_SHARE = 0.3  # a left side that takes more of the width stands above what has no room beside it
_INDENT = "  "
_NEVER = 1e9


def as_text(
    sections: Sequence[Section],
    derivation: Derivation,
    columns: int,
    *,
    matrix: bool = False,
    fold: bool = False,
    widest: int = _WIDEST_LEFT,
    ascii_only: bool = False,
) -> str:
    """The sections for reading, in Unicode or, if `ascii_only`, as Python writes them.

    Unicode formulas are broken between their terms where they do not fit. Those of ASCII are so if `fold`; else a program
    reads them, and there are breaks before equals signs alone. Left sides of more than `widest` columns stand out; the
    others are aligned.
    """
    rename = short_names(derivation.scalars)
    blocks = []
    for section in sections:
        of_matrices = matrix and not section.scalar
        names = Names() if ascii_only else derivation.names
        setter = _Ascii(of_matrices, fold) if ascii_only else _Unicode(names, of_matrices)
        rows = [renamed_chain(chain, rename) for chain in section.chains]
        lines = _aligned(rows, setter, columns - len(_INDENT), widest)
        note = [f"({section.note})"] if section.note else []
        blocks.append("\n".join([heading(section.title), *(f"{_INDENT}{line}" for line in [*lines, *note])]))
    return "\n\n".join(blocks)


class _Setter(Protocol):
    """Sets one formula: on one line, or in lines of at most so many columns, if it breaks any."""

    @property
    def breaks(self) -> bool: ...

    def text(self, formula: Formula) -> str: ...

    def lines(self, formula: Formula, columns: int) -> list[str]: ...


@dataclass(frozen=True)
class _Unicode:
    names: Names
    matrix: bool
    breaks: bool = True

    def text(self, formula: Formula) -> str:
        return unicode_text(formula, self.names, matrix=self.matrix)

    def lines(self, formula: Formula, columns: int) -> list[str]:
        return unicode_lines(formula, self.names, columns, matrix=self.matrix)


@dataclass(frozen=True)
class _Ascii:
    matrix: bool
    breaks: bool

    def text(self, formula: Formula) -> str:
        return plain(formula, matrix=self.matrix)

    def lines(self, formula: Formula, columns: int) -> list[str]:
        text = self.text(formula)
        return folded(text, columns) if self.breaks else [text]


def _aligned(rows: Sequence[Chain], setter: _Setter, columns: int, widest: int) -> Iterator[str]:
    lefts = [setter.text(row.sides[0]) for row in rows]
    most = min(widest, _LEFT_SHARE * columns)
    width = max((len(left) for left in lefts if len(left) <= most), default=0)
    for row, left in zip(rows, lefts, strict=True):
        yield from _lines(row, f"{left:<{width}}", setter, columns)


def _lines(row: Chain, left: str, setter: _Setter, columns: int) -> Iterator[str]:
    """``left = right``, each further side below the first where they do not fit beside each other."""
    rights = row.sides[1:]
    whole = f"{left} {row.relation} {' = '.join(map(setter.text, rights))}"
    if len(whole) <= columns:
        yield whole
        return
    front = f"{left} {row.relation} "
    if setter.breaks and _is_crowded(len(left), [setter.lines(side, columns - len(front)) for side in rights], columns):
        yield left
        front = f"{_INDENT}{row.relation} "
    for side in rights:
        first, *rest = setter.lines(side, columns - len(front))
        yield front + first
        front = f"{'= ':>{len(front)}}"
        yield from (" " * len(front) + line for line in rest)


def _is_crowded(left: int, rights: Sequence[Sequence[str]], columns: int) -> bool:
    """Whether right sides have too little room beside a left side of so many columns."""
    is_broken = any(len(lines) > 1 for lines in rights)
    widest = max(len(line) for lines in rights for line in lines)
    return (is_broken and left > _LEFT_SHARE * columns) or left + widest + len(" = ") > columns


def folded(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns` where that can be had, broken before an operator, the outermost first.

    >>> folded("(a + b)*c + d", 10)
    ['(a + b)*c', '+ d']
    """
    lines: list[str] = []
    while len(text) > columns and (at := _break(text, columns)):
        lines.append(text[:at].rstrip())
        text = text[at:]
    return [*lines, text]


def _break(text: str, columns: int) -> int:
    """Where to break: before the last of the outermost operators in reach, sums before products; 0 if nowhere."""
    depth, best, lowest = 0, 0, _NEVER - 1
    for position, character in enumerate(text):
        if position > columns and best:
            break
        rank = depth + _looseness(text, position) if position else _NEVER
        if rank <= lowest:
            best, lowest = position, rank
        depth += (character in "([") - (character in ")]")
    return best


def _looseness(text: str, position: int) -> float:
    """0 at the sign of a sum, one half at that of a product, without end elsewhere."""
    if text[position - 1 : position + 2] in (" + ", " - "):
        return 0.0
    if text[position - 1 : position + 2] == " @ ":
        return 0.5
    single = text[position] == "*" and "*" not in text[position - 1] + text[position + 1]
    return 0.5 if single else _NEVER


def as_latex(sections: Sequence[Section], names: Names) -> str:
    """One equation a line, with the titles as comments."""
    from symprop.notation.latex import latex

    lines: list[str] = []
    for section in sections:
        lines += [
            f"% {section.title}",
            *(_latex_chain([latex(s, names) for s in c.sides], c.relation) for c in section.chains),
        ]
        lines += [f"% {section.note}"] if section.note else []
    return "\n".join(lines)


def _latex_chain(sides: Sequence[str], relation: str) -> str:
    first, *rest = sides
    mark = "=" if relation == "=" else r"\mathrel{+}="
    return f"{first} {mark} {' = '.join(rest)}" if rest else first
