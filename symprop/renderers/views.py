"""A document's blocks ready for a template: text escaped, equations in lines; no output's syntax is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from re import sub
from urllib.parse import quote

from symprop.document.blocks import Block, Equations, Heading, Pairs, Paragraph, Picture, Table
from symprop.errors import InternalError
from symprop.notation.formula import Formula
from symprop.notation.layout import Run, lay_out, side_by_side
from symprop.notation.names import Names
from symprop.prose.text import Text
from symprop.renderers.tables import parts
from symprop.templating import Safe


@dataclass(frozen=True, slots=True)
class Format:
    """What an output asks of text and widths.

    `math` sets a formula in running text, `start` is applied to a block's first line, `cell` to a table's cell.
    """

    text: Callable[[str], str]
    math: Callable[[Formula, Names], str]
    width_em: float
    table_em: float = float("inf")
    start: Callable[[str], str] = str.strip
    cell: Callable[[str], str] = str.strip


View = dict[str, object]


def view(block: Block, names: Names, form: Format, stem: str = "") -> View:
    """What a template needs to know of a block; `kind` names the block's class in lower case.

    `stem` begins the names of files with pictures; without it there are none.
    """
    match block:
        case Heading(level, text):
            return {"kind": "heading", "level": level, "text": block_text(text, names, form)}
        case Paragraph(text):
            return {"kind": "paragraph", "text": block_text(text, names, form)}
        case Equations(name, chains):
            return _equations(name, [Run(lay_out(chains, names, form.width_em))])
        case Pairs(name, pairs):
            return _equations(name, side_by_side(pairs, names, form.width_em))
        case Picture(name):
            return {
                "kind": "picture",
                "picture": block,
                "file": Safe(quote(picture_file(stem, name))) if stem else None,
            }
        case Table():
            return {"kind": "table", "parts": _parts(block, names, form)}
    raise InternalError("a block that the renderers do not know", got=type(block).__name__)


def picture_file(stem: str, name: str) -> str:
    """What the file of a picture is called that stands beside a document.

    >>> picture_file("backprop", "network")
    'backprop.network.svg'
    """
    return f"{stem}.{name}.svg"


def _equations(name: str, runs: Sequence[Run]) -> View:
    """Runs of lines, each line as its cells: left and right of its relation, and the same of what stands beside it."""
    rows = [[[*map(Safe, cells)] for cells in _cells(run)] for run in runs if run.lines]
    return {"kind": "equations", "id": equations_id(name), "runs": rows}


def equations_id(name: str) -> Safe:
    """A block of equations by its name, as every output has it."""
    return Safe(sub(r"[^A-Za-z0-9_.-]", "-", name))


def _cells(run: Run) -> list[tuple[str, ...]]:
    if not run.beside:
        return list(run.lines)
    return [(*line, *other) for line, other in zip(run.lines, run.beside, strict=True)]


def block_text(text: Text, names: Names, form: Format) -> Safe:
    """Running text at the start of a block."""
    return Safe(form.start(_inlines(text, names, form)))


def _inlines(text: Text, names: Names, form: Format) -> str:
    return "".join(
        form.text(inline) if isinstance(inline, str) else form.math(inline.formula, names) for inline in text
    )


def _parts(table: Table, names: Names, form: Format) -> list[View]:
    """The table's parts with their cells; nothing for a table without columns."""
    if {len(row) for row in (*table.rows, table.numeric)} - {len(table.header)}:
        raise InternalError("a table whose rows differ in length", expected=str(len(table.header)))
    if not table.header:
        return []
    header, *rows = [[_cell(cell, names, form) for cell in row] for row in (table.header, *table.rows)]
    return [
        {
            "header": [header[c] for c in part.columns],
            "rows": [[row[c] for c in part.columns] for row in rows],
            "numeric": [table.numeric[c] for c in part.columns],
            "widths": part.widths,
            "small": part.small,
        }
        for part in parts(table, names, form.table_em)
    ]


def _cell(cell: Text, names: Names, form: Format) -> Safe:
    return Safe(form.cell(_inlines(cell, names, form)))
