"""A whole workbook: what goes on which sheet, how much of it there may be, and the file; the sheets have modules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

from symprop.errors import BudgetError, UserError
from symprop.files import write_atomically
from symprop.prose import ENGLISH
from symprop.renderers.source import Source
from symprop.training.compared import WORKBOOK, rates_about
from symprop.training.sample import draw_sample
from symprop.views.budget import check_scalars
from symprop.views.short import short_names
from symprop.whole import whole_number
from symprop.workbook.charts import Curve, chart
from symprop.workbook.columns import Column, Kind, columns
from symprop.workbook.derivation_sheet import write_document
from symprop.workbook.formulas import Table, letters, needed
from symprop.workbook.network_sheet import NetworkLayout, NetworkSheet, notes, quoted, reference
from symprop.workbook.numbers import Block, WorkbookRun
from symprop.workbook.paper import fit, print_hint, print_updates, set_up
from symprop.workbook.plan import Plan
from symprop.workbook.style import UNSET, Style
from symprop.workbook.training_sheet import FIRST, GROUP_ROW, HEADER_ROW, MOST_ROWS, TableWriter, cached, numbering

ROWS = 100  # updates, where nobody says
MOST_CELLS = 200_000
MOST_COLUMNS = 16_384
LEAST_RATES = 10  # updates that are worked out at all rates before there are more at the network's own
RUNS = len(WORKBOOK)
_PICTURE, _GAP = (660, 420), 16  # pixels
SHEETS = {
    "network": "workbook.network",
    "derivation": "workbook.derivation",
    "training": "workbook.training",
    "rates": "workbook.rates",
    "working": "workbook.working",
}
_DECADES = 1000
_MADE = datetime(2000, 1, 1)


def export_workbook(source: Source, path: str | Path, rows: int | None = None, language: str = ENGLISH) -> None:
    """Writes a derivation as a workbook that trains in its cells, `rows` updates long; whole, or not at all.

    Where nobody says how long, it has 100 updates, or as many as there is room for. The row below the last update shows what
    it leads to.

    Raises UserError for a number of rows that is none and for a place that cannot be written, BudgetError where the workbook
    would have more than 200,000 cells, more columns than Excel, or a formula longer than Excel's.
    """
    write_atomically(path, workbook(source, None if rows is None else _checked_rows(rows), language))


def workbook(source: Source, rows: int | None = None, language: str = ENGLISH) -> bytes:
    """The content of the file."""
    plan = _planned(source, language)
    count = _usual_rows(plan) if rows is None else rows
    _check_size(plan, count, source.spec.name)
    return _Book(source, plan, count).made()


def usual_rows(source: Source) -> int:
    """How many updates a workbook has where nobody says: 100, or as many as there is room for."""
    return _usual_rows(_planned(source, ENGLISH))


def _planned(source: Source, language: str) -> Plan:
    spec, trained = source.spec, source.trained
    sample = draw_sample(spec, trained.names, trained.evaluation)
    return Plan.of(trained.core, trained.names, sample, spec.training, language)


def _usual_rows(plan: Plan) -> int:
    return max(1, min(ROWS, _most_updates(plan)))


def _checked_rows(rows: object) -> int:
    count = whole_number(rows)
    if count is None or count < 1:
        raise UserError("the number of rows is a whole number from 1", got=repr(rows))
    return count


def _check_size(plan: Plan, rows: int, name: str) -> None:
    """BudgetError where the sheet of updates would be too large, found before anything is unrolled."""
    if plan.width > MOST_COLUMNS - 2:
        what = f"{plan.width:,} columns, of which '{plan.widest.name}' alone takes {plan.width_of(plan.widest):,}"
        raise _too_large(name, f"{MOST_COLUMNS:,} columns", what, "Make the layers smaller, or export .md or .html.")
    most = _most_updates(plan)
    if rows > most:
        blocks = rows + 1
        got = f"{(blocks + RUNS * min(blocks, LEAST_RATES)) * plan.cells:,} for {_updates(rows)}"
        if not most:
            raise _too_large(name, f"{MOST_CELLS:,} cells", got, "Make the layers smaller, or train on fewer examples.")
        raise _too_large(name, f"{MOST_CELLS:,} cells", got, f"Ask for at most {most:,} row{'s' * (most > 1)}.")
    check_scalars(plan.step.program)


def _most_updates(plan: Plan) -> int:
    """How many updates there is room for; none where there is too little for one."""
    return max(1, min(_most_rows(plan.cells), (MOST_ROWS - FIRST) // plan.height)) - 1


def _updates(rows: int) -> str:
    return f"{rows:,} update{'s' * (rows > 1)}"


def _most_rows(each: int) -> int:
    """How many blocks there is room for, if the first of them are worked out at the other rates as well."""
    few = MOST_CELLS // ((1 + RUNS) * each)
    return few if few < LEAST_RATES else MOST_CELLS // each - RUNS * LEAST_RATES


def _too_large(name: str, expected: str, got: str, remedy: str) -> BudgetError:
    what = "the workbook would be too large"
    return BudgetError(what, where=name, expected=f"at most {expected}", got=got, remedy=remedy)


class _Book:
    """One workbook as it is made: a block of rows for each update, and one for what the last leads to."""

    def __init__(self, source: Source, plan: Plan, updates: int) -> None:
        self.source, self.plan, self.rows, self.say = source, plan, updates + 1, plan.prose.phrase
        self.sheets = {sheet: self.say(key) for sheet, key in SHEETS.items()}
        self.total = max(updates, plan.training.epochs) if plan.step.total_updates else updates
        self.columns = columns(plan, source.spec)
        self.layout = NetworkLayout.of(plan, self.columns, self.total, notes(plan, source.spec))
        self.starts = {name: self.layout.reference(*place) for name, place in self.layout.state_cells.items()}
        self.data = [self.layout.references(copy) for copy in range(plan.copies)]
        self.loss = plan.derivation.forward.loss
        self.titles = [self.say("workbook.update"), self.say("workbook.example")][: 2 if plan.height > 1 else 1]
        self.table = Table(plan, self.columns, len(self.titles), self.layout.named)
        self.run = WorkbookRun(plan)
        self.losses: list[float] = []

    def made(self) -> bytes:
        """The file's content; the same for the same network."""
        import xlsxwriter  # type: ignore[import-untyped]

        from symprop.workbook.sheet import Sheet

        stream = BytesIO()
        settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(stream, settings)
        book.set_properties({"title": self.source.spec.name, "created": _MADE, "author": "symprop"})
        self.style = Style(book)
        sheets = {key: self._sheet(book, name, Sheet) for key, name in self.sheets.items()}
        for sheet in sheets.values():
            set_up(sheet, self.source.spec.name)
        rename = short_names(self.source.scalars, self.source.names.sums)
        write_document(sheets["derivation"], self.style, self.source.document(self.plan.prose.language), rename)
        self._training(book, sheets["training"])
        self._network(book, sheets["network"])
        self._rates(book, sheets["rates"], sheets["working"])
        book.close()
        return stream.getvalue()

    def _sheet(self, book: Any, name: str, kind: type) -> Any:
        """A new sheet; UserError for a name that Excel does not take."""
        from xlsxwriter.exceptions import XlsxInputError  # type: ignore[import-untyped]

        try:
            return book.add_worksheet(name, kind)
        except XlsxInputError as error:
            expected = "31 characters at most, none of them of []:*?/\\, and another name for each sheet"
            file = self.plan.prose.file
            raise UserError(f"no sheet can be called '{name}'", where=file, expected=expected) from error

    def _network(self, book: Any, sheet: Any) -> None:
        NetworkSheet(sheet, self.style, self.layout).write(book, self.source.spec.name)
        column = self.layout.width + 1
        height = self._drawing(sheet, column)
        self._loss_chart(book, sheet, 1, column, height)
        fit(sheet)

    def _drawing(self, sheet: Any, column: int) -> int:
        """Puts the drawing on the sheet, scaled to its room; gives the pixels that it takes downwards."""
        from symprop.drawing import DOTS, drawing_of, png

        source = self.source
        values: dict[str, float] = {}  # numbers would not follow the cells
        language = self.plan.prose.language
        drawing = drawing_of(source.spec, source.core.forward, source.names, values, language=language)
        scale = min(1.0, _PICTURE[0] / drawing.width, _PICTURE[1] / drawing.height)
        placed = {
            "image_data": BytesIO(png(drawing)),
            "object_position": 2,
            "description": self.say("workbook.picture"),
        }
        sheet.insert_image(1, column, "network.png", {**placed, "x_scale": scale / DOTS, "y_scale": scale / DOTS})
        return int(drawing.height * scale) + _GAP

    def _training(self, book: Any, sheet: Any) -> None:
        writer = TableWriter(sheet, self.style, self.table, self.starts)
        widths = writer.headers()
        numbering(sheet, self.style, self.plan, self.rows, self.titles)
        sheet.write_string(0, 0, self._hint(), self.style.hint)
        blocks = self.run.blocks(self.plan.training.learning_rate, self.rows, self.total)
        for number, numbers in enumerate(blocks):
            writer.block(number, numbers, self.data)
            self.losses.append(self._loss(numbers))
        last = (FIRST + self.rows * self.plan.height - 1, len(self.titles) + self.table.width - 1)
        self.style.tiny(sheet, (FIRST, len(self.titles)), last)
        sheet.freeze_panes(FIRST, len(self.titles))
        sheet.repeat_rows(GROUP_ROW, HEADER_ROW)
        sheet.repeat_columns(0, len(self.titles) - 1)
        first = len(self.titles)
        print_updates(sheet, self.columns, [UNSET] * first + widths, first, (self.rows, self.plan.height))
        self._loss_chart(book, sheet, FIRST, last[1] + 2)

    def _hint(self) -> str:
        """How the rows of the sheet of updates are to be read."""
        rate, network = self.layout.named[self.plan.step.learning_rate], self.sheets["network"]
        if self.plan.height > 1:
            return self.say("workbook.block", rate=rate, height=self.plan.height, network=network)
        return self.say("workbook.one_row", rate=rate, network=network)

    def _loss(self, numbers: Block) -> float:
        return numbers.once[self.loss] if self.loss in numbers.once else numbers.copies[0][self.loss]

    def _loss_chart(self, book: Any, sheet: Any, row: int, column: int, down: int = 0) -> None:
        up = self.table.column_of(self.loss, mean=True)
        last = FIRST + self.rows * self.plan.height - 1
        curve = Curve(self.sheets["training"], 0, up, FIRST, last, self.loss)
        title = self.say("workbook.loss_chart", name=self.source.spec.name)
        made = chart(book, self.plan.prose, title, [curve], self.rows, logarithmic=_spans_decades(self.losses))
        made.set_size({"width": 620, "height": 340})
        says = self.say("workbook.loss_says", name=self.source.spec.name, sheet=self.sheets["training"])
        sheet.insert_chart(row, column, made, {"object_position": 2, "y_offset": down, "description": says})

    def _rates(self, book: Any, sheet: Any, working: Any) -> None:
        rates = rates_about(self.plan.training.update.rule.learning_rate, WORKBOOK)
        shown = [
            c
            for c in needed(self.plan, self.columns)
            if c.scalars[0] in self.plan.new or c.scalars[0] not in self.starts
        ]
        rows = self._rows_of_rates(len(rates), shown)
        sheet.write_string(0, 0, self.say("workbook.rates_hint", working=self.sheets["working"]), self.style.hint)
        hint = self.say("workbook.working_hint", training=self.sheets["training"], rates=self.sheets["rates"])
        working.write_string(0, 0, hint, self.style.hint)
        sheet.write_string(HEADER_ROW, 0, self.say("workbook.update"), self.style.header("#eeeeee"))
        sheet.merge_range(GROUP_ROW, 1, GROUP_ROW, len(rates), "", self.style.group("#eeeeee"))
        sheet.write_string(GROUP_ROW, 1, self.say("workbook.learning_rate", name=""), self.style.group("#eeeeee"))
        for number in range(rows):
            if number:
                sheet.write_formula(FIRST + number, 0, f"=A{FIRST + number}+1", self.style.whole, number)
            else:
                sheet.write_number(FIRST, 0, 0, self.style.whole)
        for k, rate in enumerate(rates):
            self._rate(sheet, working, k, rate, shown, rows)
        self._finish_rates(book, sheet, len(rates), rows)
        working.freeze_panes(FIRST, 0)
        print_hint(working)

    def _finish_rates(self, book: Any, sheet: Any, count: int, rows: int) -> None:
        sheet.set_column(1, count, 12)
        self.style.tiny(sheet, (FIRST, 1), (FIRST + rows - 1, count))
        sheet.freeze_panes(FIRST, 1)
        sheet.repeat_rows(GROUP_ROW, HEADER_ROW)
        fit(sheet)
        if rows < self.rows:
            fewer = self.say("workbook.fewer", rows=rows - 1, all=self.rows - 1)
            sheet.write_string(FIRST + rows + 1, 0, fewer, self.style.hint)
        name, last = self.sheets["rates"], FIRST + rows - 1
        curves = [Curve(name, 0, k, FIRST, last, (name, HEADER_ROW, k)) for k in range(1, count + 1)]
        title = self.say("workbook.rates_chart", name=self.source.spec.name)
        made = chart(book, self.plan.prose, title, curves, rows, logarithmic=True)
        made.set_size({"width": 860, "height": 520})
        says = self.say("workbook.rates_says", name=self.source.spec.name, sheet=name)
        sheet.insert_chart(FIRST, count + 2, made, {"object_position": 2, "description": says})

    def _rows_of_rates(self, rates: int, shown: list[Column]) -> int:
        """How many blocks the sheet of rates has room for."""
        each = rates * (1 + sum(self.plan.count(column.tensor, column.kind is Kind.MEAN) for column in shown))
        room = (MOST_CELLS - self.rows * self.plan.cells) // each
        return min(self.rows, room)

    def _rate(self, sheet: Any, working: Any, k: int, rate: float, shown: list[Column], rows: int) -> None:
        """One column, and its working."""
        left = k * (len(shown) + 1)
        outside = {**self._outside(), self.plan.step.learning_rate: reference(self.sheets["rates"], HEADER_ROW, k + 1)}
        table = Table(self.plan, shown, left, outside)
        writer = TableWriter(working, self.style, table, self.starts)
        writer.headers()
        sheet.write_number(HEADER_ROW, k + 1, rate, self.style.yours)
        column = letters(table.column_of(self.loss, mean=True))
        for number, numbers in enumerate(self.run.blocks(rate, rows, self.total)):
            writer.block(number, numbers, self.data)
            row = FIRST + number * self.plan.height + 1
            shown_loss = f"={quoted(self.sheets['working'])}!{column}{row}"
            sheet.write_formula(FIRST + number, k + 1, shown_loss, self.style.number(), cached(self._loss(numbers)))
        if shown:
            last = (FIRST + rows * self.plan.height - 1, left + len(shown) - 1)
            self.style.tiny(working, (FIRST, left), last)

    def _outside(self) -> dict[str, str]:
        """What the working refers to on other sheets."""
        fixed = {name: place for name, place in self.starts.items() if name not in self.plan.new}
        data = {name: f"%({name})s" for copy in self.data for name in copy}
        training = quoted(self.sheets["training"])
        masks = {
            scalar: f"{training}!{letters(self.table.column_of(scalar))}%(c{row})d"
            for column in self.columns
            if column.kind is Kind.MASK
            for row, scalar in enumerate(column.scalars)
        }
        return {**self.layout.named, **fixed, **data, **masks}


def _spans_decades(losses: Sequence[float]) -> bool:
    """Whether losses are so different, and all positive, that a chart needs a logarithmic axis to show them."""
    found = [loss for loss in losses if isfinite(loss)]
    return bool(found) and min(found) > 0 and max(found) > _DECADES * min(found)
