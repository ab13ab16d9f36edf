"""What the leaves of a formula look like in LaTeX, and the setting that they and all other nodes stand in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from symprop.notation import spelling
from symprop.notation.formula import Entry, Formula, Number, Ones, Symbol
from symprop.notation.marks import marked
from symprop.notation.names import Names
from symprop.notation.pieces import NEVER, Level, Piece, Printed, atom, tight_rank
from symprop.notation.widths import SCRIPT, text_width


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a formula stands: `limit` is the widest unbreakable thing in em, `depth` the parentheses around it.

    `compact` sets fractions low, as in running text and in other fractions; `script` sets them with a slash. `marked`
    puts `marks` around the symbols. `known` has what was printed already: a node is looked at before it is known whether
    it needs parentheses.
    """

    names: Names
    digits: int = 6
    limit: float = float("inf")
    depth: int = 0
    compact: bool = False
    script: bool = False
    marked: bool = False
    known: dict[tuple[int, float, int, bool, bool], tuple[Formula, Printed]] = field(
        default_factory=dict, compare=False
    )

    def inside(self) -> Setting:
        """Within one more pair of parentheses."""
        return replace(self, depth=self.depth + 1)

    def small(self) -> Setting:
        """Within a sub- or superscript."""
        return replace(self, script=True, compact=True)

    def low(self) -> Setting:
        """Within a fraction."""
        return replace(self, compact=True)

    def width(self, text: str) -> float:
        """The width in em of names, whichever macros they are written in."""
        return text_width(self.names.real(text))


def leaf(formula: Number | Symbol | Ones | Entry, setting: Setting) -> Printed:
    """A number, a name, or an entry of a tensor."""
    match formula:
        case Number(value, digits):
            return _number(value, digits or setting.digits, setting)
        case Symbol(name):
            return _symbol(name, setting)
        case Ones():
            text = r"\mathbf{1}"
            text = shown = text if setting.names.macros is None else setting.names.macros.ones(text)
        case Entry(tensor, indices):
            text = spelling.entry(tensor, indices, setting.names)
            shown = marked(tensor, text) if setting.marked else text
    return atom(shown, setting.width(text), 1.2, bare="^" not in text and "'" not in text)


def _symbol(name: str, setting: Setting) -> Printed:
    """An identifier; one that no line could hold is broken between its characters."""
    runs = spelling.runs(name, setting.names)
    shown = [marked(name, run) for run in runs] if setting.marked else runs
    first, *rest = (
        Piece(text, setting.width(run), 1.2, tight_rank(setting.depth), setting.depth)
        for text, run in zip(shown, runs, strict=True)
    )
    return Printed((replace(first, rank=NEVER), *rest), bare="^" not in runs[-1] and "'" not in runs[-1])


def _number(value: Fraction | float, digits: int, setting: Setting) -> Printed:
    if isinstance(value, float):
        text = spelling.decimal(value, digits)
        level = Level.DOT if "^" in text else Level.ATOM
        return Printed((Piece(text, text_width(text), 1.2),), level, bare=level == Level.ATOM)
    text = spelling.ratio(value, inline=setting.script)
    if value.denominator == 1:
        return atom(text, text_width(text))
    if setting.script:
        return Printed((Piece(text, text_width(text)),), Level.HADAMARD, bare=False)
    width = max(len(str(value.numerator)), len(str(value.denominator)))
    return atom(text, 0.51 * SCRIPT * width + 0.25, 1.4, bare=False)
