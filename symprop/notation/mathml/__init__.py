"""A formula as MathML Core, in which every quantity carries its name; read off the LaTeX that `nodes` and `layout` make."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from symprop.errors import InternalError
from symprop.notation.breaking import broken, line_text
from symprop.notation.formula import Formula
from symprop.notation.latex import latex
from symprop.notation.leaves import Setting
from symprop.notation.looks import letters
from symprop.notation.mathml.reader import read
from symprop.notation.names import Names
from symprop.notation.nodes import printed


def mathml(formula: Formula, names: Names, display: bool = True) -> str:
    """The formula as one ``math`` element, for HTML; set apart from the text, or, without `display`, within it.

    Each element that stands for a quantity, or for a tensor, has its name as ``data-name``.

    >>> from symprop.notation.formula import Symbol
    >>> mathml(Symbol("w5"), Names(), display=False)
    '<math><msub data-name="w5"><mi>w</mi><mn>5</mn></msub></math>'
    """
    text = latex(formula, readable(names), inline=not display, marked=True)
    start = '<math display="block">' if display else "<math>"
    return f"{start}{content(text)}</math>"


def runs(formula: Formula, names: Names, limit: float, room: float) -> list[str]:
    """The formula for running text: one ``math`` element, or several between which a line may break.

    None is wider than `room` em where that can be had; a fraction wider than `limit` is set in another form.
    """
    result = printed(formula, Setting(names, limit=limit, compact=True, marked=True))
    return [f"<math>{content(line_text(line, continued=False))}</math>" for line in broken(result.pieces, room)]


@lru_cache(8192)  # the same few symbols stand in every line
def content(latex: str) -> str:
    """What stands in a ``math`` element for a piece of LaTeX from our own printers."""
    return read(latex).written()


def readable(names: Names) -> Names:
    """The names with looks that can be read; a look that was declared with other LaTeX gives way to the name."""
    functions = {name: _readable(look, name) for name, look in names.functions.items()}
    looks = {name: _readable(look, name) for name, look in names.latex.items()}
    changed = functions != names.functions or looks != names.latex
    return replace(names, functions=functions, latex=looks) if changed else names


def _readable(look: str, name: str) -> str:
    try:
        read(look)
    except InternalError:
        return rf"\mathop{{\mathrm{{{letters(name)}}}}}"
    return look
