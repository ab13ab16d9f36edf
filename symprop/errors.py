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


class SympropError(Exception):
    """What went wrong, where, and what to do about it.

    The message reads ``where: what (expected …, got …). remedy``; each part but `what` may be left out.

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
        self.what, self.where, self.expected, self.got, self.remedy = what, where, expected, got, remedy
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        prefix = f"{self.where}: " if self.where else ""
        compared = ", ".join(
            f"{label} {text}" for label, text in (("expected", self.expected), ("got", self.got)) if text is not None
        )
        body = f"{self.what} ({compared})" if compared else self.what
        return f"{prefix}{body}. {self.remedy}" if self.remedy else f"{prefix}{body}"

    def at(self, where: str) -> SympropError:
        """The same error with its place in front, for a caller that knows the file and line."""
        return type(self)(self.what, where=where, expected=self.expected, got=self.got, remedy=self.remedy)


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
