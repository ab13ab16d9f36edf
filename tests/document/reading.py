"""What the tests read off a document: its prose, its equations by their ids, its headings."""

from __future__ import annotations

from symprop.document.blocks import Document, Equations, Heading, Paragraph, Table
from symprop.face import Derivation, Network
from symprop.layers.dense import Dense
from symprop.notation.formula import Chain
from symprop.notation.plain import plain
from symprop.prose.text import Inline, Math


def said(inline: Inline) -> str:
    return plain(inline.formula) if isinstance(inline, Math) else inline


def prose(document: Document) -> list[str]:
    return ["".join(map(said, block.text)) for block in document.blocks if isinstance(block, Paragraph)]


def headings(document: Document) -> list[str]:
    return ["".join(map(said, block.text)) for block in document.blocks if isinstance(block, Heading)]


def equations(document: Document) -> dict[str, tuple[Chain, ...]]:
    return {block.id: block.chains for block in document.blocks if isinstance(block, Equations)}


def rows(document: Document, title: str) -> list[list[str]]:
    """The rows of the table whose first column has the title."""
    tables = (block for block in document.blocks if isinstance(block, Table))
    table = next(table for table in tables if table.header[0] == (title,))
    return [["".join(map(said, cell)) for cell in row] for row in table.rows]


def valued_large() -> Derivation:
    """A network of 24,000 weights with a value for every free quantity."""
    values = {"x": [0.5] * 200, "t": [0.25] * 120, "W1": [[0.01] * 200] * 120}
    return Derivation(Network(200, [Dense(120, "tanh", bias=False)], values=values))
