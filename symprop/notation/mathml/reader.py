r"""Reads the LaTeX that our printers write, and no other, to elements of MathML Core.

What it does not know is an `InternalError`, so that a printer and this reader cannot part unseen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from symprop.errors import InternalError
from symprop.notation import marks
from symprop.notation.mathml import tables
from symprop.notation.mathml.tree import Element, Kind, row, space

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_END = ""
MONOSPACE = "font-family:monospace"
_ITALIC = {"style": "font-style:italic"}
_STYLES: dict[str, dict[str, str]] = {
    r"\mathit": _ITALIC,
    r"\mathtt": {"style": MONOSPACE},
    r"\mathrm": {},
    r"\operatorname": {},
}
_BOLD = {"A": 0x1D400, "a": 0x1D41A, "0": 0x1D7CE}


def read(latex: str) -> Element:
    r"""The LaTeX as one element; InternalError for anything that is not of our own.

    >>> print(read(r"\frac{1}{2} x_{1}").written())
    <mrow><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>⁢</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>
    """
    return _Reader(latex).whole()


class _Reader:
    """One token of view ahead; `small` while an index or exponent is read."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = _TOKEN.findall(latex)
        self.place = 0
        self.small = False

    def whole(self) -> Element:
        items = self._items(_END)
        return row(items, small=False)

    def _wrong(self, what: str) -> InternalError:
        return InternalError(f"LaTeX that the reader of MathML does not know: {what}", got=repr(self.latex[:200]))

    @property
    def token(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else _END

    def _next(self) -> str:
        token = self.token
        self.place += 1
        return token

    def _skip_space(self) -> None:
        while self.token.isspace():
            self.place += 1

    def _expect(self, token: str) -> None:
        self._skip_space()
        if (got := self._next()) != token:
            raise self._wrong(f"{got!r} where {token!r} is expected")

    def _items(self, *ends: str) -> list[Element]:
        """The elements up to one of the tokens, which is left."""
        items: list[Element] = []
        while True:
            self._skip_space()
            if self.token in ends:
                return items
            item = self._scripted(self._atom())
            if items and item.kind is items[-1].kind is Kind.RELATION:
                items[-1] = replace(items[-1], content=f"{items[-1].content}{item.content}")  # += is one
            else:
                items.append(item)

    def _group(self) -> Element:
        """What stands in braces, or one token."""
        self._skip_space()
        if self.token != "{":
            return self._atom()
        self._next()
        items = self._items("}")
        self._next()
        if len(items) == 1 and items[0].tag == "mo":  # in braces an operator is a character like any other
            return replace(items[0].having(lspace="0", rspace="0"), kind=Kind.PLAIN)
        return row(items, small=self.small)

    def _script(self) -> Element:
        outer, self.small = self.small, True
        element = self._group()
        self.small = outer
        return element

    def _scripted(self, base: Element) -> Element:
        below = above = None
        while True:
            self._skip_space()
            if self.token == "_" and below is None:
                self._next()
                below = self._script()
            elif self.token == "^" and above is None:
                self._next()
                above = self._script()
            elif self.token == "'" and above is None:
                base = self._primed(base)
            else:
                return _with_scripts(base, below, above)

    def _primed(self, base: Element) -> Element:
        """With a prime beside it: fonts have it raised already."""
        self._next()
        prime = Element("mo", "′", {"form": "postfix", "lspace": "0", "rspace": "0"})
        return replace(base, tag="mrow", content=(base, prime), attributes={})

    def _atom(self) -> Element:
        token = self._next()
        if token in _SPECIAL:
            return _SPECIAL[token](self)
        found = _simple(token)
        if found is not None:
            return found
        if token in ("{", "_", "^"):  # a script with nothing before it has an empty base
            self.place -= 1
            return self._group() if token == "{" else Element("mrow")
        if token in _STYLES:
            return _word(self._letters(), _STYLES[token])
        if token in tables.SIZES:
            return self._fence(tables.SIZES[token])
        if token in tables.ACCENTS:
            mark = Element("mo", tables.ACCENTS[token][0], {"stretchy": "false"})
            return Element("mover", (self._group(), mark), {"accent": "true"})
        raise self._wrong(repr(token))

    def _marked(self) -> Element:
        """A symbol between marks, as the element of that name."""
        letters = []
        while self.token != marks.NAMED:
            if self.token == _END:
                raise self._wrong("a mark without its end")
            letters.append(self._next())
        self._next()
        items = self._items(marks.CLOSE)
        self._next()
        return replace(row(items, small=True).having(data_name="".join(letters)), may_apply=False)

    def _fraction(self) -> Element:
        return Element("mfrac", (self._group(), self._group()))

    def _text_fraction(self) -> Element:
        return Element("mstyle", (self._fraction(),), {"displaystyle": "false", "scriptlevel": "0"})

    def _root(self) -> Element:
        return Element("msqrt", (self._group(),))

    def _over(self) -> Element:
        above, base = self._script(), self._group()
        return Element("mover", (base, above))

    def _operator(self) -> Element:
        return replace(self._group(), kind=Kind.FUNCTION)

    def _relation(self) -> Element:
        return replace(self._group(), kind=Kind.RELATION, attributes={})

    def _fence(self, size: dict[str, str]) -> Element:
        self._skip_space()
        token = self._next()
        if token not in tables.FENCES:
            raise self._wrong(f"the delimiter {token!r}")
        return _delimiter(token).having(**size)

    def _bold(self) -> Element:
        text = "".join(map(_bold, self._letters()))
        return Element("mn" if unicodedata.normalize("NFKC", text).isdigit() else "mi", text)

    def _text(self) -> Element:
        self._expect("{")
        letters = []
        while self.token != "}":
            if self.token == _END:
                raise self._wrong("text without its end")
            letters.append(self._next())
        self._next()
        return Element("mtext", "".join(letters).replace(" ", "\N{NO-BREAK SPACE}"), kind=Kind.SEPARATOR)

    def _letters(self) -> str:
        """The characters of a word."""
        self._expect("{")
        found = []
        while self.token != "}":
            found.append(self._character())
        self._next()
        return unicodedata.normalize("NFC", "".join(found))

    def _character(self) -> str:
        token = self._next()
        if token == "{":
            self.place -= 1
            return self._letters()
        if token in tables.ACCENTS:
            return self._letters() + tables.ACCENTS[token][1]
        if token == r"\mathrm":
            return _by_number(self._letters())
        if token in tables.CHARACTERS or token in tables.LETTERS:
            self._skip_space()
            return tables.CHARACTERS.get(token) or tables.LETTERS[token]
        if token == _END or token.startswith("\\"):
            raise self._wrong(f"{token!r} in a word")
        return "" if token.isspace() else token

    def _environment(self) -> Element:
        name = self._letters()
        if name not in _ENVIRONMENTS:
            raise self._wrong(f"the environment {name!r}")
        if self.token == "[":
            self.place += 3
        rows = self._rows()
        if self._letters() != name:
            raise self._wrong(f"the end of {name!r}")
        return _ENVIRONMENTS[name](rows)

    def _rows(self) -> list[list[Element]]:
        rows: list[list[Element]] = [[]]
        while True:
            rows[-1].append(row(self._items("&", r"\\", r"\end"), small=False))
            token = self._next()
            if token == r"\end":
                return rows
            if token == r"\\":
                rows.append([])


def _simple(token: str) -> Element | None:
    """What a token is by itself."""
    if token in tables.FENCES:
        return _delimiter(token)
    if token in tables.OPERATORS:
        text, kind = tables.OPERATORS[token]
        return Element("mo", text, kind=kind)
    if token in tables.SPACES:
        return space(tables.SPACES[token])
    if token in tables.LETTERS:
        return Element("mi", tables.LETTERS[token], may_apply=True)
    if token in tables.FUNCTIONS:
        return Element("mi", token[1:], kind=Kind.FUNCTION)
    if token in tables.LARGE:
        return Element("mo", tables.LARGE[token], {"movablelimits": "true"}, Kind.PREFIX, limits=True)
    if token in tables.LIMITED:
        attributes = {"form": "prefix", "movablelimits": "true", "lspace": "0", "rspace": "0.17em"}
        return Element("mo", tables.LIMITED[token], attributes, Kind.FUNCTION, limits=True)
    if token == r"\partial":
        return Element("mi", "∂", kind=Kind.PREFIX)
    if token in tables.CHARACTERS:
        return Element("mi", tables.CHARACTERS[token])
    if token[:1].isdigit():
        return Element("mn", token)
    return Element("mi", token, may_apply=token != "e") if len(token) == 1 and token.isalpha() else None


def _delimiter(token: str) -> Element:
    text, kind = tables.FENCES[token]
    form = "prefix" if kind is Kind.OPENING else "postfix"
    return Element("mo", text, {"form": form, "stretchy": "false"}, kind)


def _with_scripts(base: Element, below: Element | None, above: Element | None) -> Element:
    if below is None and above is None:
        return base
    scripts = tuple(script for script in (below, above) if script is not None)
    if base.tag == "msub" and below is None and above is not None and "data-name" in base.attributes:
        return _raised(base, above)
    names = ("munder", "mover") if base.limits else ("msub", "msup")
    joined = "munderover" if base.limits else "msubsup"
    tag = joined if len(scripts) == 2 else names[0] if below is not None else names[1]
    return replace(base, tag=tag, content=(replace(base), *scripts), attributes={})


def _raised(base: Element, above: Element) -> Element:
    """A symbol with its index to a power: one stands below the other, and the symbol's two parts keep its name."""
    name = base.attributes["data-name"]
    letter, index = (part.having(data_name=name) for part in base.content if isinstance(part, Element))
    return Element("msubsup", (letter, index, above))


def _word(text: str, style: dict[str, str]) -> Element:
    """One element, in the style where it is no single letter."""
    if text.isdecimal():
        return Element("mn", text)
    attributes = {"mathvariant": "normal"} if len(text) == 1 and not style else style
    return Element("mi", text, attributes, may_apply=True)


def _bold(character: str) -> str:
    start = next((s for s in "Aa0" if character.isascii() and character.isalnum() and _same_case(s, character)), None)
    return character if start is None else chr(_BOLD[start] + ord(character) - ord(start))


def _same_case(one: str, other: str) -> bool:
    return one.isdigit() == other.isdigit() and one.isupper() == other.isupper()


def _by_number(word: str) -> str:
    """A letter that LaTeX lacks, from its number in Unicode; what has no shape of its own stays a number."""
    found = re.fullmatch(r"U\+([0-9A-F]+)", word)
    letter = chr(int(found[1], 16)) if found else word
    return letter if found is None or letter.isprintable() else word


def _table(rows: list[list[Element]], *, left: bool) -> Element:
    style = {"style": "text-align:left"} if left else {}
    cells = (tuple(Element("mtd", (cell,), style) for cell in line) for line in rows)
    return Element("mtable", tuple(Element("mtr", line) for line in cells))


def _fenced(opening: str, table: Element, closing: str = "") -> Element:
    ends = [Element("mo", mark, {"form": form}) for mark, form in ((opening, "prefix"), (closing, "postfix")) if mark]
    return Element("mrow", (ends[0], table, *ends[1:]))


_ENVIRONMENTS: dict[str, Callable[[list[list[Element]]], Element]] = {
    "cases": lambda rows: _fenced("{", _table(rows, left=True)),
    "aligned": lambda rows: _table([line[1:] for line in rows], left=True),
    "pmatrix": lambda rows: _fenced("(", _table(rows, left=False), ")"),
}
_SPECIAL: dict[str, Callable[[_Reader], Element]] = {
    marks.OPEN: _Reader._marked,
    r"\frac": _Reader._fraction,
    r"\tfrac": _Reader._text_fraction,
    r"\sqrt": _Reader._root,
    r"\overset": _Reader._over,
    r"\mathop": _Reader._operator,
    r"\mathrel": _Reader._relation,
    r"\mathbf": _Reader._bold,
    r"\text": _Reader._text,
    r"\begin": _Reader._environment,
}
