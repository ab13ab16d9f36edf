r"""Macros in the place of a notation's letters, so that a paper can put its own; what the letters are is `looks`' affair.

A look is written anew: ``w_{5}`` becomes ``\netw_{5}``, and what its macros stand for is kept. Sizes are those of the looks.
A macro's name tells what it stands for, so that the macros of several networks can be loaded into one paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from string import ascii_uppercase

from symprop.notation.looks import GREEK_WORDS

PREFIX = "net"
# What a style is given to, and with what around it: the look by itself is this.
LAYER, BAR, ARRAY, ONES = (f"\\{PREFIX}{name}" for name in ("layer", "bar", "array", "ones"))
STYLES = {LAYER: "(#1)", BAR: r"\bar{#1}", ARRAY: "#1"}

_INDEX, _FUNCTION = _PREFIXES = ("index", "function")  # before the names of what is no quantity
_LETTERS = GREEK_WORDS | {"varphi", "ell"}
_TAKING = "mathrm|mathit|mathtt|mathsf|mathop|grave|acute|hat|tilde|breve|dot|ddot|mathring|check"
_COMMAND = re.compile(rf"\\({_TAKING}|bar)(?=\{{)|\\([A-Za-z]+) ?|\\.|.", re.DOTALL)
_MACRO = re.compile(rf"\\{PREFIX}[A-Za-z]+")


@dataclass
class Macros:
    r"""The macros that are in use, with what each stands for; `letters` are those of quantities, wherever they stand.

    >>> macros = Macros.of(["w_{5}", r"\delta_{h1}", "h_{1}"])
    >>> macros.quantity(r"\delta_{h1}"), macros.quantity("a_{o1}^{(2)}")
    ('\\netdelta_{\\neth1}', '\\neta_{\\netindexo1}^{\\netlayer{2}}')
    >>> macros.meanings["\\netindexo"]
    'o'
    """

    letters: frozenset[str]
    meanings: dict[str, str] = field(default_factory=dict)
    styles: set[str] = field(default_factory=set)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, looks: Iterable[str]) -> Macros:
        """For quantities of these looks, none of whose macros is in use yet."""
        return cls(frozenset(letter for look in looks for letter in _first_letters(look)))

    def quantity(self, look: str, *, is_array: bool = False) -> str:
        """The look of a quantity in macros; that of an array which stands as a whole is marked as such."""
        return "".join(self._written(look, is_array=is_array))

    def index(self, look: str) -> str:
        """The look of an index, whose letters are no quantity's."""
        return "".join(self._written(look, inside=True, is_index=True))

    def function(self, name: str, look: str) -> str:
        """The look of a function, by one macro that is called after it."""
        return self._macro(f"{_FUNCTION}{''.join(re.findall('[A-Za-z]', name))}", look)

    def ones(self, look: str) -> str:
        """The look of a vector of ones."""
        return self._macro(ONES.removeprefix(f"\\{PREFIX}"), look)

    def real(self, latex: str) -> str:
        """The LaTeX as it is without macros, for whoever measures it."""
        shown = re.sub(rf"\\{PREFIX}layer\{{([^{{}}]*)\}}", r"(\1)", latex)
        shown = shown.replace(BAR, r"\bar").replace(ARRAY, "")
        return _MACRO.sub(lambda found: f"{self.meanings.get(found[0], found[0])} ", shown)

    def _written(
        self, look: str, *, inside: bool = False, is_array: bool = False, is_index: bool = False, above: bool = False
    ) -> Iterator[str]:
        """The look in macros; `inside` what stands below or above a letter, where numbers of layers stand `above`."""
        rest = look
        while rest:
            found = _COMMAND.match(rest)
            assert found is not None
            token, rest = found[0], rest[found.end() :]
            if token in "_^" and rest.startswith("{"):
                group, rest = _group(rest)
                inner = "".join(self._written(group, inside=True, is_index=is_index, above=token == "^"))
                yield f"{token}{{{inner}}}"
            elif above and token == "(" and ")" in rest:
                layer, _, rest = rest.partition(")")
                self.styles.add(LAYER)
                yield f"{LAYER}{{{''.join(self._written(layer, inside=True))}}}"
            elif found[1] == "bar":
                group, rest = _group(rest)
                self.styles.add(BAR)
                yield f"{BAR}{{{''.join(self._written(group, inside=inside, is_array=is_array))}}}"
            else:
                group, rest = _group(rest) if found[1] else ("", rest)
                letter = f"{token}{{{group}}}" if found[1] else token.strip()
                yield self._letter(letter, inside, is_array, is_index) if _is_letter(letter) else token

    def _letter(self, letter: str, inside: bool, is_array: bool, is_index: bool) -> str:
        if is_index or (inside and letter not in self.letters):
            return self._macro(f"{_INDEX}{_called(letter, 'mathrm')}", letter)
        macro = self._macro(_called(letter, "mathit"), letter)
        if is_array and not inside:
            self.styles.add(ARRAY)
            return f"{ARRAY}{{{macro}}}"
        return macro

    def _macro(self, name: str, look: str) -> str:
        """The macro of a look; should another look have the name, with a letter behind it."""
        if (name, look) not in self._known:
            names = (f"\\{PREFIX}{name}{more}" for more in ("", *ascii_uppercase, *(f"Z{c}" for c in ascii_uppercase)))
            free = next(m for m in names if m not in self.meanings and m not in STYLES)
            self._known[name, look] = free
            self.meanings[free] = look
        return self._known[name, look]


