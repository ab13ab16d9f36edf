"""The one environment of templates, safe text, and the escape of XML; how else an output escapes is said beside its format.

A template is a file in the folder ``templates`` of a package. Whatever it is given is escaped by its output's own function, but
for what is `Safe`. A name that it is not given is an error; so is a number with a fraction, unless it says how that is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from symprop.errors import InternalError

if TYPE_CHECKING:
    from jinja2 import Environment, Template

Escape = Callable[[str], str]

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Safe(str):
    """Text that is in the output's own language already, and is not escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Syntax:
    """The delimiters of a template's statements, values and comments."""

    statement: tuple[str, str] = ("{%", "%}")
    value: tuple[str, str] = ("{{", "}}")
    comment: tuple[str, str] = ("{#", "#}")


BRACES = Syntax()
ANGLES = Syntax(("<%", "%>"), ("<<", ">>"), ("<#", "#>"))  # for outputs that are full of braces


def template(package: str, name: str, escape: Escape, syntax: Syntax = BRACES) -> Template:
    """A template of a package, compiled once; ``template.render(**content)`` fills it.

    A length stands in it with the filter ``size``. Raises InternalError for another number with a fraction.
    """
    return _environment(package, escape, syntax).get_template(name)


def size(number: float) -> str:
    """A length in print: two decimals at most.

    >>> size(12.5), size(3.14159), size(-0.001)
    ('12.5', '3.14', '0')
    """
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def xml_text(text: str) -> str:
    """Text for XML and HTML, in elements and in quoted attributes; what may not stand there gets a mark in its place.

    >>> xml_text('<b title="x">&' + chr(0))
    '&lt;b title=&quot;x&quot;&gt;&amp;\N{REPLACEMENT CHARACTER}'
    """
    return escape(text if text.isprintable() else _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


@cache
def _environment(package: str, escape: Escape, syntax: Syntax) -> Environment:
    """Jinja; it keeps what it compiles."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here, because it takes time to import

    def finalize(value: object) -> str:
        if isinstance(value, Safe):
            return value
        if isinstance(value, float):
            raise InternalError(
                "a template says how a number is written", got=str(value), expected="{{ … | size }}, or text"
            )
        return escape(str(value))

    environment = Environment(
        *syntax.statement,
        *syntax.value,
        *syntax.comment,
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=False,  # of the outputs' own escaping, Jinja knows HTML only
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["size"] = lambda number: Safe(size(number))
    environment.filters["safe"] = Safe  # for what a macro gives
    return environment
