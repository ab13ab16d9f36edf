"""Breaks a run of pieces into lines that fit; where a break may stand is the pieces' own knowledge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from symprop.notation.pieces import NEVER, Piece, Printed

INDENT = 1.0  # em, one \quad
_DEEPEST = 3
_REMNANT = 0.2  # of the room: a last line that is shorter is none
_NARROWER = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6)  # rooms in which it may become longer


def indent(line: Sequence[Piece]) -> float:
    """The indent in em of a continuation line: deeper inside parentheses."""
    return INDENT * min(1 + line[0].depth, _DEEPEST) if line else INDENT


def broken(
    pieces: Sequence[Piece],
    room: float,
    first_room: float | None = None,
    *,
    indent: Callable[[Sequence[Piece]], float] = indent,
    apart: bool = False,
) -> list[list[Piece]]:
    """Lines no wider than `room` where that can be had, the first no wider than `first_room`.

    Where the best ranked places suffice, only they are used; a part that still does not fit is broken at the next rank.
    Continuation lines lose the width of their `indent`. A run without a place to break comes back whole. With `apart`, a part
    that is broken shares no line with another, as a term of a sum that is broken between its factors.
    """
    first_room = room if first_room is None else first_room
    if _width(pieces) <= first_room:
        return [list(pieces)]
    rank = min((piece.rank for piece in pieces[1:]), default=NEVER)
    if rank == NEVER:
        return [list(pieces)]
    first, *rest = _split(pieces, rank)
    lines = broken(first, room, first_room, indent=indent, apart=apart)
    is_whole = len(lines) == 1
    for segment in rest:
        left = (first_room if len(lines) == 1 else room - indent(lines[-1])) - _width(lines[-1])
        fresh = room - indent(segment)
        is_beside = is_whole if apart else not left < _width(segment) <= fresh
        parts = broken(segment, room, left if is_beside else fresh, indent=indent, apart=apart)
        if is_beside and (_width(parts[0]) > left or (apart and len(parts) > 1)):
            is_beside = False
            parts = broken(segment, room, fresh, indent=indent, apart=apart)
        is_whole = len(parts) == 1
        if is_beside:
            lines[-1].extend(parts.pop(0))
        lines.extend(parts)
    return lines


def balanced(pieces: Sequence[Piece], room: float, *, apart: bool = False) -> list[list[Piece]]:
    """The same, but with shorter lines where the last one would be a remnant, and where that takes no more lines."""
    lines = broken(pieces, room, apart=apart)
    least = _REMNANT * room
    for narrower in _NARROWER if len(lines) > 1 and _width(lines[-1]) < least else ():
        others = broken(pieces, narrower * room, apart=apart)
        if len(others) == len(lines) and _width(others[-1]) >= least:
            return others
    return lines


def line_text(line: Sequence[Piece], *, continued: bool) -> str:
    """The LaTeX of one line, with its indent if it continues another."""
    text = "".join(piece.text for piece in line).strip()
    space = r"\quad" * round(indent(line) / INDENT)
    return f"{space} {text}" if continued else text


def stacked(value: Printed, room: float) -> Piece:
    """One cell of a choice as one piece, on several lines if it is too wide for one."""
    lines = broken(value.pieces, room)
    if len(lines) == 1:
        return Piece(value.text, value.width, value.height)
    rows = [rf"& {line_text(line, continued=i > 0)}" for i, line in enumerate(lines)]
    return Piece(environment("aligned", rows, "[t]"), room, value.height * len(lines))


def environment(name: str, rows: Sequence[str], option: str = "") -> str:
    """The LaTeX of an environment with its rows below each other."""
    body = r" \\ ".join(rows)
    return rf"\begin{{{name}}}{option} {body} \end{{{name}}}"


def _split(pieces: Sequence[Piece], rank: int) -> list[Sequence[Piece]]:
    """The runs between the breaks of one rank."""
    starts = [0, *(i for i, piece in enumerate(pieces) if i and piece.rank == rank), len(pieces)]
    return [pieces[start:end] for start, end in pairwise(starts)]


def _width(pieces: Sequence[Piece]) -> float:
    return sum(piece.width for piece in pieces)
