"""Runs of a formula's text between which a line may break, and how they are joined; what a node looks like is decided in
`nodes` for LaTeX, in `unicode` for terminals.

In LaTeX, no ``\\left`` and ``\\right`` are used, because they cannot stand on different lines: parentheses get a fixed size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

NEVER = 10**6  # the rank of a place where no line may break
_LAST = 10**4  # breaking between juxtaposed factors comes after everything else
_PARENTHESES = (  # contents up to so many lines, the macro, the width in em
    (1.3, "", 0.4),
    (1.8, "big", 0.43),
    (2.6, "Big", 0.56),
    (3.3, "bigg", 0.69),
    (float("inf"), "Bigg", 0.75),
)


class Level(IntEnum):
    """How tightly the outermost operator of a formula binds on the page."""

    OPEN = 0  # a choice or a condition: its right end is open
    SUM = 1
    SIGNED = 2  # begins with a minus
    HADAMARD = 3
    DOT = 4
    TIGHT = 5
    SUMMATION = 6  # may end a product, and nothing else, without parentheses
    ATOM = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of LaTeX, or of Unicode text, that is never broken; `rank` says how gladly a line is broken before it, 0 most gladly.

    `width` is in em, or in columns of a terminal, `height` in lines; `depth` counts the parentheses around it.
    """

    text: str
    width: float
    height: float = 1.0
    rank: int = NEVER
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Printed:
    """A formula in pieces; `bare` if a superscript may follow without parentheses."""

    pieces: tuple[Piece, ...]
    level: Level = Level.ATOM
    bare: bool = True

    @property
    def width(self) -> float:
        """The width, on one line."""
        return sum(piece.width for piece in self.pieces)

    @property
    def height(self) -> float:
        """The height of the tallest piece."""
        return max(piece.height for piece in self.pieces)

    @property
    def text(self) -> str:
        """The text on one line."""
        return "".join(piece.text for piece in self.pieces).strip()

    def marked(self, mark: str) -> str:
        """The LaTeX on one line, with a mark where a line may break as the last resort."""
        marked = (mark + piece.text if _LAST <= piece.rank < NEVER else piece.text for piece in self.pieces)
        return "".join(marked).strip()


def atom(text: str, width: float, height: float = 1.0, *, bare: bool = True) -> Printed:
    """One unbreakable piece."""
    return Printed((Piece(text, width, height),), Level.ATOM, bare)


def term_rank(depth: int) -> int:
    """The rank of a break before a plus or minus inside so many parentheses."""
    return 1 + 2 * depth


def factor_rank(depth: int) -> int:
    """The rank of a break before a dot inside so many parentheses."""
    return 2 + 2 * depth


def tight_rank(depth: int) -> int:
    """The rank of a break between juxtaposed factors: the last resort."""
    return _LAST + depth


def deeper(rank: int) -> int:
    """The rank that a break has inside one more pair of parentheses."""
    return rank if rank == NEVER else rank + 1 if rank >= _LAST else rank + 2


def prefixed(text: str, width: float, pieces: Sequence[Piece], rank: int = NEVER, depth: int = 0) -> tuple[Piece, ...]:
    """The pieces with a text put before the first, where a line may break with the given rank."""
    first = pieces[0]
    return (Piece(text + first.text, width + first.width, first.height, rank, depth), *pieces[1:])


def suffixed(pieces: Sequence[Piece], text: str, width: float, height: float = 0.0) -> tuple[Piece, ...]:
    """The pieces with a text put behind the last."""
    last = pieces[-1]
    tall = max(last.height, height)
    return (*pieces[:-1], replace(last, text=last.text + text, width=last.width + width, height=tall))


def enclosed(inner: Printed, left: str = "(", right: str = ")", depth: int = 0) -> Printed:
    """The formula between delimiters that are as high as it needs; nested ones grow."""
    size, width = next((size, width) for limit, size, width in _PARENTHESES if inner.height <= limit)
    opened, closed = (f"\\{size}l{left}", f"\\{size}r{right}") if size else (left, right)
    # A control word such as \lbrack must not swallow the letter behind it.
    gap = " " if opened[-1].isalpha() else ""
    first = replace(inner.pieces[0], rank=tight_rank(depth))
    pieces = (Piece(opened + gap, width, depth=depth), first, *inner.pieces[1:])
    return Printed(suffixed(pieces, closed, width, max(1.35, inner.height + 0.1)), Level.ATOM)


def joined(parts: Iterable[Sequence[Piece]]) -> tuple[Piece, ...]:
    """The pieces of several parts, one behind the other."""
    return tuple(piece for part in parts for piece in part)
