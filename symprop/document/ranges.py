"""How far the letters of printed lines run, line by line where they differ; what the lines say is `layerwise`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symprop.document.lines import Pair
from symprop.document.time import Run
from symprop.notation.formula import Entry, Fold, Formula, Partial, Summation, Symbol
from symprop.prose import Prose
from symprop.prose.text import Math, Text
from symprop.views.tree import walk

Ends = tuple[int, int]


@dataclass(frozen=True)
class Told:
    """A line as it is told: what it says of the tensors `names`, one for each step of the `run`.

    `extents` says how far the letters run that are free in it, `lacks_matrix` that it says what no matrix form does.
    """

    pair: Pair
    names: tuple[str, ...]
    run: Run
    extents: Mapping[str, set[int]]
    lacks_matrix: bool

    @property
    def left(self) -> Formula:
        """What the line is about, without its indices."""
        return _bare(self.pair.by_index.sides[0])


def ranges(prose: Prose, told: Sequence[Told], time: str) -> Text:
    """Up to where each letter counts; where it differs, with the lines that it is otherwise in.

    `time` is the letter for a step in time, which a line that holds for several is about.
    """
    found: dict[str, dict[Ends, list[Formula]]] = {}
    for line in told:
        for letter, ends in dict.fromkeys(_ends(line, time)):
            found.setdefault(letter, {}).setdefault(ends, []).append(line.left)
    letters = [_range(prose, letter, groups) for letter, groups in found.items()]
    indices = prose.say("ranges.indices", letters=prose.listed(letters)) if letters else ()
    step = Math(Symbol(time))
    if time in found:
        return prose.sentences_of(indices, prose.say("ranges.steps", letter=step))
    summed = any(part.index == time for line in told for part in _sums(line))
    return prose.sentences_of(indices, prose.say("ranges.time", letter=step) if summed else ())


def _ends(line: Told, time: str) -> Iterator[tuple[str, Ends]]:
    """Every letter of a line with its ends."""
    if line.run.folded:
        yield time, (line.run.first, line.run.last)
    for letter, extents in line.extents.items():
        for extent in extents:
            yield letter, (1, extent)
    for part in _parts(line):
        if isinstance(part, Summation) and part.upper is not None and part.index != time:
            yield part.index, (1, part.upper)
        elif isinstance(part, Fold):
            yield from ((letter, (1, upper)) for letter, upper in zip(part.indices, part.uppers, strict=True))


def _sums(line: Told) -> Iterator[Summation]:
    return (part for part in _parts(line) if isinstance(part, Summation))


def _parts(line: Told) -> Iterator[Formula]:
    sides = (side for chain in line.pair if chain is not None for side in chain.sides)
    return (part for side in sides for part in walk(side))


def _range(prose: Prose, letter: str, groups: Mapping[Ends, list[Formula]]) -> Text:
    """``j to 3 (in z to 4)``: the commonest ends, and behind them the lines that have others."""
    (first, _), *others = sorted(groups.items(), key=lambda item: -len(item[1]))
    symbol, common = Math(Symbol(letter)), _end(prose, first)
    if not others:
        return prose.say("ranges.letter", letter=symbol, ends=common)
    exceptions = [
        prose.say("ranges.exception", ends=_end(prose, ends), lines=prose.listed(list(map(Math, dict.fromkeys(lines)))))
        for ends, lines in others
    ]
    say, behind = prose.say, prose.clauses(exceptions)
    return say("ranges.letter_with_exceptions", letter=symbol, ends=common, exceptions=behind)


def _end(prose: Prose, ends: Ends) -> Text:
    first, last = ends
    return prose.say("ranges.to", last=last) if first == 1 else prose.say("ranges.from_to", first=first, last=last)


def _bare(formula: Any) -> Formula:
    """A left side without indices."""
    match formula:
        case Entry(tensor, _):
            return Symbol(tensor)
        case Partial(of, wrt, direct):
            return Partial(_bare(of), _bare(wrt), direct)
    found: Formula = formula
    return found
