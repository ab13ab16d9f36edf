"""Drawings by templates: Jinja, told how to escape for one output; the layout of each format is its template's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

Escape = Callable[[str], str]
_BRACES = ("{%", "%}", "{{", "}}", "{#", "#}")
_ANGLES = ("<%", "%>", "<<", ">>", "<#", "#>")  # for outputs that are full of braces


class Safe(str):
    """Text that is in the output's own language already, and is not escaped."""

    __slots__ = ()


def filled(template: str, escape: Escape, content: Mapping[str, Any], *, braces: bool = True) -> str:
    """A template with its content, of which everything but `Safe` text is escaped."""
    return _environment(escape, braces).get_template(template).render(content)


def size(number: float) -> str:
    """A length in print: two decimals at most.

    >>> size(12.5), size(3.14159), size(-0.001)
    ('12.5', '3.14', '0')
    """
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


@cache
def _environment(escape: Escape, braces: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here, because it takes time to import

    def finalize(value: object) -> str:
        if isinstance(value, Safe):
            return value
        return size(value) if isinstance(value, float) else escape(str(value))

    return Environment(
        *(_BRACES if braces else _ANGLES),
        loader=PackageLoader("symprop.drawing"),
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=False,  # of the outputs' own escaping, Jinja knows HTML only
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
