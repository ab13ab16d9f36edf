"""The LaTeX of leaves: identifiers, functions, tensor entries and numbers; any text gives LaTeX that compiles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, isnan

from symprop.notation.looks import letters, spelled, verbatim
from symprop.notation.macros import Macros
from symprop.notation.names import Names

_NESTED = r"[^{}]*(?:\{[^{}]*\}[^{}]*)*"
_BRACED = rf"[^{{}}]*(?:\{{{_NESTED}\}}[^{{}}]*)*"
_SUBSCRIPTED = re.compile(rf"(.*)_\{{({_BRACED})\}}(|\^\{{{_BRACED}\}})")
_PLACE = re.compile(r"(?:\[|\]|[+*-]|[, ]|[0-9]+|[A-Za-z_]\w*)+", re.ASCII)
_RUN = 24  # characters of an identifier that a line can hold
_FUNCTIONS = frozenset(("exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"))


def symbol(name: str, names: Names) -> str:
    r"""The LaTeX of an identifier: as the notation has it, else by its own parts.

    >>> [symbol(name, Names()) for name in ("a_h1", "delta_o1", "w5", "E_total", "η")]
    ['a_{h1}', '\\delta_{o1}', 'w_{5}', 'E_{\\mathrm{total}}', '\\eta']
    """
    look = _look(name, names)
    return look if names.macros is None else names.macros.quantity(look, is_array=names.is_array(name))


def _look(name: str, names: Names) -> str:
    known = names.look(name)
    return spelled(name).latex() if known is None else known


def runs(name: str, names: Names) -> list[str]:
    """The LaTeX of an identifier in runs between which a line may break: one, unless it is absurdly long."""
    length = _RUN if name.isascii() else _RUN // 4  # a letter that LaTeX has no name for prints as its code
    if len(name) <= length or _look(name, names) not in (spelled(name).latex(), verbatim(name).latex()):
        return [symbol(name, names)]
    return [rf"\mathtt{{{letters(name[i : i + length])}}}" for i in range(0, len(name), length)]


def entry(tensor: str, indices: Sequence[str], names: Names) -> str:
    r"""The LaTeX of one entry of a tensor; a subscript that the tensor has already is continued.

    >>> entry("W", ("j", "k"), Names({}, {"W": "W^{(2)}"})), entry("x_in", ("0", "j"), Names())
    ('W^{(2)}_{jk}', 'x_{\\mathrm{in},0,j}')
    """
    if not indices:
        return symbol(tensor, names)
    base = _look(tensor, names)
    base = base if names.macros is None else names.macros.quantity(base)
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
    look = names.functions.get(name)
    if look is None:
        look = f"\\{name}" if name in _FUNCTIONS else rf"\mathop{{\mathrm{{{letters(name)}}}}}"
    return look if names.macros is None else _function_in_macros(name, look, names, names.macros)


def _function_in_macros(name: str, look: str, names: Names, macros: Macros) -> str:
    """A function's macro; a derivative is that of the function with its prime, a function of LaTeX's own stays."""
    whole = name.removesuffix("'")
    if whole != name:
        return f"{{{function(whole, names)}}}'"
    return look if look.removeprefix("\\") in _FUNCTIONS else macros.function(name, look)


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
    if not (token[0].isalpha() or token[0] == "_"):
        return token
    if names.macros is None:
        return symbol(token, names)
    look = _look(token, names)
    return names.macros.quantity(look) if token in names.tensors else names.macros.index(look)
