"""Equations of a layer that is unrolled in time, folded: one line for all steps, one sum over time; nothing else is told here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import pairwise
from typing import Any

from symprop.notation.formula import Chain, Entry, Formula, Sum, Summation, Symbol
from symprop.notation.looks import verbatim
from symprop.notation.names import Names
from symprop.views.tree import map_parts

TIME = "tau"
LEAST = 2  # terms or steps that are worth folding
_NUMBERS = re.compile(r"[0-9]+")


@dataclass
class Folder:
    """Folds over time; `looks` gathers the LaTeX of the names at any step, such as ``h3_tau-1``, that it makes."""

    names: Names
    looks: dict[str, str] = field(default_factory=dict)

    def steps(self, chains: Sequence[Chain]) -> list[Chain]:
        """The equations of consecutive steps: one for as many as are alike, before or after it those that are not."""
        for first, last in ((0, len(chains)), (0, len(chains) - 1), (1, len(chains)), (1, len(chains) - 1)):
            if last - first >= LEAST:
                alike = self.folded(chains[first:last])
                if alike is not None:
                    return [*chains[:first], alike, *chains[last:]]
        return list(chains)

    def folded(self, items: Sequence[Any]) -> Any:
        """What several formulas, or chains, are at any step; None where they differ in more than the step."""
        return _Fold(self, len(items)).of(tuple(items))

    def sums(self, formula: Formula) -> Formula:
        """The formula with terms that differ in the step alone as one sum over time."""
        if not isinstance(formula, Sum):
            return map_parts(formula, self.sums)
        groups: dict[str, list[Formula]] = {}
        for term in formula.terms:
            groups.setdefault(_NUMBERS.sub("#", repr(term)), []).append(term)
        terms: list[Formula] = []
        for group in groups.values():
            fold = _Fold(self, len(group))
            alike = fold.of(tuple(group)) if len(group) >= LEAST else None
            upper = len(group) if fold.first == 1 else None
            terms += group if alike is None else [Summation(TIME, upper, alike)]
        return terms[0] if len(terms) == 1 else replace(formula, terms=tuple(terms))

    def chain(self, chain: Chain) -> Chain:
        """The chain with sums over time."""
        return replace(chain, sides=tuple(map(self.sums, chain.sides)))


@dataclass
class _Fold:
    """One attempt: the first number that changes from item to item counts the steps, from `first`."""

    folder: Folder
    count: int
    first: int | None = None

    def of(self, items: tuple[Any, ...]) -> Any:
        """The common form of the items, None where there is none; a node's fields are folded one by one."""
        if all(item == items[0] for item in items):
            return items[0]
        if isinstance(items[0], str):
            return self._text(items, TIME)
        if len({type(item) for item in items}) > 1:
            return None
        if isinstance(items[0], tuple):
            return self._tuple(items)
        if not is_dataclass(items[0]):
            return None
        if isinstance(items[0], Symbol | Entry):
            return self._named(items)
        return self._node(items)

    def _tuple(self, items: tuple[Any, ...]) -> Any:
        if len({len(item) for item in items}) > 1:
            return None
        parts = [self.of(part) for part in zip(*items, strict=True)]
        return None if any(part is None for part in parts) else tuple(parts)

    def _node(self, items: tuple[Any, ...]) -> Any:
        found = {}
        for f in fields(items[0]):
            values = tuple(getattr(item, f.name) for item in items)
            part = self.of(values)
            if part is None and any(value is not None for value in values):
                return None
            found[f.name] = part
        return replace(items[0], **found)

    def _named(self, items: tuple[Any, ...]) -> Any:
        """A quantity's name at any step, whose look is what the looks have in common."""
        names = tuple(item.name if isinstance(item, Symbol) else item.tensor for item in items)
        name = self.of(names)
        if name is None:
            return None
        if len(set(names)) > 1:
            looks = tuple(self.folder.looks.get(n) or self.folder.names.look(n) or verbatim(n).latex() for n in names)
            self.folder.looks[name] = self._text(looks, rf"\{TIME}") or verbatim(name).latex()
        if isinstance(items[0], Symbol):
            return Symbol(name)
        indices = self.of(tuple(item.indices for item in items))
        return None if indices is None else Entry(name, indices)

    def _text(self, texts: tuple[str, ...], time: str) -> str | None:
        """Texts that are alike but for numbers, each the same everywhere or the step plus a constant."""
        if len({_NUMBERS.sub("#", text) for text in texts}) > 1:
            return None
        columns = list(zip(*(map(int, _NUMBERS.findall(text)) for text in texts), strict=True))
        numbers = [self._number(column, time) for column in columns]
        if None in numbers:
            return None
        waiting = iter(numbers)
        return _NUMBERS.sub(lambda _: str(next(waiting)), texts[0])

    def _number(self, column: tuple[int, ...], time: str) -> str | None:
        if len(set(column)) == 1:
            return str(column[0])
        if any(after - before != 1 for before, after in pairwise(column)):
            return None
        if self.first is None:
            self.first = column[0]
        shift = column[0] - self.first
        return f"{time}{shift:+d}" if shift else time
