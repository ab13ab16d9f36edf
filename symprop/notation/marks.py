"""Marks in LaTeX that say which quantity a run of it stands for; only the reader of MathML understands them.

They are private-use characters, which no name's LaTeX has: a letter that LaTeX lacks is printed by its number.
"""

from __future__ import annotations

import re

OPEN, NAMED, CLOSE = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{OPEN}[^{NAMED}]*{NAMED}|{CLOSE}")
_PRIVATE = re.compile(f"[{OPEN}{NAMED}{CLOSE}]")


def marked(name: str, latex: str) -> str:
    """The LaTeX between marks that tell the name, in which private characters are replaced."""
    return f"{OPEN}{_PRIVATE.sub('?', name)}{NAMED}{latex}{CLOSE}"


def unmarked(latex: str) -> str:
    """The LaTeX alone.

    >>> unmarked(marked("w5", "w_{5}") + " x")
    'w_{5} x'
    """
    return _MARK.sub("", latex)
