"""The sheet of what the reader may change: settings, first weights, examples; beside them the drawing and the loss."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil, isfinite
from typing import Any

from symprop.ir.tensor import Role
from symprop.notation.letters import identifier
from symprop.prose.text import as_words
from symprop.workbook.columns import Column, Kind, header
from symprop.workbook.formulas import letters
from symprop.workbook.plan import Plan
from symprop.workbook.style import Style

_WIDE, _CHARACTERS = 7, 78  # columns of running text, and how much one line of it holds
_HEADING = 20  # how many characters of a heading two columns hold
_MOST_ACROSS = 16
_LINE = 16  # points
_PLAIN = re.compile("[A-Za-z]{4,}")
_LIKE_CELL = re.compile(r"(?i)[A-Z]{1,3}\d+|R\d*(?:C\d*)?|C\d*")  # in either way of writing cells


@dataclass(frozen=True)
class NetworkLayout:
    """Where on the sheet each number stands; rows and columns count from 0."""

    plan: Plan
    columns: Sequence[Column]
    notes: Sequence[str]
    settings: Mapping[str, float]  # by quantity: η first
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, columns: Sequence[Column], total: int, notes: Sequence[str]) -> NetworkLayout:
        """The layout for a plan; schedules that read the number of all updates are given `total`."""
        settings = {plan.step.learning_rate: plan.training.learning_rate, **plan.step.settings}
        if plan.step.total_updates is not None:
            settings[plan.step.total_updates] = float(total)
        return cls(plan, columns, notes, settings, {name: _defined_name(name) for name in settings})

    @property
    def settings_row(self) -> int:
        """The row of the first setting, below the title and the notes."""
        return 3 + len(self.notes)

    @property
    def states_row(self) -> int:
        """The row of the heading of parameters and states."""
        return self.settings_row + len(self.settings) + 3

    @property
    def examples_row(self) -> int:
        """The row of the heading of examples, below the longest group of states."""
        deepest = max((len(group) for _, group in self.states), default=0)
        return self.states_row + (deepest + 3 if deepest else 0)

    @property
    def states(self) -> list[tuple[str, list[Column]]]:
        """The parameters, and what else is learnt, by group."""
        learnt = {tensor.name for tensor in self.plan.derivation.forward.learnt}
        own = [c for c in self.columns if c.kind is Kind.STATE and c.tensor.name in learnt]
        return [(title, list(group)) for title, group in groupby(own, key=lambda column: column.group)]

    @property
    def data(self) -> list[tuple[Role, int, str]]:
        """The columns of the table of examples: inputs or targets, which of them, and what it is called, as in training."""
        plan, tensors = self.plan, self.plan.derivation.forward.tensors
        found = []
        for (name, position), (role, row, column) in plan.data_places.items():
            if row == 0:  # of the first example
                tensor = tensors[name]
                shown = position[1:] if plan.by_example(tensor) else position
                found.append((role, column, header(plan, tensor, shown)))
        return found

    @property
    def width(self) -> int:
        """How many columns are taken."""
        return max(_WIDE, 3 * len(self.states) - 1, self.across + 1)

    @property
    def across(self) -> int:
        """How many columns of numbers the table of examples has."""
        return self.plan.sample.examples if self.is_tall else len(self.data)

    @property
    def is_tall(self) -> bool:
        """Whether the table of examples has a column for each example, since it has many inputs and targets."""
        return len(self.data) > max(_MOST_ACROSS, self.plan.sample.examples)

    def example(self, number: int, quantity: int) -> tuple[int, int]:
        """The cell in which the number of an example stands, both counted from 0; the headers are at -1."""
        down, across = (quantity, number) if self.is_tall else (number, quantity)
        return self.examples_row + 2 + down, 1 + across

    @property
    def state_cells(self) -> dict[str, tuple[int, int]]:
        """The row and the column of each parameter's first value."""
        return {
            column.scalars[0]: (self.states_row + 1 + k, 3 * g + 1)
            for g, (_, group) in enumerate(self.states)
            for k, column in enumerate(group)
        }

    def references(self, copy: int) -> dict[str, str]:
        """References to the examples of one copy, by the names of their quantities."""
        found: dict[str, str] = {}
        first = {Role.INPUT: 0, Role.TARGET: len(self.plan.sample.inputs)}
        for place, (role, row, column) in self.plan.data_places.items():
            name = self.plan.data_names[place]
            found[name] = self.reference(*self.example(copy * self.plan.batch + row, first[role] + column))
        return found

    def reference(self, row: int, column: int) -> str:
        """A cell of this sheet, for formulas of others."""
        return reference(self.plan.prose.phrase("workbook.network"), row, column)


def reference(sheet: str, row: int, column: int) -> str:
    """A cell of another sheet, for formulas that are copied elsewhere too.

    >>> reference("Network", 4, 1)
    'Network!$B$5'
    """
    return f"{quoted(sheet)}!${letters(column)}${row + 1}"


def quoted(sheet: str) -> str:
    """The name of a sheet as it stands in formulas: in quotes, unless it is a plain word that no cell is called by.

    >>> quoted("Network"), quoted("Learning rates"), quoted("Réseau d'été")
    ('Network', "'Learning rates'", "'Réseau d''été'")
    """
    return sheet if _PLAIN.fullmatch(sheet) else f"""'{sheet.replace("'", "''")}'"""


