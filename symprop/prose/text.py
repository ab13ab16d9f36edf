"""Running text, with formulas in it: what the sentences of a language become; who shows them is not known here."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.notation.formula import Formula
from symprop.notation.unicode import unicode_text


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within running text."""

    formula: Formula


Inline = str | Math
Text = tuple[Inline, ...]


def as_words(text: Text) -> str:
    """A text without formulas in it.

    >>> as_words(("1, ", "2"))
    '1, 2'
    """
    return "".join(map(str, text))


def in_unicode(text: Text) -> str:
    """A text as one line, formulas too.

    >>> from symprop.notation.formula import Symbol
    >>> in_unicode(("by ", Math(Symbol("w1"))))
    'by w1'
    """
    return "".join(inline if isinstance(inline, str) else unicode_text(inline.formula) for inline in text)
