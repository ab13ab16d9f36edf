r"""The LaTeX of leaves: identifiers, functions, tensor entries and numbers; any text gives LaTeX that compiles.

Only macros that GitHub's MathJax allows are used; it refuses ``\operatorname``, ``\mbox`` and ``\phantom``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, isnan

from symprop.notation.names import Names

_GREEK_WORDS = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK_WORDS.split(), strict=True))
_WORDS = frozenset(GREEK.values())

_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
_MACROS = ("grave", "acute", "hat", "tilde", "bar", "breve", "dot", "ddot", "mathring", "check")
_ACCENTS = dict(zip(_MARKS, _MACROS, strict=True))
_SPECIAL = {c: f"\\{c}" for c in "_$%#&{}"} | {
    " ": r"{\ }",
    "\\": r"\backslash ",
    "|": r"\vert ",
    "^": r"\wedge ",
    "~": r"\sim ",
}
_SPECIAL |= {c: f"{{{c}}}" for c in "<>=+-*/:,;!?.()[]@"}  # braced, so that TeX sees letters and puts no space around
_RUN = 24  # characters of an identifier that a line can hold
_FUNCTIONS = frozenset(("exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"))


def symbol(name: str, names: Names) -> str:
    r"""The LaTeX of an identifier: as the notation has it, else by its own parts.

    >>> [symbol(name, Names()) for name in ("a_h1", "delta_o1", "w5", "E_total", "η")]
    ['a_{h1}', '\\delta_{o1}', 'w_{5}', 'E_{\\mathrm{total}}', '\\eta']
    """
    known = names.latex.get(name)
    return _spelled(name) if known is None else known


def runs(name: str, names: Names) -> list[str]:
    """The LaTeX of an identifier in runs between which a line may break: one, unless it is absurdly long."""
    length = _RUN if name.isascii() else _RUN // 4  # a letter that LaTeX has no name for prints as its code
    if name in names.latex or len(name) <= length:
        return [symbol(name, names)]
    return [rf"\mathtt{{{_letters(name[i : i + length])}}}" for i in range(0, len(name), length)]


def entry(tensor: str, indices: Sequence[str], names: Names) -> str:
    r"""The LaTeX of one entry of a tensor; a subscript that the tensor has already is continued.

    >>> entry("W", ("j", "k"), Names({}, {"W": "W^{(2)}"})), entry("x_in", ("0", "j"), Names())
    ('W^{(2)}_{jk}', 'x_{\\mathrm{in},0,j}')
    """
    base = symbol(tensor, names)
    if not indices:
        return base
    alone = all(re.fullmatch(r"[^\W\d]", index) for index in indices)
    below = ("" if alone else ",").join(_index(index) for index in indices)
    subscripted = re.fullmatch(r"(.*)_\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", base)
    if subscripted:
        return f"{subscripted[1]}_{{{subscripted[2]},{below}}}"
    return f"{base}_{{{below}}}" if "_" not in base else f"{{{base}}}_{{{below}}}"


def function(name: str, names: Names) -> str:
    r"""The LaTeX of a function's name: as the notation has it, else a standard macro, else upright letters.

    >>> function("exp", Names()), function("leaky_relu", Names())
    ('\\exp', '\\mathop{\\mathrm{leaky\\_relu}}')
    """
    known = names.functions.get(name)
    if known is not None:
        return known
    return f"\\{name}" if name in _FUNCTIONS else rf"\mathop{{\mathrm{{{_letters(name)}}}}}"


def ratio(value: Fraction, *, inline: bool) -> str:
    """An exact number that is not negative; `inline` sets a fraction with a slash."""
    if value.denominator == 1:
        return str(value.numerator)
    above, below = value.numerator, value.denominator
    return f"{above}/{below}" if inline else rf"\tfrac{{{above}}}{{{below}}}"


def decimal(value: float, digits: int) -> str:
    r"""A rounded number, with a power of ten where it is very small or large.

    >>> decimal(0.0275, 6), decimal(1.25e-7, 2)
    ('0.0275', '1.2 \\times 10^{-7}')
    """
    if not isfinite(value):
        return r"\mathrm{NaN}" if isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _spelled(name: str) -> str:
    head, *below = name.split("_")
    if not head or not all(part and part.isalnum() for part in (head, *below)):
        return rf"\mathtt{{{_letters(name)}}}"
    stem = re.fullmatch(r"([^\W\d_]+)(\d+)", head)
    if stem and not below:
        return f"{_word(stem[1], 'mathit')}_{{{stem[2]}}}"
    return _word(head, "mathit") + (f"_{{{','.join(_word(part, 'mathrm') for part in below)}}}" if below else "")


def _word(word: str, style: str) -> str:
    r"""A word of letters and digits; one letter with its number (``h1``) stays in italics, as on the blackboard."""
    if word in _WORDS:
        return f"\\{word}"
    letters = _letters(word).strip()
    if len(word) == 1 or word.isdecimal() or (style == "mathrm" and re.fullmatch(r"[^\W\d]\d+", word)):
        return letters
    return rf"\{style}{{{letters}}}"


def _index(index: str) -> str:
    """An index as it stands, a letter or an affine expression."""
    return f"\\{index}" if index in _WORDS else "".join(c if c in "+-()" else _letters(c) for c in index).strip()


def _letters(text: str) -> str:
    """Every character in a form that math mode takes."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in GREEK:
        return f"\\{GREEK[character]} "
    base, *marks = tuple(unicodedata.normalize("NFD", character))
    if len(marks) == 1 and marks[0] in _ACCENTS and (base in GREEK or (base.isascii() and base.isalpha())):
        return f"\\{_ACCENTS[marks[0]]}{{{_character(base).strip()}}}"
    return f"\\mathrm{{U{{+}}{ord(character):X}}}"