def _first_letters(look: str) -> Iterator[str]:
    """The letters of a look that stand neither below nor above another."""
    rest = look
    while rest:
        found = _COMMAND.match(rest)
        assert found is not None
        token, rest = found[0], rest[found.end() :]
        group = ""
        if found[1] or (token in "_^" and rest.startswith("{")):
            group, rest = _group(rest)
        if found[1] == "bar":
            yield from _first_letters(group)
        elif _is_letter(letter := f"{token}{{{group}}}" if found[1] else token.strip()):
            yield letter


def _is_letter(token: str) -> bool:
    """Whether this is what a quantity may be called by: a letter, a Greek one, a word, a letter with an accent."""
    styled = re.match(rf"\\({_TAKING})\{{", token)
    return bool(styled) or (token.isalpha() and token.isascii()) or token[1:] in _LETTERS


def _called(letter: str, usual: str) -> str:
    r"""What a letter's macro is called: its letters, and how they are set where words are not usually set so.

    >>> _called("w", "mathit"), _called(r"\delta", "mathit"), _called(r"\mathit{net}", "mathit")
    ('w', 'delta', 'net')
    >>> _called(r"\mathtt{w\_5}", "mathit"), _called(r"\mathrm{\acute{e}}", "mathit"), _called(r"\mathit{net}", "mathrm")
    ('wMathttLowlineFive', 'eMathrmAcute', 'netMathit')
    """
    found = re.fullmatch(rf"\\?([A-Za-z]+)|\\{usual}\{{([A-Za-z]+)\}}", letter)
    if found and (found[1] or not _is_taken(found[2])):
        return found[1] or found[2]
    words: list[str] = []
    marks: list[str] = []
    for command, letters, sign in re.findall(r"\\([A-Za-z]+)|([A-Za-z]+)|([^\\{}\s])", letter):
        if letters:
            words.append(letters)
        else:
            marks.append(command or re.sub("[^a-zA-Z]", "", unicodedata.name(sign, "").replace("DIGIT", "")).lower())
    return "".join([*words, *(mark.capitalize() for mark in marks)])


def _is_taken(word: str) -> bool:
    """Whether a word would be called like a letter, a style or what has a prefix of its own."""
    return word in _LETTERS or len(word) == 1 or f"\\{PREFIX}{word}" in {*STYLES, ONES} or word.startswith(_PREFIXES)


def _group(latex: str) -> tuple[str, str]:
    r"""What stands in the braces at the start, and what follows them.

    >>> _group(r"{a{b}\}}_{c}")
    ('a{b}\\}', '_{c}')
    """
    depth = 0
    for found in re.finditer(r"\\.|[{}]", latex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth and found[0] == "}":
            return latex[1 : found.start()], latex[found.end() :]
    return latex[1:], ""
