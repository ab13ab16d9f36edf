"""Which quantity a δ is the derivative by where its letter does not stand below it; which adjoints are δ is `views.delta`'s."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from symprop.document.subject import Subject
from symprop.document.time import Folder
from symprop.notation.apart import parts
from symprop.notation.formula import Symbol
from symprop.notation.names import Names
from symprop.prose.text import Math, Text

SUM = "z"  # what a weighted sum is called, and what is left out below its δ


class _Kind(NamedTuple):
    """A letter, what it is of the letter, such as a gate, and whether it has steps in time."""

    letter: str
    of: str
    steps: bool


def delta_note(subject: Subject, adjoints: Iterable[str], folder: Folder) -> Text:
    """Says of each kind of sum what its δ is, by the first one, and so of what a gate's δ could be taken for."""
    names = subject.training_names
    series: dict[_Kind, dict[str, list[tuple[str, str]]]] = {}
    for adjoint in adjoints:
        primal = names.tensors[adjoint].primal
        if primal is not None and (names.look(adjoint) or "").startswith(r"\delta"):
            kind, of_series = _kind(names, primal)
            series.setdefault(kind, {}).setdefault(of_series, []).append((adjoint, primal))
    gates = {kind.of for kind in series if kind.letter == SUM}
    told = [found for kind, found in series.items() if kind.letter == SUM or (not kind.of and kind.letter in gates)]
    if not gates:
        return ()
    pairs = [zip(*next(iter(found.values())), strict=True) for found in told]
    meanings = [
        subject.say("deltas.further" if position else "deltas.first", delta=delta, quantity=quantity)
        for position, (delta, quantity) in enumerate((Math(Symbol(folder.once(n)[0])) for n in pair) for pair in pairs)
    ]
    others = any(len(found) > 1 for found in told)
    key = "deltas.note_and_others" if others else "deltas.note"
    _, first = next(iter(told[0].values()))[0]
    return subject.say(key, letter=Math(Symbol(_letter(names, first))), meanings=subject.prose.listed(meanings))


def _letter(names: Names, primal: str) -> str:
    """The letter that a whole tensor of sums is printed with: its own, or that of the notation where it has another name."""
    return names.any(SUM) if primal in names.wholes else SUM


def _kind(names: Names, primal: str) -> tuple[_Kind, str]:
    """What kind of quantity it is, and its name without the step."""
    moment = names.tensors[primal].moment
    series = primal if moment is None else moment.series
    letter, _, of = parts(series)
    return _Kind(letter, of, moment is not None), series
