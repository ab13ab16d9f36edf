"""Chains of equations set in lines that fit a given width, aligned at one point; no document format is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symprop.notation.breaking import broken, line_text
from symprop.notation.formula import Chain
from symprop.notation.names import Names
from symprop.notation.nodes import Setting, printed
from symprop.notation.pieces import Printed, prefixed

_LEFT_SHARE = 0.35  # a left side that takes more of the width gets a line of its own
_RELATION = 1.36
_RESERVE = 6.0  # em that an unbreakable thing must leave: indent, operator and parentheses


class Line(NamedTuple):
    """LaTeX before and after the alignment point."""

    left: str
    right: str


def lay_out(chains: Sequence[Chain], names: Names, width_em: float, digits: int = 6) -> tuple[Line, ...]:
    r"""Lines of a block of equations, none wider than `width_em` em by estimate.

    A chain that does not fit is broken before each equals sign, then before a plus or minus outside parentheses, then
    before a dot, and at last inside parentheses.

    >>> from symprop.notation.formula import Symbol
    >>> lay_out([Chain((Symbol("E"), Symbol("x"), Symbol("y")))], Names(), 40.0)
    (Line(left='E', right='= x = y'),)
    >>> [line.right for line in lay_out([Chain((Symbol("E"), Symbol("x"), Symbol("y")))], Names(), 4.0)]
    ['= x', '= y']
    """
    setting = Setting(names, digits, limit=max(width_em * (1 - _LEFT_SHARE) - _RESERVE, 4.0))
    sides = [[printed(side, setting) for side in chain.sides] for chain in chains if chain.sides]
    left = max((s[0].width for s in sides if _fits_left(s, width_em)), default=0.0)
    return tuple(line for chain in sides for line in _lines(chain, left, width_em))


def _fits_left(sides: Sequence[Printed], width_em: float) -> bool:
    return len(sides) > 1 and sides[0].width <= _LEFT_SHARE * width_em


def _lines(sides: Sequence[Printed], left: float, width_em: float) -> list[Line]:
    """The lines of one chain, beside a column of left sides that is so wide."""
    room = width_em - left
    if not _fits_left(sides, width_em):
        return [*_broken(sides[0], room), *(line for side in sides[1:] for line in _broken(_equated(side), room))]
    rights = [_equated(side) for side in sides[1:]]
    if sum(side.width for side in rights) <= room:
        return [Line(sides[0].text, " ".join(side.text for side in rights))]
    first, *rest = (line for side in rights for line in _broken(side, room))
    return [Line(sides[0].text, first.right), *rest]


def _equated(side: Printed) -> Printed:
    return Printed(prefixed("= ", _RELATION, side.pieces), side.level)


def _broken(side: Printed, room: float) -> list[Line]:
    return [Line("", line_text(line, continued=i > 0)) for i, line in enumerate(broken(side.pieces, room))]
