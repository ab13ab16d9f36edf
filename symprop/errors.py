"""The exceptions that symprop raises, and nothing else; every other module raises one of these.

::

    SympropError
    ├── UserError          the input is wrong; the message says how to mend it      (exit code 2)
    │   └── BudgetError    the input is fine, but the result would be too large      (exit code 2)
    ├── UnsupportedError   the input makes sense, symprop cannot do it yet           (exit code 2)
    └── InternalError      symprop broke one of its own rules: please report it      (exit code 3)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 30


class Where(str):
    """Where something is wrong, in the words of a message, which knows what it is: a `kind` ("layer"), and `which` (2).

    Without words the message passes over it, and only a caller that knows a file makes use of it.

    >>> place = Where("layer 2, Dense", "layer", 2)
    >>> print(UserError("the input has too few axes", where=place))
    layer 2, Dense: the input has too few axes
    """

    kind: str
    which: int | str | None

    def __new__(cls, words: str, kind: str = "", which: int | str | None = None) -> Where:
        place = super().__new__(cls, words)
        place.kind, place.which = kind, which
        return place


def option(name: str) -> Where:
    """The place of an option, a key in a file; the message names it in words of its own."""
    return Where("", "option", name)


class SympropError(Exception):
    """What went wrong, where, and what to do about it.

    The message reads ``where: what (expected …, got …). remedy``; each part but `what` may be left out. `places` lead to
    what is wrong, the outermost first.

    >>> print(UserError("wrong number of values", where="net.toml:7", expected="4", got="3", remedy="Give one per weight."))
    net.toml:7: wrong number of values (expected 4, got 3). Give one per weight.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what, self.expected, self.got, self.remedy = what, expected, got, remedy
        self.places: tuple[Where, ...] = () if where is None else (where if isinstance(where, Where) else Where(where),)
        super().__init__(what)

    def __str__(self) -> str:
        return self._sentence()

    @property
    def where(self) -> str | None:
        """The places in the words of the message; None without one."""
        return ": ".join(filter(None, self.places)) or None

    def _sentence(self) -> str:
        prefix = f"{self.where}: " if self.where else ""
        compared = ", ".join(
            f"{label} {text}" for label, text in (("expected", self.expected), ("got", self.got)) if text is not None
        )
        body = f"{self.what} ({compared})" if compared else self.what
        return f"{prefix}{body}. {self.remedy}" if self.remedy else f"{prefix}{body}"

    def at(self, where: str) -> SympropError:
        """The same error with one more place in front, for a caller that knows the file and line, or which layer it is.

        A place of the same kind gives way to it: ``Dense`` to ``layer 2, Dense``.

        >>> print(UserError("wrong size", where="equation 1").at("net.toml:7"))
        net.toml:7: equation 1: wrong size
        """
        outer = where if isinstance(where, Where) else Where(where)
        is_told = bool(outer.kind and self.places) and self.places[0].kind == outer.kind
        error = type(self)(self.what, expected=self.expected, got=self.got, remedy=self.remedy)
        error.places = (outer, *self.places[is_told:])
        return error

    @property
    def kinds(self) -> set[str]:
        """What kinds of places it names."""
        return {place.kind for place in self.places}

    def which(self, kind: str) -> int | str | None:
        """Which layer, equation or other `kind` of place it is about; None where it does not say.

        >>> UserError("wrong size", where=Where("layer 2, Dense", "layer", 2)).which("layer")
        2
        """
        return next((place.which for place in self.places if place.kind == kind), None)


class UserError(SympropError):
    """The user's input is wrong."""


class BudgetError(UserError):
    """The result would be larger than the stated budget."""


class UnsupportedError(SympropError):
    """The request makes sense, but symprop cannot do it yet."""


class InternalError(SympropError):
    """A pass broke an invariant: a bug of symprop."""

    exit_code = 3


def nearest(word: str, candidates: Iterable[str]) -> str:
    """A remedy that names the nearest candidate, or the first `MOST_LISTED` of them when none is near.

    >>> nearest("sigmod", ["sigmoid", "tanh"])
    "Did you mean 'sigmoid'?"
    """
    known = sorted(set(candidates))
    close = difflib.get_close_matches(word, known, n=1) or [name for name in known if name.lower() == word.lower()]
    if close:
        return f"Did you mean '{close[0]}'?"
    more = ", …" if len(known) > MOST_LISTED else ""
    return f"Known: {', '.join(known[:MOST_LISTED])}{more}."
