"""The blocks of a document, as data; what they say is decided in `narrative`, how they look in `renderers`."""

from __future__ import annotations

from dataclasses import dataclass, field

from symprop.notation.formula import Chain
from symprop.notation.names import Names
from symprop.prose.text import Text


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
class Pairs:
    """Displayed equations, each with another form of it, or None, beside it where there is room, else below it."""

    id: str
    pairs: tuple[tuple[Chain, Chain | None], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row; `numeric` says which columns are set flush right."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing or a chart: `svg` is a whole SVG document, `tikz` the same for LaTeX, or nothing.

    `name` tells the pictures of a document apart, in file names too; `says` is for those who cannot see it.
    """

    name: str
    says: str
    svg: str
    tikz: str = ""


Block = Heading | Paragraph | Equations | Pairs | Table | Picture


@dataclass(frozen=True, repr=False)
class Document:
    """What a reader gets: a title, the names' looks, and blocks in reading order; `language` is the one they are in."""

    title: str
    names: Names
    blocks: tuple[Block, ...] = field(default=())
    language: str = "en"

    def __repr__(self) -> str:
        return f"<document '{self.title}' of {len(self.blocks)} blocks>"
