"""A formula as one line of LaTeX mathematics; lines that must fit a page are made in `layout`."""

from __future__ import annotations

from symprop.notation.formula import Formula
from symprop.notation.leaves import Setting
from symprop.notation.names import Names
from symprop.notation.nodes import printed


def latex(
    formula: Formula,
    names: Names,
    digits: int = 6,
    *,
    inline: bool = False,
    limit: float = float("inf"),
    mark: str = "",
    marked: bool = False,
) -> str:
    r"""The formula in LaTeX, for display or, if `inline`, for running text.

    Decimal numbers are rounded to so many significant digits. A fraction, root or exponent wider than `limit` em is set
    in a form that a line can be broken in; `mark` goes where TeX would not break such a line by itself. With `marked`,
    symbols have marks for the reader of MathML.

    >>> from fractions import Fraction
    >>> from symprop.notation.formula import Product, Sign, Sum, Symbol, Negative, Number
    >>> a, one = Symbol("a_o1"), Number(Fraction(1))
    >>> print(latex(Product((a, Sum((one, Negative(a)))), Sign.JUXTAPOSED), Names()))
    a_{o1}(1 - a_{o1})
    """
    result = printed(formula, Setting(names, digits, limit, compact=inline, marked=marked))
    return result.marked(mark) if result.width > limit else result.text
