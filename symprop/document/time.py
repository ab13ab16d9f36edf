"""Formulas of a layer that is unrolled in time, folded: one line for steps alike, one sum over time; nothing else is told here.

What is folded is what layers declared to be of one step, which tensors hold as their moment. A number in a formula is
taken for the step nowhere else, and becomes ``τ`` only beside such a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, NamedTuple

from symprop.ir.tensor import Moment
from symprop.notation.formula import Chain, Entry, Formula, Sum, Summation, Symbol
from symprop.notation.looks import verbatim
from symprop.notation.names import Names
from symprop.views.tree import map_parts, walk

_NUMBERS = re.compile(r"[0-9]+")


class Run(NamedTuple):
    """What holds at the steps from `first` to `last`: at any of them where they are several, else as it stands."""

    item: Any
    first: int
    last: int

    @property
    def folded(self) -> bool:
        """Whether it stands for several steps."""
        return self.last > self.first


class _Differ(Exception):
    """Two formulas are not the same but for the step."""


@dataclass
class Folder:
    """Folds over time, `letter` being any step; `looks` gathers the LaTeX of the names, such as ``h3_tau-1``, that it makes."""

    names: Names
    letter: str = "tau"
    looks: dict[str, str] = field(default_factory=dict)

    def runs(self, items: Iterable[tuple[int, Any]]) -> list[Run]:
        """Formulas, chains, or tuples of them, each with its step, in order: what is alike at consecutive steps once."""
        found: list[Run] = []
        before: Any = None
        for step, item in sorted(items, key=_step):
            common = self._common(before, item, step - 1) if found and found[-1].last == step - 1 else None
            if common is not None and common == (found[-1].item if found[-1].folded else common):
                found[-1] = Run(common, found[-1].first, step)
            else:
                found.append(Run(item, step, step))
            before = item
        return found

    def once(self, names: Iterable[str]) -> list[str]:
        """The names, in order, those of one quantity at several steps as its name at any step."""
        families: dict[str, list[tuple[int, Symbol]]] = {}
        for name in names:
            moment = self._moment(name)
            step, series = (0, name) if moment is None else (moment.step, moment.series)
            families.setdefault(series, []).append((step, Symbol(name)))
        return [run.item.name for family in families.values() for run in self.runs(family)]

    def sums(self, formula: Formula) -> Formula:
        """The formula with terms that differ in the step alone as one sum over time."""
        if not isinstance(formula, Sum):
            return map_parts(formula, self.sums)
        groups: dict[Any, list[tuple[int, Formula]]] = {}
        for position, term in enumerate(formula.terms):
            step = self._step_of(term)
            key = position if step is None else self._without_steps(term)
            groups.setdefault(key, []).append((step or 0, term))
        terms = tuple(self._summed(run) for group in groups.values() for run in self.runs(group))
        return terms[0] if len(terms) == 1 else replace(formula, terms=terms)

    def chain(self, chain: Chain) -> Chain:
        """The chain with sums over time."""
        return replace(chain, sides=tuple(map(self.sums, chain.sides)))

    def _summed(self, run: Run) -> Formula:
        return Summation(self.letter, run.last, run.item, run.first) if run.folded else self.sums(run.item)

    def _moment(self, name: str) -> Moment | None:
        tensor = self.names.tensors.get(name)
        return None if tensor is None else tensor.moment

    def _step_of(self, term: Formula) -> int | None:
        """The step of the first quantity that has one; none where a step is summed over within."""
        if self._binds(term):
            return None
        moments = (self._moment(part.name if isinstance(part, Symbol) else part.tensor) for part in _leaves(term))
        return next((moment.step for moment in moments if moment is not None), None)

    def _without_steps(self, formula: Formula) -> Formula:
        """What terms of one sum over time have in common: quantities by their series, and numbers left out."""
        match formula:
            case Symbol(name):
                return Symbol(self._series(name))
            case Entry(tensor, indices):
                return Entry(self._series(tensor), tuple("#" if i.isdecimal() else i for i in indices))
        return map_parts(formula, self._without_steps)

    def _series(self, name: str) -> str:
        moment = self._moment(name)
        return name if moment is None else f"{moment.series}_#"

    def _binds(self, item: Any) -> bool:
        """Whether a sum over steps stands in a formula, in a chain, or in one of several."""
        if isinstance(item, tuple):
            return any(map(self._binds, item))
        return item is not None and any(isinstance(p, Summation) and p.index == self.letter for p in walk(item))

    def _common(self, one: Any, other: Any, step: int) -> Any:
        """What stands for `one` at `step` and for `other` at the next, with the letter for the step; None if nothing does."""
        if self._binds((one, other)):
            return None
        try:
            return self._alike(one, other, step)
        except _Differ:
            return None

    def _alike(self, one: Any, other: Any, step: int) -> Any:
        if one == other:
            return one
        match one, other:
            case Symbol(a), Symbol(b):
                return Symbol(self._name(a, b, step))
            case Entry(a, places), Entry(b, others) if len(places) == len(others):
                pairs = zip(places, others, strict=True)
                return Entry(self._name(a, b, step), tuple(self._place(p, q, step) for p, q in pairs))
            case tuple(), tuple() if len(one) == len(other):
                return tuple(self._alike(a, b, step) for a, b in zip(one, other, strict=True))
        if type(one) is not type(other) or not is_dataclass(one) or isinstance(one, type):
            raise _Differ
        parts = {f.name: self._alike(getattr(one, f.name), getattr(other, f.name), step) for f in fields(one)}
        return replace(one, **parts)

    def _name(self, one: str, other: str, step: int) -> str:
        """The name of a series at any step, whose look is what the looks at two steps have in common."""
        if one == other:
            return one
        a, b = self._moment(one), self._moment(other)
        if a is None or b is None or (b.series, b.step) != (a.series, a.step + 1):
            raise _Differ
        name = f"{a.series}_{_counted(self.letter, a.step - step)}"
        looks = [self.names.look(each) or verbatim(each).latex() for each in (one, other)]
        self.looks.setdefault(name, self._look(looks, step) or verbatim(name).latex())
        return name

    def _place(self, one: str, other: str, step: int) -> str:
        if one == other:
            return one
        if not (one.isdecimal() and other.isdecimal() and int(other) == int(one) + 1):
            raise _Differ
        return _counted(self.letter, int(one) - step)

    def _look(self, looks: list[str], step: int) -> str | None:
        """The look at any step: a number that grows by one from this step to the next counts the steps."""
        if len({_NUMBERS.sub("#", look) for look in looks}) > 1:
            return None
        pairs = list(zip(*(map(int, _NUMBERS.findall(look)) for look in looks), strict=True))
        if any(b - a not in (0, 1) for a, b in pairs):
            return None
        numbers = iter([str(a) if a == b else _counted(rf"\{self.letter}", a - step) for a, b in pairs])
        return _NUMBERS.sub(lambda _: next(numbers), looks[0])


def _counted(letter: str, shift: int) -> str:
    return f"{letter}{shift:+d}" if shift else letter


def _step(pair: tuple[int, Any]) -> int:
    return pair[0]


def _leaves(formula: Formula) -> Iterator[Symbol | Entry]:
    return (part for part in walk(formula) if isinstance(part, Symbol | Entry))
