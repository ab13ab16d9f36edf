"""How wide a piece of LaTeX mathematics will be, in em, judged from its text; nothing is typeset here.

The figures are those of Latin Modern at 11 pt, rounded up: a line that is thought too wide costs a break, one that is
thought narrower than it is runs into the margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters

SCRIPT = 0.78  # size of a sub- or superscript
SCRIPT_SPACE = 0.05

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\{[-+=<>:*/]\}|.", re.DOTALL)
_LETTER_WIDTHS = """
    .53 .43 .44 .53 .47 .60 .52 .58 .35 .47 .56 .32 .88 .61 .49 .51 .49 .48 .47 .40 .58 .53 .75 .58 .53 .51
    .76 .81 .79 .86 .80 .79 .79 .92 .52 .66 .93 .69 1.08 .92 .80 .79 .80 .77 .68 .73 .80 .81 1.09 .91 .81 .76
"""
_LETTERS = dict(zip(ascii_letters, map(float, _LETTER_WIDTHS.split()), strict=True))
_MARKS = {" ": 0.0, "(": 0.4, ")": 0.4, "[": 0.3, "]": 0.3, ",": 0.46, ";": 0.46, ".": 0.3, "'": 0.3, "@": 0.8}
_MARKS |= dict.fromkeys("+-", 1.24) | dict.fromkeys("=<>:", 1.36) | dict.fromkeys("*/", 0.75)
_WIDTHLESS = """
    mathrm mathit mathcal mathsf mathop text bar hat tilde dot ddot vec acute grave breve check mathring overline
    nolimits left right bigl bigr displaystyle textstyle
"""
_COMMANDS = dict.fromkeys(_WIDTHLESS.split(), 0.0) | {
    "quad": 1.0,
    "qquad": 2.0,
    "exp": 1.7,
    "log": 1.5,
    "ln": 1.1,
    "max": 2.1,
    "min": 1.9,
    "sin": 1.5,
    "cos": 1.6,
    "tan": 1.7,
    "sinh": 2.0,
    "cosh": 2.1,
    "tanh": 2.3,
    "cdot": 0.74,
    "odot": 1.24,
    "times": 1.24,
    "le": 1.36,
    "ge": 1.36,
    "infty": 1.02,
    "vert": 0.3,
    "lvert": 0.3,
    "rvert": 0.3,
    "prime": 0.3,
    "partial": 0.6,
    "sum": 1.5,
}
_SMALL_GREEK = "beta delta epsilon eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi"
_COMMANDS |= dict.fromkeys(_SMALL_GREEK.split(), 0.62)
_UNKNOWN = 0.84
_SPACES = {r"\,": 0.17, r"\:": 0.23, r"\;": 0.28, r"\!": 0.0, "\\ ": 0.34, r"\{": 0.52, r"\}": 0.52, r"\_": 0.78}
_SPACES |= dict.fromkeys(("{+}", "{-}", "{=}", "{<}", "{>}"), 0.8)  # braced, there is no space around them
_SPACES |= {"{:}": 0.3, "{*}": 0.53, "{/}": 0.53}
_BOLD, _TYPEWRITER = 1.12, 0.53


def text_width(latex: str) -> float:
    r"""The width in em of LaTeX mathematics without fractions or environments.

    >>> text_width("x") < text_width("x_{1}") < text_width("x_{1} + y")
    True
    """
    return _group(_TOKEN.finditer(latex))


def _group(tokens: Iterator[re.Match[str]]) -> float:
    """The width up to the brace that closes the group, or to the end; a sub- and a superscript share their place."""
    width = script = 0.0
    for match in tokens:
        token = match.group()
        if token == "}":
            break
        if token in "_^":
            wider = max(script, SCRIPT * _argument(tokens) + SCRIPT_SPACE)
            width, script = width + wider - script, wider
        else:
            width, script = width + _item(token, tokens), 0.0
    return width


def _argument(tokens: Iterator[re.Match[str]]) -> float:
    """The width of what a mark or a command applies to."""
    match = next(tokens, None)
    return 0.0 if match is None else _item(match.group(), tokens)


def _item(token: str, tokens: Iterator[re.Match[str]]) -> float:
    if token == "{":
        return _group(tokens)
    if token in _SPACES:
        return _SPACES[token]
    if token in (r"\mathbf", r"\boldsymbol"):
        return _BOLD * _argument(tokens)
    if token == r"\mathtt":
        return _typewriter(tokens)
    if token.startswith("\\"):
        return _COMMANDS.get(token[1:], _UNKNOWN)
    return _MARKS.get(token, _LETTERS.get(token, 0.51 if token.isdigit() else 0.9))


def _typewriter(tokens: Iterator[re.Match[str]]) -> float:
    """The width of a group in which every character is as wide as the next; symbols may come from other fonts."""
    width, depth = 0.0, 0
    for match in tokens:
        token = match.group()
        depth += {"{": 1, "}": -1}.get(token, 0)
        width += 0.0 if token in "{} " else _TYPEWRITER if token.isalnum() else _UNKNOWN
        if depth == 0:
            break
    return width
