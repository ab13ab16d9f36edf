"""One equation over whole tensors as it stands on the page: with indices, and as matrices where there is such a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from symprop.derivation.step import Derivation
from symprop.ir.names import index_letters
from symprop.ir.nodes import Reduction
from symprop.ir.tensor import BACKWARD
from symprop.notation.formula import Chain, Entry, Formula, Partial, Summation, Symbol
from symprop.views.delta import is_delta
from symprop.views.index import IndexView, Line
from symprop.views.matrix import MatrixView
from symprop.views.tree import map_parts, walk

_WORD = re.compile(r"[A-Za-z_]\w*")


class Pair(NamedTuple):
    """An equation with indices; the same as matrices, or None where no matrix form says it, or says it otherwise."""

    by_index: Chain
    by_matrix: Chain | None


def chain(core: Derivation, view: IndexView | MatrixView, name: Line, *, introduced: bool = True) -> Chain:
    """The equation of a name; an adjoint may be `introduced` as the derivative that it is. A scatter adds up.

    What is no equation of the program, but says the same to a reader, is all that there is at its place.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.plain import plain_chain
    >>> core = derive(NetworkSpec(3, [Dense(2)]).elaborate())
    >>> plain_chain(chain(core, IndexView(core), "dE_total_dW1"))
    'dE_total/dW1[j,k] = dE_total_dz1[j]*x[k]'
    """
    target = (core.program.by_name[name] if isinstance(name, str) else name).target
    formula, whole = view.formula(name), target.plain or not isinstance(name, str)
    tensor, primal = target.tensor.name, target.tensor.primal
    if target.tensor.role not in BACKWARD or primal is None:
        return Chain((view.target(name), formula), "=" if whole else "+=")
    partial: Formula = Partial(Symbol(core.forward.loss), view.labelled(core.program.tensors[primal], name))
    unnamed = tensor in core.gradients.values() and not is_delta(core.program, tensor)
    if not whole:
        return Chain((partial if unnamed else view.target(name), formula), "+=")
    if unnamed:
        return Chain((partial, formula))
    return Chain((view.target(name), *((partial,) if introduced else ()), formula))


class Lines:
    """The equations of a derivation in both forms."""

    def __init__(self, core: Derivation) -> None:
        self.core = core

    @cached_property
    def index(self) -> IndexView:
        """The derivation with indices."""
        return IndexView(self.core)

    @cached_property
    def matrix(self) -> MatrixView:
        """The derivation as matrices, for the equations that have such a form."""
        return MatrixView(self.core)

    def pair(self, name: Line) -> Pair:
        """One equation in both forms, an adjoint by its name alone."""
        by_index = chain(self.core, self.index, name, introduced=False)
        by_matrix = chain(self.core, self.matrix, name, introduced=False) if self.matrix.has(name) else None
        return self._told_apart(name, Pair(by_index, None if by_matrix == by_index else by_matrix))

    def _told_apart(self, name: Line, pair: Pair) -> Pair:
        """The line with another letter for a sum whose letter runs to another end elsewhere in it."""
        ends = {letter: max(extents) for letter, extents in self.extents(name).items()}
        lines = [line for line in pair if line is not None]
        letters = _Letters(ends, self.core.program.tensors.keys() | set().union(*map(letters_in, lines)))
        lettered = [replace(line, sides=tuple(map(letters.formula, line.sides))) for line in lines]
        return Pair(lettered[0], lettered[1] if pair.by_matrix is not None else None)

    def extents(self, name: Line) -> dict[str, set[int]]:
        """How far the letters of an equation run that stand on its left side, or under a maximum; a sum says it itself."""
        equation = self.index.readable(name)
        over = equation.value.over if isinstance(equation.value, Reduction) else ()
        found: dict[str, set[int]] = {}
        for index in (*equation.target.free, *over):
            found.setdefault(index.name, set()).add(index.extent)
        return found

    def lacks_matrix(self, name: Line) -> bool:
        """Whether an equation over tensors has no matrix form."""
        return not self.matrix.has(name)


@dataclass
class _Letters:
    """Gives each letter of a line one end, which `ends` has."""

    ends: dict[str, int]
    taken: set[str]
    others: dict[tuple[str, int], str] = field(default_factory=dict)

    def formula(self, formula: Formula) -> Formula:
        if not isinstance(formula, Summation) or formula.upper is None:
            return map_parts(formula, self.formula)
        letter = self._letter(formula.index, formula.upper)
        body = formula.body if letter == formula.index else _relettered(formula.body, formula.index, letter)
        return replace(formula, index=letter, body=self.formula(body))

    def _letter(self, letter: str, end: int) -> str:
        if self.ends.setdefault(letter, end) == end:
            return letter
        if (letter, end) not in self.others:
            fresh = next(other for other in index_letters() if other not in self.taken)
            self.taken.add(fresh)
            self.others[letter, end], self.ends[fresh] = fresh, end
        return self.others[letter, end]


def _relettered(formula: Formula, old: str, new: str) -> Formula:
    if isinstance(formula, Entry):
        return replace(formula, indices=tuple(re.sub(rf"\b{old}\b", new, text) for text in formula.indices))
    return map_parts(formula, lambda part: _relettered(part, old, new))


def letters_in(line: Chain) -> set[str]:
    """The letters that stand in the indices of a line, and below its sums.

    >>> sorted(letters_in(Chain((Entry("W", ("j", "2*p + u - 1")), Summation("k", 3, Symbol("x"))))))
    ['j', 'k', 'p', 'u']
    """
    parts = [part for side in line.sides for part in walk(side)]
    texts = (text for part in parts if isinstance(part, Entry) for text in part.indices)
    return {part.index for part in parts if isinstance(part, Summation)}.union(*map(_WORD.findall, texts))
