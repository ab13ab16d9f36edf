"""The LaTeX of leaves: identifiers, functions, tensor entries and numbers; any text gives LaTeX that compiles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, isnan

from symprop.notation.looks import letters, spelled, verbatim
from symprop.notation.names import Names

_BRACED = r"[^{}]*(?:\{[^{}]*\}[^{}]*)*"
_SUBSCRIPTED = re.compile(rf"(.*)_\{{({_BRACED})\}}(|\^\{{{_BRACED}\}})")
_PLACE = re.compile(r"(?:\[|\]|[+*-]|[, ]|[0-9]+|[A-Za-z_]\w*)+", re.ASCII)
_RUN = 24  # characters of an identifier that a line can hold
_FUNCTIONS = frozenset(("exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"))


def symbol(name: str, names: Names) -> str:
    r"""The LaTeX of an identifier: as the notation has it, else by its own parts.

    >>> [symbol(name, Names()) for name in ("a_h1", "delta_o1", "w5", "E_total", "η")]
    ['a_{h1}', '\\delta_{o1}', 'w_{5}', 'E_{\\mathrm{total}}', '\\eta']
    """
    known = names.look(name)
    return spelled(name).latex() if known is None else known


def runs(name: str, names: Names) -> list[str]:
    """The LaTeX of an identifier in runs between which a line may break: one, unless it is absurdly long."""
    length = _RUN if name.isascii() else _RUN // 4  # a letter that LaTeX has no name for prints as its code
    look = symbol(name, names)
    if len(name) <= length or look not in (spelled(name).latex(), verbatim(name).latex()):
        return [look]
    return [rf"\mathtt{{{letters(name[i : i + length])}}}" for i in range(0, len(name), length)]


def entry(tensor: str, indices: Sequence[str], names: Names) -> str:
    r"""The LaTeX of one entry of a tensor; a subscript that the tensor has already is continued.

    >>> entry("W", ("j", "k"), Names({}, {"W": "W^{(2)}"})), entry("x_in", ("0", "j"), Names())
    ('W^{(2)}_{jk}', 'x_{\\mathrm{in},0,j}')
    """
    base = symbol(tensor, names)
    if not indices:
        return base
    alone = all(re.fullmatch(r"[^\W\d]", i) for i in indices)
    below = ("" if alone else ",").join(index(i, names) for i in indices)
    subscripted = _SUBSCRIPTED.fullmatch(base)
    if subscripted:
        return f"{subscripted[1]}_{{{subscripted[2]},{below}}}{subscripted[3]}"
    return f"{base}_{{{below}}}" if "_" not in base else f"{{{base}}}_{{{below}}}"


def function(name: str, names: Names) -> str:
    r"""The LaTeX of a function's name: as the notation has it, else a standard macro, else upright letters.

    >>> function("exp", Names()), function("leaky_relu", Names())
    ('\\exp', '\\mathop{\\mathrm{leaky\\_relu}}')
    """
    known = names.functions.get(name)
    if known is not None:
        return known
    return f"\\{name}" if name in _FUNCTIONS else rf"\mathop{{\mathrm{{{letters(name)}}}}}"


def ratio(value: Fraction, *, inline: bool) -> str:
    """An exact number that is not negative; `inline` sets a fraction with a slash."""
    if value.denominator == 1:
        return str(value.numerator)
    above, below = value.numerator, value.denominator
    return f"{above}/{below}" if inline else rf"\tfrac{{{above}}}{{{below}}}"


def decimal(value: float, digits: int) -> str:
    r"""A rounded number, with a power of ten where it is very small or large.

    >>> decimal(0.0275, 6), decimal(1.25e-7, 2), decimal(1e-5, 6)
    ('0.0275', '1.2 \\times 10^{-7}', '10^{-5}')
    """
    if not isfinite(value):
        return r"\mathrm{NaN}" if isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def index(text: str, names: Names) -> str:
    r"""An index as it prints: a letter, an affine expression, or an element of a tensor of integers.

    >>> index("p1", Names()), index("2*p1 + u1 - 2", Names()), index("x[s] + 1", Names())
    ('p_{1}', '2p_{1}+u_{1}-2', 'x_{s}+1')
    """
    if not _PLACE.fullmatch(text):
        return "".join(c if c in "+-()" else letters(c) for c in text).strip()
    parts = []
    for token in re.findall(r"[A-Za-z_]\w*|\S", text):
        parts.append({"*": "", "[": "_{", "]": "}"}.get(token) if token in "*[]" else _token(token, names))
    return "".join(filter(None, parts))


def _token(token: str, names: Names) -> str:
    return symbol(token, names) if token[0].isalpha() or token[0] == "_" else token
