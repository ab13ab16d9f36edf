"""The blocks of a document, as data; what they say is decided in `narrative`, how they look in `renderers`."""

from __future__ import annotations

from dataclasses import dataclass, field

from symprop.notation.formula import Chain, Formula
from symprop.notation.names import Names


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within running text."""

    formula: Formula


Inline = str | Math
Text = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A section title; level 1 is the document's own, 2 a section, 3 a subsection."""

    level: int
    text: Text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Equations:
    """Displayed equations, aligned at their first equals sign; `id` is stable between renderers."""

    id: str
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row; `numeric` says which columns are set flush right."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: tuple[bool, ...]


Block = Heading | Paragraph | Equations | Table


@dataclass(frozen=True)
class Document:
    """What a reader gets: a title, the names' looks, and blocks in reading order."""

    title: str
    names: Names
    blocks: tuple[Block, ...] = field(default=())
