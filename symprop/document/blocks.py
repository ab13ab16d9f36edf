"""The blocks of a document, as data; what they say is decided in `narrative`, how they look in `renderers`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from symprop.drawing import Drawing, svg, tikz
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


@dataclass(frozen=True)
class Picture:
    """A drawing, which every format sets in its own way, or a chart, which is an element ``svg``.

    `name` tells the pictures of a document apart, in file names too; `says` is for those who cannot see it.
    """

    name: str
    says: str
    image: Drawing | str

    @cached_property
    def svg(self) -> str:
        """The element ``svg``."""
        return self.image if isinstance(self.image, str) else svg(self.image)

    @cached_property
    def tikz(self) -> str:
        """The drawing for LaTeX; empty for a chart, which LaTeX documents leave out."""
        return "" if isinstance(self.image, str) else tikz(self.image)


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
