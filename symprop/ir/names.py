"""Which identifiers a user may give, and new ones; how a name looks in LaTeX or in code is for `notation` and the back ends."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import count

from symprop.errors import UserError

RULE = "A name starts with an ASCII letter, goes on with ASCII letters, digits and _, and has at most 64 characters."
LONGEST_NAME = 80  # of a network
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

# What an identifier would hide, in a formula that people read or in code that machines run. Letters that SymPy claims
# (E, I, N, S, Q, O, beta, gamma, zeta) are free: no text is ever given to SymPy to read.
_FUNCTIONS = (
    "abs acos acosh asin asinh atan atan2 atanh ceil cos cosh cot erf erfc exp expm1 floor log log10 log1p log2 max "
    "min pow sign sin sinh sqrt tan tanh"
)
_CODE = (
    "all any bool complex dict divmod enumerate float int isinstance len list map object print range reversed round "
    "set slice sorted str sum super tuple type zip einsum jax jnp lax math np numba numpy sympy where"
)
_PRINTED = "Sum colsum diag logsumexp rowsum total"  # beside those of mathematics, in index and matrix forms
_OF_MATRICES = "a function that formulas are printed with"
RESERVED: Mapping[str, frozenset[str]] = {
    "a Python keyword": frozenset(keyword.kwlist),
    "a mathematical function": frozenset(_FUNCTIONS.split()),
    _OF_MATRICES: frozenset(_PRINTED.split()),
    "a mathematical constant": frozenset({"inf", "nan", "pi"}),
    "a name that generated code uses": frozenset(_CODE.split()),
}


def validate_name(name: str, where: str | None = None, *, scalar: bool = False) -> str:
    """The name itself, when it may stand in formulas and in generated code; UserError otherwise.

    `where` is the place that the message names, such as ``net.toml:7``. A `scalar` of a list of equations may be called as
    a function of matrices is.

    >>> validate_name("a_h1")
    'a_h1'
    >>> validate_name("η", "net.toml:7")
    Traceback (most recent call last):
    symprop.errors.UserError: net.toml:7: 'η' cannot be a name: names are ASCII. Write eta.
    """
    if not isinstance(name, str):
        raise UserError("a name must be text", where=where, got=f"{type(name).__name__} {shorten(repr(name))}")
    shown = shorten(repr(name))
    if not _NAME.fullmatch(name):
        what, remedy = _fault(name)
        raise UserError(f"{shown} cannot be a name: {what}", where=where, remedy=remedy)
    for kind, names in RESERVED.items():
        if name in names and not (scalar and kind == _OF_MATRICES):
            others = f"{name}_" if name[-1].isdigit() else f"{name}_ or {name}1"
            raise UserError(f"{shown} cannot be a name: it is {kind}", where=where, remedy=f"Write {others}.")
    return name


def fresh_name(name: str, taken: set[str]) -> str:
    """The name, with underscores where it is taken; from then on it is.

    >>> taken = {"h"}
    >>> fresh_name("h", taken), fresh_name("h", taken), fresh_name("y", taken)
    ('h_', 'h__', 'y')
    """
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def is_title(text: object, longest: int = LONGEST_NAME) -> bool:
    """Whether a text for people, such as a network's name, is one line that starts with a letter or a digit."""
    return isinstance(text, str) and text[:1].isalnum() and len(text) <= longest and text.isprintable()


def validate_title(title: object) -> None:
    """UserError unless a network may be called so; see `is_title`."""
    if not is_title(title):
        expected = f"one line of at most {LONGEST_NAME} characters that starts with a letter or a digit"
        raise UserError("wrong name of a network", expected=expected, got=shorten(repr(title)))


def _fault(name: str) -> tuple[str, str]:
    """What is wrong with a name that breaks `RULE`, and the remedy."""
    if not name:
        return "it is empty", RULE
    if not name.isascii():
        spelled = spell(name)
        possible = spelled is not None and _NAME.fullmatch(spelled) is not None
        return "names are ASCII", f"Write {spelled}." if possible else RULE
    if name[0] == "_":
        return "it starts with an underscore", RULE
    if len(name) > 64 and _NAME.fullmatch(name[:64]):
        return f"it has {len(name)} characters", RULE
    return "it has a character that names cannot have", RULE


def spell(text: str) -> str | None:
    """The text with Greek letters written out and accents, subscripts and fonts dropped; None if that is not ASCII.

    >>> spell("w_η"), spell("Δ₁"), spell("λ"), spell("重")
    ('w_eta', 'Delta1', 'lam', None)
    """
    spelled = "".join(_spell_character(c) for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return spelled if spelled.isascii() else None


def _spell_character(character: str) -> str:
    words = unicodedata.name(character, "").replace("FINAL ", "").split()
    if character.isascii() or words[:1] != ["GREEK"] or len(words) < 3:
        return character
    # Unicode spells it LAMDA; the usual spelling is a Python keyword.
    letter = {"LAMDA": "LAM"}.get(words[-1], words[-1]).lower()
    return letter.capitalize() if words[1] == "CAPITAL" else letter


def index_letters() -> Iterator[str]:
    """Names for indices in the order in which a textbook takes them; they never end."""
    yield from "jklmnpqrsuv"
    yield from (f"j{number}" for number in count(2))


def shorten(text: str, width: int = 60) -> str:
    """The text, cut for a message when it is longer than `width`.

    >>> shorten("abcdefgh", 6)
    'abcde…'
    """
    return text if len(text) <= width else text[: width - 1] + "…"
