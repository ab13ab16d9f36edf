"""Equations for a paper: LaTeX to input, numbered and labelled, with its symbols in a file of macros beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from symprop.document.blocks import Document, Equations, Heading, Pairs
from symprop.errors import UserError
from symprop.files import check_name, write_together
from symprop.notation.formula import Chain
from symprop.notation.layout import lay_out_each
from symprop.notation.macros import PREFIX, STYLES, Macros
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.prose.text import Text
from symprop.renderers.catalogue import FRAGMENT, NOTATION
from symprop.renderers.views import View, equations_id
from symprop.templating import Safe

WIDTH = 34.5  # em of an article's text at 10 pt
LEAST = 12.0  # em, below which hardly a factor stands beside its equation's number
_NUMBER = 5.5  # em that a line leaves to the number
_BESIDE = "-notation"  # behind the name of the equations, that of their symbols
_NO_NAME = frozenset("%#$&{}~^\\\"' ")
# The block whose symbols are numbers, though whole tensors are called like them.
_OF_ONE_OUTPUT = "loss-function"


def export_fragment(document: Document, path: Path, width: float = WIDTH) -> tuple[Path, ...]:
    """Writes the equations and, beside them, their macros, both or neither; the two files.

    Raises UserError where there are none, for a name that LaTeX could not input, for a width below `LEAST` em, and for a
    place that cannot be written.
    """
    check_name(path)
    if not isinstance(width, int | float) or not LEAST <= width < inf:
        expected = f"at least {LEAST:g} em; a page of article has {WIDTH:g}, one of two columns 20"
        raise UserError("equations cannot be set so narrow", expected=expected, got=str(width))
    if set(path.stem) & _NO_NAME:
        remedy = "Use letters, digits, hyphens and dots, without spaces."
        raise UserError("LaTeX cannot input a file of this name", where=str(path), remedy=remedy)
    beside = path.with_name(f"{path.stem}{_BESIDE}.tex")
    other = path.with_name(f"{path.stem.removesuffix(_BESIDE)}.tex")
    if other != path and other.exists():
        raise UserError(f"this file is for the symbols of {other}", where=str(path), remedy="Choose another name.")
    equations, notation = fragment(document, path.stem, beside.stem, width)
    write_together({path: equations, beside: notation})
    return path, beside


def fragment(document: Document, stem: str, notation: str, width: float = WIDTH) -> tuple[str, str]:
    """The equations and the macros of a document, each for a file of this name; labels begin with that of the equations.

    Lines fit into a text of so many em with an equation's number behind them.
    """
    names = document.names.in_macros()
    assert names.macros is not None
    blocks = list(_blocks(document, names, stem, width - _NUMBER))
    labels = [equation["label"] for block in blocks for equation in block.get("equations", ())]  # type: ignore[attr-defined]
    if not labels:
        raise UserError("the document has no equations", remedy="Ask for a gradient: derive(wrt=[…]), or --wrt.")
    about = {"title": _comment((document.title,)), "fragment": Safe(stem), "notation": Safe(notation)}
    equations = FRAGMENT.filled(**about, blocks=blocks, labels=labels, first=labels[0], width=f"{width:g}")
    return equations, NOTATION.filled(**about, **_macros(names.macros))


def _blocks(document: Document, names: Names, stem: str, line: float) -> Iterator[View]:
    """The equations of the document, block by block, and the headings that they stand under, for comments."""
    headings: list[View] = []
    for block in document.blocks:
        if isinstance(block, Heading):
            headings = [h for h in headings if int(str(h["level"])) < block.level]
            headings.append({"kind": "heading", "level": block.level, "text": _comment(block.text)})
        elif isinstance(block, Equations | Pairs) and (equations := _equations(block, names, stem, line)):
            yield from headings
            headings = []
            yield {"kind": "equations", "equations": equations}


def _equations(block: Equations | Pairs, names: Names, stem: str, line: float) -> list[View]:
    """Each equation with its lines and its label: the file's, the block's, and a number for each after the first."""
    label = f"eq:{stem}:{equations_id(block.id)}"
    names = replace(names, tensors={}) if block.id == _OF_ONE_OUTPUT else names
    found = [lines for lines in lay_out_each(_chains(block), names, line) if lines]
    return [
        {
            "label": Safe(label if number == 1 else f"{label}:{number}"),
            "lines": [[*map(Safe, parts)] for parts in lines],
            "last": number == len(found),
        }
        for number, lines in enumerate(found, start=1)
    ]


def _chains(block: Equations | Pairs) -> Sequence[Chain]:
    if isinstance(block, Equations):
        return block.chains
    return [chain for pair in block.pairs for chain in pair if chain is not None]


def _comment(text: Text) -> Safe:
    """Running text as one line of a comment."""
    words = "".join(inline if isinstance(inline, str) else plain(inline.formula) for inline in text)
    return Safe(" ".join("".join(c if c.isprintable() else " " for c in words).split()))


def _length(pair: tuple[str, str]) -> int:
    return len(pair[0])


def _macros(macros: Macros) -> dict[str, object]:
    """What the file of macros says: styles, symbols and indices, each in the order in which they are met."""
    meanings = [(Safe(macro), Safe(meaning)) for macro, meaning in macros.meanings.items()]
    below = f"\\{PREFIX}index"
    symbols = [pair for pair in meanings if not pair[0].startswith(below)]
    return {
        "styles": [(Safe(macro), Safe(meaning)) for macro, meaning in STYLES.items() if macro in macros.styles],
        "symbols": symbols,
        "indices": [pair for pair in meanings if pair[0].startswith(below)],
        "example": min(symbols, key=_length),
    }
