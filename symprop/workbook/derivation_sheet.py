"""The derivation as text, in the reader's order: a document's blocks in rows, each equation with its id beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from symprop.document.blocks import Block, Document, Equations, Heading, Pairs, Paragraph, Table
from symprop.notation.formula import Chain
from symprop.notation.names import Names
from symprop.notation.unicode import unicode_chain, unicode_lines, unicode_text
from symprop.palette import LAYERS
from symprop.prose import prose
from symprop.prose.text import Text
from symprop.views.short import Rename, renamed, renamed_chain
from symprop.workbook.paper import print_text
from symprop.workbook.style import Style

_CHARACTERS = 108  # of a line of text
_COLUMN, _WIDEST, _IDS = 13, 52, 24  # widths of columns
_LINE, _HEADING = 15.0, 1.6  # the height of a line in points, of a heading in its size
_SIZES = {1: 18, 2: 14, 3: 12}


def write_document(sheet: Any, style: Style, document: Document, rename: Rename) -> None:
    """Writes a document's title and blocks, quantities by their short names; the last column has the ids."""
    _Writer(sheet, style, document, rename).write()


class _Writer:
    def __init__(self, sheet: Any, style: Style, document: Document, rename: Rename) -> None:
        self.sheet, self.style, self.document, self.rename = sheet, style, document, rename
        self.row, self.names = 0, document.names
        self.chunks = [(0, 0.0)]  # what a page is to have whole: its first row, and how high it is, in points
        self.widths = self._columns()
        self.say = prose(document.language).phrase

    def write(self) -> None:
        self.sheet.hide_gridlines(2)
        self._heading(1, self.document.title)
        self._lines(wrap(self.say("workbook.as_begun"), _CHARACTERS))
        is_led = False
        for block in self.document.blocks:
            if not is_led:
                self.chunks.append((self.row, 0.0))
            is_led = isinstance(block, Heading) or (isinstance(block, Paragraph) and self._text(block.text)[-1:] == ":")
            self._block(block)
        widths = [*self.widths, _IDS]
        for column, size in enumerate(widths):
            self.sheet.set_column(column, column, size)
        print_text(self.sheet, widths, self.chunks)

    def _next(self, height: float = _LINE) -> None:
        """Goes on to the next row, from one that is so high."""
        row, taken = self.chunks[-1]
        self.chunks[-1] = (row, taken + height)
        self.row += 1

    def _columns(self) -> list[float]:
        """The widths of the columns of tables, what the widest cell needs that has another beside it, and of lines of text."""
        found = list[float]()
        for table in (block for block in self.document.blocks if isinstance(block, Table)):
            found += [_COLUMN] * (len(table.header) - len(found))
            for row in (table.header, *table.rows):
                for k, cell in enumerate(row[:-1]):
                    found[k] = min(max(found[k], len(self._text(cell)) + 2), _WIDEST)
        while sum(found) < _CHARACTERS:
            found.append(_COLUMN)
        return found

    def _block(self, block: Block) -> None:
        match block:
            case Heading(level, text):
                self._next()
                self._heading(level, self._text(text))
            case Paragraph(text):
                self._lines(wrap(self._text(text), _CHARACTERS))
            case Equations(name, chains):
                self._equations(name, [line for chain in chains for line in self._chain(chain)])
            case Pairs(name, pairs):
                self._equations(name, [line for pair in pairs for line in self._pair(*pair)])
            case Table():
                self._table(block)

    def _text(self, text: Text) -> str:
        parts = (each if isinstance(each, str) else renamed(each.formula, self.rename) for each in text)
        return "".join(each if isinstance(each, str) else unicode_text(each, self.names) for each in parts)

    def _chain(self, chain: Chain) -> Iterator[str]:
        return chain_lines(renamed_chain(chain, self.rename), self.names)

    def _pair(self, chain: Chain, other: Chain | None) -> Iterator[str]:
        yield from self._chain(chain)
        if other is not None:
            shown = unicode_chain(renamed_chain(other, self.rename), self.names, matrix=True)
            yield f"    {self.say('workbook.as_matrices')} {shown}"

    def _heading(self, level: int, text: str) -> None:
        size = _SIZES.get(level, 11)
        self.sheet.write_string(self.row, 0, text, self.style.of(bold=True, font_size=size))
        self.sheet.set_row(self.row, size * _HEADING)
        self._next(size * _HEADING)

    def _lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.sheet.write_string(self.row, 0, line, self.style.of())
            self._next()

    def _equations(self, name: str, lines: Sequence[str]) -> None:
        self.sheet.write_string(
            self.row, len(self.widths), name, self.style.of(font_color="#777777", font_size=9, align="right")
        )
        for line in lines:
            self.sheet.write_string(self.row, 0, line, self.style.of(font_name="Cambria", indent=2))
            self._next()

    def _table(self, table: Table) -> None:
        for row, cells in enumerate((table.header, *table.rows)):
            texts = [self._text(cell) for cell in cells]
            lines = [self._lines_of(k, text) for k, text in enumerate(texts[:-1])] + [
                1
            ]  # the last goes on to the right
            for k, text in enumerate(texts):
                self._cell(k, text, is_header=not row, is_number=table.numeric[k], is_broken=lines[k] > 1)
            height = _LINE * max(lines)
            if height > _LINE:
                self.sheet.set_row(self.row, height)
            self._next(height)
        self._next()

    def _lines_of(self, column: int, text: str) -> int:
        """How many lines a cell takes that has another beside it."""
        return max(len(wrap(text, int(self.widths[column]) - 1)), 1)

    def _cell(self, column: int, text: str, *, is_header: bool, is_number: bool, is_broken: bool) -> None:
        side = "right" if is_number else "left"
        broken = {"text_wrap": True} if is_broken else {}
        if is_header:
            self.sheet.write_string(
                self.row, column, text, self.style.of(bold=True, bottom=1, align=side, bg_color=LAYERS[0], **broken)
            )
            return
        number = _number(text) if is_number else None
        if number is None:
            self.sheet.write_string(self.row, column, text, self.style.of(align=side, **broken))
        else:
            self.sheet.write_number(self.row, column, number, self.style.of(align=side))


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None


def chain_lines(chain: Chain, names: Names, most: int = _CHARACTERS) -> Iterator[str]:
    """The lines of an equation: one where it fits, else one for each side, broken between terms where it must be.

    >>> from symprop.notation.formula import Partial, Product, Symbol
    >>> w, d, i = map(Symbol, ("w1", "delta_h1", "i1"))
    >>> list(chain_lines(Chain((Partial(Symbol("E"), w), Product((d, i)))), Names(), 17))
    ['∂E/∂w1', '    = δ_h1 · i1']
    """
    whole = unicode_chain(chain, names)
    if len(whole) <= most:
        yield whole
        return
    first, *rest = chain.sides
    yield from unicode_lines(first, names, most)
    for k, side in enumerate(rest):
        relation = "=" if k else chain.relation
        for n, line in enumerate(unicode_lines(side, names, most - 8)):
            yield f"    {relation} {line}" if not n else f"      {line}"
