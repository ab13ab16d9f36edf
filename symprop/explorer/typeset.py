"""Formulas in MathML with places for their quantities, such as ``{w1}``; the script puts symbols or numbers there."""

from __future__ import annotations

import re
from string import ascii_lowercase

from symprop.notation.formula import Formula, Symbol
from symprop.notation.latex import latex
from symprop.notation.mathml import content, readable
from symprop.notation.names import Names
from symprop.views.tree import map_parts

_STEM = "slot"
_PLACE = re.compile(rf'<mi[^>]* data-name="{_STEM}([a-z]+)"[^>]*>[^<]*</mi>')


class Typesetter:
    """Sets formulas of one page; lines that differ in their names alone are set once.

    >>> Typesetter(Names()).line(Symbol("w5")), Typesetter(Names()).symbol(Symbol("w5"))
    ('{w5}', '<msub data-name="w5"><mi>w</mi><mn>5</mn></msub>')
    """

    def __init__(self, names: Names) -> None:
        self._names = readable(names)
        self._known: dict[Formula, str] = {}

    def symbol(self, formula: Formula) -> str:
        """The formula as it is read, without the ``math`` element around it."""
        return content(latex(formula, self._names, marked=True))

    def line(self, formula: Formula) -> str:
        """The same with a place for each quantity."""
        slots: dict[str, str] = {}

        def emptied(part: Formula) -> Formula:
            if isinstance(part, Symbol):
                return Symbol(slots.setdefault(part.name, _STEM + _letters(len(slots))))
            return map_parts(part, emptied)

        pattern = emptied(formula)
        if pattern not in self._known:
            self._known[pattern] = _PLACE.sub(r"{\1}", self.symbol(pattern))
        owners = {slot.removeprefix(_STEM): name for name, slot in slots.items()}
        return re.sub(r"\{([a-z]+)\}", lambda place: f"{{{owners[place[1]]}}}", self._known[pattern])


def _letters(number: int) -> str:
    """A name of letters alone, which has no subscript."""
    first, last = divmod(number, len(ascii_lowercase))
    return (_letters(first - 1) if first else "") + ascii_lowercase[last]
