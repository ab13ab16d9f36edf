r"""How a name looks in LaTeX by its own parts: a letter, what stands below it, what above; who is called what is `packs`'.

Any text gives LaTeX that compiles. Only macros that GitHub's MathJax allows are used; it refuses ``\operatorname``,
``\mbox`` and ``\phantom``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

_GREEK_WORDS = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK_WORDS.split(), strict=True))
GREEK_WORDS = frozenset(GREEK.values())

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


@dataclass(frozen=True, slots=True)
class Look:
    """A letter with its indices, each part LaTeX: ``w``, below it ``5`` or nothing, above it ``(2)`` or nothing."""

    letter: str
    below: str = ""
    above: str = ""

    def latex(self, numbers: str = "") -> str:
        """The whole, with the numbers of an element put behind what stands below.

        >>> Look("w", above="(2)").latex("13"), Look("E").latex()
        ('w_{13}^{(2)}', 'E')
        """
        below, above = self.below + numbers, self.above
        return self.letter + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def opened(self) -> Look:
        """The look with a comma behind what stands below, for numbers to follow."""
        return replace(self, below=f"{self.below},") if self.below else self


@lru_cache(4096)  # the same few names come in every network
def spelled(name: str) -> Look:
    r"""An identifier by its own parts, which underscores divide.

    >>> spelled("a_h1").latex(), spelled("E_total").latex(), spelled("delta").latex()
    ('a_{h1}', 'E_{\\mathrm{total}}', '\\delta')
    """
    head, *below = name.split("_")
    if not head or not all(part and part.isalnum() for part in (head, *below)):
        return verbatim(name)
    stem = re.fullmatch(r"([^\W\d_]+)(\d+)", head)
    if stem and not below:
        return Look(word(stem[1], "mathit"), stem[2])
    return Look(word(head, "mathit"), ",".join(word(part, "mathrm") for part in below))


def verbatim(name: str) -> Look:
    r"""An identifier as it is typed, which tells any two apart.

    >>> verbatim("w_5").latex()
    '\\mathtt{w\\_5}'
    """
    return Look(rf"\mathtt{{{letters(name)}}}")


def word(word: str, style: str) -> str:
    r"""A word of letters and digits; one letter with its number (``h1``) stays in italics, as on the blackboard."""
    if word in GREEK_WORDS:
        return f"\\{word}"
    spelling = letters(word).strip()
    if len(word) == 1 or word.isdecimal() or (style == "mathrm" and re.fullmatch(r"[^\W\d]\d+", word)):
        return spelling
    return rf"\{style}{{{spelling}}}"


def letters(text: str) -> str:
    r"""Every character in a form that math mode takes.

    >>> letters("a_é")
    'a\\_\\acute{e}'
    """
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