def _defined_name(name: str) -> str:
    """A name that Excel takes for no cell; Greek where the reader knows it so.

    >>> [_defined_name(name) for name in ("eta", "beta1", "w5", "rc", "r2c3", "rate")]
    ['η', 'β1', 'w5_', 'rc_', 'r2c3_', 'rate']
    """
    shown = identifier(name)
    return f"{shown}_" if _LIKE_CELL.fullmatch(shown) else shown


def notes(plan: Plan, spec: Any) -> list[str]:
    """What the reader is told on the sheet of the network."""
    return list(_notes(plan, spec))


def _notes(plan: Plan, spec: Any) -> Iterator[str]:
    sample, prose = plan.sample, plan.prose
    change = prose.say("workbook.change", derivation=prose.phrase("workbook.derivation"))
    yield as_words(prose.sentences_of(prose.say("workbook.about"), change))
    if plan.height > 1:
        yield prose.phrase("workbook.all_examples", count=plan.height)
    if sample.drawn:
        yield prose.phrase("workbook.drawn", names=prose.enumerated(sample.drawn), seed=sample.seed)
    forward = plan.derivation.forward
    integers = [tensor.name for tensor in forward.with_role(Role.INDEX)]
    if integers:
        yield prose.phrase("workbook.integers", names=prose.enumerated(integers))
    for formula in plan.conditions:
        yield prose.phrase("workbook.condition", formula=formula)
    low, high = getattr(getattr(spec, "loss_rule", None), "targets", (0.0, float("inf")))
    if isfinite(low) and isfinite(high):
        yield prose.phrase("workbook.target_range", low=f"{low:g}", high=f"{high:g}")


class NetworkSheet:
    """Writes the sheet."""

    def __init__(self, sheet: Any, style: Style, layout: NetworkLayout) -> None:
        self.sheet, self.style, self.layout, self.say = sheet, style, layout, layout.plan.prose.phrase

    def write(self, book: Any, title: str) -> None:
        """Writes the sheet, and gives the cells of settings their names in the `book`."""
        sheet, layout = self.sheet, self.layout
        sheet.hide_gridlines(2)
        sheet.set_column(0, layout.width - 1, 11)
        sheet.write_string(0, 0, title, self.style.title)
        sheet.set_row(0, 28)
        for k, note in enumerate(layout.notes):
            sheet.merge_range(1 + k, 0, 1 + k, _WIDE - 1, "", self.style.wrapped)
            sheet.write_string(1 + k, 0, note, self.style.wrapped)
            sheet.set_row(1 + k, _LINE * ceil(len(note) / _CHARACTERS) + 2)
        self._settings(book)
        self._states()
        self._examples()

    def _section(self, row: int, title: str, width: int) -> None:
        for column in range(width):
            self.sheet.write_blank(row, column, None, self.style.section)
        self.sheet.write_string(row, 0, title, self.style.section)

    def _settings(self, book: Any) -> None:
        layout, row = self.layout, self.layout.settings_row
        self._section(row, self.say("workbook.settings"), 4)
        for k, (name, value) in enumerate(layout.settings.items(), start=1):
            step, shown = layout.plan.step, layout.named[name]
            text = shown
            if name == step.learning_rate:
                text = self.say("workbook.learning_rate", name=shown)
            elif name == step.total_updates:
                text = self.say("workbook.total", name=shown)
            self.sheet.merge_range(row + k, 0, row + k, 1, "", self.style.label)
            self.sheet.write_string(row + k, 0, text, self.style.label)
            self.sheet.write_number(row + k, 2, value, self.style.yours)
            book.define_name(shown, f"={layout.reference(row + k, 2)}")

    def _states(self) -> None:
        layout, row = self.layout, self.layout.states_row
        elements = layout.plan.sample.elements
        lines = max((ceil(len(title) / _HEADING) for title, _ in layout.states), default=1)
        self.sheet.set_row(row, _LINE * lines + 2)
        for g, (title, group) in enumerate(layout.states):
            at = 3 * g
            self.sheet.merge_range(row, at, row, at + 1, "", self.style.heading)
            self.sheet.write_string(row, at, title, self.style.heading)
            for column in group:
                place = layout.state_cells[column.scalars[0]]
                self.sheet.write_string(place[0], at, column.header, self.style.label)
                self.sheet.write_number(*place, elements[column.scalars[0]], self.style.yours)

    def _examples(self) -> None:
        layout, row = self.layout, self.layout.examples_row
        if not layout.data:
            return
        self._section(row, self.say("workbook.examples"), layout.across + 1)
        sample = layout.plan.sample
        for k, (role, column, name) in enumerate(layout.data):
            look = self.style.label if layout.is_tall else self.style.header("#eeeeee")
            self.sheet.write_string(*layout.example(-1, k), name, look)
            table = sample.x if role is Role.INPUT else sample.t
            is_fixed = role is Role.INPUT and column in layout.plan.integer_columns
            look = self.style.fixed if is_fixed else self.style.yours
            for n, numbers in enumerate(table):
                self.sheet.write_number(*layout.example(n, k), numbers[column], look)
        for n in range(sample.examples):
            self.sheet.write_number(*layout.example(n, -1), n + 1, self.style.whole)
