"""How a table is fitted into a given width: natural columns, wrapped columns, a smaller size, or several parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symprop.document.blocks import Table
from symprop.notation.leaves import Setting
from symprop.notation.names import Names
from symprop.notation.nodes import printed
from symprop.prose.text import Inline, Text

INLINE_LIMIT = 12.0  # em of the widest thing in running text that cannot be broken
_GAP = 1.32  # em between columns, both sides, at the smaller size
_SMALL = 0.85  # footnotesize beside normal size
_ATTEMPTS = ((1.0, False), (1.0, True), (_SMALL, False), (_SMALL, True))
_NARROW = frozenset("iljtfr.,:;'|!()[] \u00a0")


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a table's columns, side by side; `widths` in em where the columns are to wrap, else None."""

    columns: tuple[int, ...]
    widths: tuple[float, ...] | None = None
    small: bool = False


def parts(table: Table, names: Names, room: float) -> list[Part]:
    """The parts in which a table is set within `room` em; each part after the first repeats the first column."""
    columns = [_measured(cells, names) for cells in zip(table.header, *table.rows, strict=True)]
    everything = tuple(range(len(columns)))
    for scale, wrap in _ATTEMPTS:
        part = _attempt(everything, columns, room / scale, wrap, small=scale < 1)
        if part is not None:
            return [part]
    return [_squeezed(group, columns, room / _SMALL) for group in _groups(columns, room / _SMALL)]


Measure = tuple[float, float]  # natural width, and the width of the widest thing that cannot be broken


def _measured(cells: Sequence[Text], names: Names) -> Measure:
    sizes = [_measured_cell(cell, names) for cell in cells]
    return max(natural for natural, _ in sizes), max(least for _, least in sizes)


def _measured_cell(cell: Text, names: Names) -> Measure:
    sizes = [_measured_inline(inline, names) for inline in cell]
    return sum(natural for natural, _ in sizes) + 0.1, max((least for _, least in sizes), default=0.0) + 0.1


def _measured_inline(inline: Inline, names: Names) -> Measure:
    if isinstance(inline, str):
        words = [sum(map(_character_width, word[:20])) for word in inline.replace(" × ", "\u00a0×\u00a0").split(" ")]
        return sum(map(_character_width, inline)), max(words, default=0.0)
    math = printed(inline.formula, Setting(names, limit=INLINE_LIMIT, compact=True))
    return math.width, max(piece.width for piece in math.pieces)


def _character_width(character: str) -> float:
    if character in _NARROW:
        return 0.4
    if character.isdigit() or character.islower():
        return 0.87 if character in "mw" else 0.57
    return 0.9 if character.isascii() or character.isalpha() or character == "×" else 1.2


def _attempt(columns: tuple[int, ...], sizes: Sequence[Measure], room: float, wrap: bool, small: bool) -> Part | None:
    """The columns at their natural widths, or wrapped; None if they do not fit."""
    chosen = [sizes[column] for column in columns]
    left = room - _GAP * len(columns)
    natural, least = sum(n for n, _ in chosen), sum(m for _, m in chosen)
    if not wrap:
        return Part(columns, None, small) if natural <= left else None
    if least > left or natural <= least:
        return None
    share = min(1.0, (left - least) / (natural - least))
    return Part(columns, tuple(m + share * (n - m) for n, m in chosen), small)


def _groups(sizes: Sequence[Measure], room: float) -> Iterator[tuple[int, ...]]:
    """Runs of columns that fit beside the first one."""
    group = [0]
    for column in range(1, len(sizes)):
        wanted = sum(min(sizes[c][0], room / 3) + _GAP for c in [*group, column])
        if wanted > room and len(group) > 1:
            yield tuple(group)
            group = [0]
        group.append(column)
    yield tuple(group)


def _squeezed(columns: tuple[int, ...], sizes: Sequence[Measure], room: float) -> Part:
    """The columns naturally, else wrapped, else each in its share of the width."""
    fitting = (_attempt(columns, sizes, room, wrap, small=True) for wrap in (False, True))
    share = tuple(room / len(columns) - _GAP for _ in columns)
    return next((part for part in fitting if part), Part(columns, share, small=True))
