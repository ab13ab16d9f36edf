"""Undoes what documents fold over time, and works the lines out as they stand on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from random import Random
from typing import Any

import numpy as np

from symprop.derivation.known import as_numbers
from symprop.derivation.point import draw_point
from symprop.derivation.step import Derivation
from symprop.document.lines import letters_in
from symprop.document.ranges import Told
from symprop.ir.arrays import evaluate_arrays
from symprop.notation.formula import WHOLE, Chain, Entry, Formula, Partial, Sum, Summation, Symbol
from symprop.scalar.decimals import decimals
from symprop.views.evaluate import Setting, place
from symprop.views.tree import map_parts


def unfolded(formula: Formula, letter: str, step: int | None = None) -> Formula:
    """The formula with sums over steps written out, and with `step` for the letter where it stands outside of them."""
    match formula:
        case Summation(index, upper, body, first) if index == letter:
            assert upper is not None
            assert first is not None
            return Sum(tuple(unfolded(body, letter, each) for each in range(first, upper + 1)))
        case Symbol(name):
            return Symbol(_at(name, rf"(?<=_){letter}([+-][0-9]+)?$", step))
        case Entry(tensor, indices):
            places = tuple(_at(text, rf"^{letter}([+-][0-9]+)?$", step) for text in indices)
            return Entry(_at(tensor, rf"(?<=_){letter}([+-][0-9]+)?$", step), places)
    return map_parts(formula, lambda part: unfolded(part, letter, step))


def _at(text: str, pattern: str, step: int | None) -> str:
    if step is None:
        return text
    return re.sub(pattern, lambda found: str(step + int(found[1] or 0)), text)


def checked(core: Derivation, told: Told, letter: str, setting: Setting) -> int:
    """Holds a line, by index and as matrices, against the program at every step it speaks of; how many steps that is."""
    for step in range(told.run.first, told.run.last + 1):
        for chain in told.pair:
            if chain is not None:
                left, right = (unfolded(chain.sides[end], letter, step if told.run.folded else None) for end in (0, -1))
                _check(core, Chain((_named(core, left), right), chain.relation), told.extents, setting)
    return len(told.names)


def _named(core: Derivation, left: Formula) -> Formula:
    """A derivative by the name of its gradient."""
    if not isinstance(left, Partial):
        return left
    wrt = left.wrt
    return Entry(core.adjoint(wrt.tensor), wrt.indices) if isinstance(wrt, Entry) else Symbol(core.adjoint(wrt.name))


def _check(core: Derivation, chain: Chain, extents: Mapping[str, set[int]], setting: Setting) -> None:
    left, right = chain.sides
    letters = {letter: max(ends) for letter, ends in extents.items()}
    if chain.relation == "+=":  # every value once, of the letters that stand there: a matrix form has fewer
        letters = {letter: end for letter, end in letters.items() if letter in letters_in(Chain((left,)))}
    sums: dict[tuple[int | str, ...], Any] = {}
    for position in product(*(range(1, end + 1) for end in letters.values())):
        at = dict(zip(letters, position, strict=True))
        if chain.relation == "=":
            assert _near(setting, left, right, at)
            continue
        assert isinstance(left, Entry)
        where = tuple(text if text == WHOLE else place(text, at, {}) for text in left.indices)
        sums[where] = sums.get(where, 0) + setting.value(right, at)
    for where, total in sums.items():
        row = setting.known[left.tensor][tuple(slice(None) if p == WHOLE else p for p in where)]
        assert max(abs(each) for each in np.ravel(total) - np.ravel(row)) < 1e-30


def _near(setting: Setting, left: Formula, right: Formula, at: Mapping[str, int]) -> bool:
    difference = setting.value(left, at) - setting.value(right, at)
    return max(abs(each) for each in np.ravel(difference)) < 1e-30


@contextmanager
def setting_of(core: Derivation) -> Iterator[Setting]:
    """The program's values at a random point, to 40 digits."""
    with decimals(40) as arithmetic:
        point = draw_point(core.forward, Random(3))
        given = {name: as_numbers(array, arithmetic) for name, array in point.values.items()}
        yield Setting(core.program, evaluate_arrays(core.program, given, arithmetic), arithmetic)
