"""The letters of formulas as Unicode text: Greek names, functions, superscripts; what a node looks like is `unicode`'s."""

from __future__ import annotations

import re

from symprop.notation.looks import GREEK
from symprop.notation.names import Names

_LETTERS = {word: letter for letter, word in GREEK.items()}
_MACRO = re.compile(r"\\([A-Za-z]+)")
_ELL = re.compile(r"\\ell_\{(.+)\}")  # how losses look
_LATEX_LETTERS = {**_LETTERS, "varphi": "φ"}
_GREEK_PART = re.compile(rf"(?:(?<=_)|\A)({'|'.join(_LETTERS)})(?=\d*(?:_|\Z))")
_GREEK_WORD = re.compile(rf"\b(?:{'|'.join(_LETTERS)})\b")
_STEP = re.compile(r"_([a-z]+)([+-])(\d+)\Z")  # a step in time beside any other: no other name has a sign
_TOUCHING = re.compile(r"\b([A-Za-z_]\w*[0-9])\(")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_ASCII = {letter: word for word, letter in _LETTERS.items()} | {
    "−": "-",
    "·": "*",
    "⊙": "*",
    "∂": "d",
    "Σ": "Sum",
    "√": "sqrt",
    "∞": "inf",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "ᵀ": ".T",
    "…": "...",
    "²": "2",
    "³": "3",
}


def identifier(name: str) -> str:
    """A name with Greek letters for their words, part by part; nobody can take them for another name, as names are ASCII.

    >>> [identifier(name) for name in ("w5", "a_h1", "delta_o1", "eta", "Phi2_1", "theta_x", "beta_carotene", "etage")]
    ['w5', 'a_h1', 'δ_o1', 'η', 'Φ2_1', 'θ_x', 'β_carotene', 'etage']

    >>> identifier("h3_tau-1")
    'h3_(τ−1)'
    """
    return _GREEK_PART.sub(lambda found: _LETTERS[found[1]], _STEP.sub(_step, name))


def _step(found: re.Match[str]) -> str:
    return f"_({index(''.join(found.groups()))})"


def function(name: str, names: Names) -> str:
    r"""A function's name: the Greek letter that the notation has for it, a loss's as it looks, else its own.

    >>> function("sigmoid", Names(functions={"sigmoid": r"\sigma"})), function("relu", Names())
    ('σ', 'relu')
    >>> function("sigmoid'", Names(functions={"sigmoid": r"\sigma"}))
    "σ'"
    >>> function("huber loss", Names(functions={"huber loss": r"\ell_{\mathrm{Huber}}"}))
    'ℓ_Huber'
    """
    whole = name.rstrip("'")
    look = names.functions.get(whole, "")
    if loss := _ELL.fullmatch(look):
        words = (word for word in re.findall("[A-Za-z]+", loss[1]) if word != "mathrm")
        return f"ℓ_{'_'.join(words)}"
    macro = _MACRO.fullmatch(look)
    return _LATEX_LETTERS.get(macro[1], whole) + name[len(whole) :] if macro else name


def index(text: str) -> str:
    """An index, which may be computed.

    >>> index("2*p1 + u1 - 2")
    '2·p1 + u1 − 2'
    >>> index("tau")
    'τ'
    """
    return _GREEK_WORD.sub(lambda found: _LETTERS[found[0]], text).replace("*", "·").replace("-", "−")


def superscript(whole: int) -> str:
    """A whole number, raised.

    >>> superscript(-12)
    '⁻¹²'
    """
    return str(whole).translate(_SUPERSCRIPTS)


def transliterated(text: str) -> str:
    """A text for people in ASCII alone, as far as there are words for its letters; no factor touches a parenthesis.

    >>> transliterated("∂a_o1/∂o1 = a_o1(1 − a_o1) ≤ δ_o1")
    'da_o1/do1 = a_o1*(1 - a_o1) <= delta_o1'
    """
    if text.isascii():
        return text
    return _TOUCHING.sub(r"\1*(", "".join(_ASCII.get(character, character) for character in text))
