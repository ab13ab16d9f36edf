"""Chains of equations set in lines that fit a given width, aligned at one point; no document format is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symprop.notation.breaking import balanced, line_text
from symprop.notation.formula import Chain
from symprop.notation.leaves import Setting
from symprop.notation.names import Names
from symprop.notation.nodes import printed
from symprop.notation.pieces import Printed, prefixed

_LEFT_SHARE = 0.35  # a left side that takes more of the width gets a line of its own
_RELATIONS = {"=": ("=", 1.36), "+=": (r"\mathrel{+}=", 2.14)}  # as LaTeX, and the width in em
_GAP = 2.5  # em between an equation and the one beside it
_RESERVE = 6.0  # em that an unbreakable thing must leave: indent, operator and parentheses
_RESERVED_SHARE = 0.2  # of a narrow width, which has no room for more


class Line(NamedTuple):
    """LaTeX before and after the alignment point."""

    left: str
    right: str


def lay_out(
    chains: Sequence[Chain], names: Names, width_em: float, digits: int = 6, *, marked: bool = False
) -> tuple[Line, ...]:
    r"""Lines of a block of equations, none wider than `width_em` em by estimate.

    A chain that does not fit is broken before each equals sign, then before a plus or minus outside parentheses, then
    before a dot, and at last inside parentheses. With `marked`, symbols have marks for the reader of MathML.

    >>> from symprop.notation.formula import Symbol
    >>> lay_out([Chain((Symbol("E"), Symbol("x"), Symbol("y")))], Names(), 40.0)
    (Line(left='E', right='= x = y'),)
    >>> [line.right for line in lay_out([Chain((Symbol("E"), Symbol("x"), Symbol("y")))], Names(), 4.0)]
    ['= x', '= y']
    """
    return _joined(_laid_out(chains, _setting(names, width_em, digits, marked), width_em))


def lay_out_each(
    chains: Sequence[Chain], names: Names, width_em: float, digits: int = 6
) -> tuple[tuple[Line, ...], ...]:
    """The same lines, those of each chain by themselves, for who numbers equations.

    >>> from symprop.notation.formula import Symbol
    >>> [len(lines) for lines in lay_out_each([Chain((Symbol("E"), Symbol("x"), Symbol("y")))], Names(), 4.0)]
    [2]
    """
    return _laid_out(chains, _setting(names, width_em, digits, marked=False), width_em, apart=True)


def _laid_out(
    chains: Sequence[Chain], setting: Setting, width_em: float, *, apart: bool = False
) -> tuple[tuple[Line, ...], ...]:
    rows = [_row(chain, setting) for chain in chains if chain.sides]
    left = max((row.sides[0].width for row in rows if _fits_left(row, width_em)), default=0.0)
    return tuple(tuple(_lines(row, left, width_em, apart)) for row in rows)


def _joined(parts: Sequence[Sequence[Line]]) -> tuple[Line, ...]:
    return tuple(line for part in parts for line in part)


class Run(NamedTuple):
    """Lines that follow each other, each with a line beside it, if any of them has one."""

    lines: tuple[Line, ...]
    beside: tuple[Line, ...] = ()


def side_by_side(
    pairs: Sequence[tuple[Chain, Chain | None]], names: Names, width_em: float, digits: int = 6, *, marked: bool = False
) -> tuple[Run, ...]:
    """Chains with another form of each beside it; where the two do not fit in `width_em` em, below it.

    >>> from symprop.notation.formula import Symbol
    >>> x, y = (Chain((Symbol("E"), Symbol(name))) for name in "xy")
    >>> side_by_side([(x, y)], Names(), 40.0)
    (Run(lines=(Line(left='E', right='= x'),), beside=(Line(left='E', right='= y'),)),)
    >>> [len(run.lines) for run in side_by_side([(x, y)], Names(), 4.0)]
    [2]
    """
    setting = _setting(names, width_em, digits, marked)
    runs: list[list[tuple[Chain, Chain | None]]] = []
    fitting: list[bool] = []
    for pair in pairs:
        fits = _fit([pair], setting, width_em)
        if fitting and fits == fitting[-1] and (not fits or _fit([*runs[-1], pair], setting, width_em)):
            runs[-1].append(pair)
        else:
            runs.append([pair])
            fitting.append(fits)
    return tuple(_run(run, setting, width_em, fits) for run, fits in zip(runs, fitting, strict=True))


def _run(pairs: Sequence[tuple[Chain, Chain | None]], setting: Setting, width_em: float, fits: bool) -> Run:
    if not fits or all(other is None for _, other in pairs):
        return Run(_joined(_laid_out([c for pair in pairs for c in pair if c is not None], setting, width_em)))
    columns = zip(*pairs, strict=True)
    lines, beside = (tuple(_line(chain, setting) for chain in column) for column in columns)
    return Run(lines, beside)


def _fit(pairs: Sequence[tuple[Chain, Chain | None]], setting: Setting, width_em: float) -> bool:
    """Whether every chain and its other form stand on one line, their left and right sides in columns."""
    width = _GAP
    for column in zip(*pairs, strict=True):
        rows = [_row(chain, setting) for chain in column if chain is not None]
        width += max((row.sides[0].width for row in rows), default=0.0) + max(
            (_right(row) for row in rows), default=0.0
        )
    return width <= width_em


def _right(row: _Row) -> float:
    return sum(side.width for side in _equated(row))


def _line(chain: Chain | None, setting: Setting) -> Line:
    if chain is None:
        return Line("", "")
    row = _row(chain, setting)
    return Line(row.sides[0].text, " ".join(side.text for side in _equated(row)))


def _setting(names: Names, width_em: float, digits: int, marked: bool) -> Setting:
    limit = width_em * (1 - _LEFT_SHARE) - min(_RESERVE, _RESERVED_SHARE * width_em)
    return Setting(names, digits, limit=max(limit, 4.0), marked=marked)


class _Row(NamedTuple):
    """A chain's sides in pieces."""

    sides: list[Printed]
    relation: str


def _row(chain: Chain, setting: Setting) -> _Row:
    return _Row([printed(side, setting) for side in chain.sides], chain.relation)


def _fits_left(row: _Row, width_em: float) -> bool:
    return len(row.sides) > 1 and row.sides[0].width <= _LEFT_SHARE * width_em


def _lines(row: _Row, left: float, width_em: float, apart: bool) -> list[Line]:
    """The lines of one chain, beside a column of left sides that is so wide; `apart` as for `broken`."""
    room = width_em - left
    rights = _equated(row)
    if not _fits_left(row, width_em):
        return [line for side in (row.sides[0], *rights) for line in _broken(side, room, apart)]
    if sum(side.width for side in rights) <= room:
        return [Line(row.sides[0].text, " ".join(side.text for side in rights))]
    first, *rest = (line for side in rights for line in _broken(side, room, apart))
    return [Line(row.sides[0].text, first.right), *rest]


def _equated(row: _Row) -> list[Printed]:
    """The sides after the first, each behind its relation."""
    relations = [_RELATIONS[row.relation], *[_RELATIONS["="]] * (len(row.sides) - 2)]
    return [
        Printed(prefixed(f"{mark} ", width, side.pieces), side.level)
        for (mark, width), side in zip(relations, row.sides[1:], strict=False)
    ]


def _broken(side: Printed, room: float, apart: bool) -> list[Line]:
    return [
        Line("", line_text(line, continued=i > 0)) for i, line in enumerate(balanced(side.pieces, room, apart=apart))
    ]
