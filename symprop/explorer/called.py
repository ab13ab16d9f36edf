"""What quantities are called in the page's running text, where no formula can stand: as their formulas look, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symprop.drawing.reading import plain
from symprop.notation.looks import spelled
from symprop.notation.mathml import readable
from symprop.notation.names import Names
from symprop.notation.spelling import symbol

_RAISED = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
_ABOVE = re.compile(r"\^([0-9()]+)")


def called(identifiers: Iterable[str], names: Names) -> dict[str, str]:
    r"""What each is called, for those that look otherwise than anybody would read their identifiers.

    >>> called(["w3", "b1_2"], Names(latex={"w3": "w_{3}", "b1_2": "b_{2}^{(1)}"}))
    {'b1_2': 'b_2⁽¹⁾'}
    """
    shown = readable(names)
    looks = {name: symbol(name, shown) for name in identifiers}
    return {name: _in_a_line(look) for name, look in looks.items() if look != spelled(name).latex()}


def _in_a_line(look: str) -> str:
    return _ABOVE.sub(lambda above: above[1].translate(_RAISED), plain(look))
