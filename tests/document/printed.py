"""Evaluates what a document prints over whole tensors, as it stands on the page, at one random point.

A derivative of the loss is a central difference of the forward equations at 50 digits; nothing that was derived tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import sympy

from symprop.derivation.differences import difference_step, tail_of
from symprop.derivation.known import as_numbers
from symprop.derivation.point import draw_point, with_integers
from symprop.derivation.step import Derivation as Derived
from symprop.document.blocks import Document, Equations, Pairs
from symprop.face import Derivation
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.evaluate import reduced
from symprop.ir.nodes import Reduction
from symprop.ir.tensor import Tensor
from symprop.lowering.step import training_step
from symprop.notation.formula import WHOLE, Chain, Entry, Fold, Formula, Number, Partial, Sum, Summation, Symbol
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.optimizers import OPTIMIZERS
from symprop.scalar.decimals import decimals
from symprop.scalar.function import X
from symprop.scalar.numeric import Arithmetic
from symprop.views.evaluate import Setting, place
from symprop.views.index import IndexView
from symprop.views.tree import map_parts

Array = Any
DIGITS = 50
CLOSE = 1e-11  # formulas print measured constants to the digits of a float64
MOST_PLACES = 5  # of a line with indices
TIMES = ("tau", "theta", "xi", "zeta")


@dataclass(frozen=True)
class Slope:
    """A function's derivative, for what is printed as ``σ'(z)``."""

    of: Any

    def definition(self, x: Any) -> Any:
        return sympy.diff(self.of(X), X).subs(X, x)


class PageSetting(Setting):
    """What names stand for on the page: tensors, and derivatives of the loss, which differences give."""

    def functions(self) -> Mapping[str, Any]:
        known = {**ACTIVATIONS, **super().functions(), "tanh": sympy.tanh, "sin": sympy.sin}
        slopes = {f"{name}'": Slope(function) for name, function in known.items()}
        return {**super().functions(), **slopes}


class Page:
    """A derivation at a point."""

    def __init__(self, derivation: Derivation, arithmetic: Arithmetic, seed: int = 0) -> None:
        self.arithmetic, random = arithmetic, Random(seed)
        self.core: Derived = with_integers(derivation.core, random)
        self.forward, self.random = self.core.forward, random
        self.index = IndexView(self.core)
        step = training_step(self.core, OPTIMIZERS["sgd"])
        point = draw_point(self.forward, random)
        self.given = {name: as_numbers(array, arithmetic) for name, array in point.values.items()}
        eta = {step.learning_rate: as_numbers(np.array(1) / 2, arithmetic)}
        self.program = step.program
        self.known = evaluate_arrays(self.program, {**self.given, **eta}, arithmetic)
        self._differences: dict[str, Array] = {}

    def difference(self, name: str) -> Array:
        """``∂loss/∂name`` for every element, by moving it alone."""
        if name not in self._differences:
            self._differences[name] = self._differenced(self.forward.tensors[name])
        return self._differences[name]

    def _differenced(self, tensor: Tensor) -> Array:
        step = self.arithmetic.given(difference_step(DIGITS))
        tail = tail_of(self.forward.equations, tensor.name)
        found = np.empty(tensor.extents, dtype=object)
        for position in np.ndindex(*tensor.extents):
            ends = []
            for move in (step, -step):
                moved = self.known[tensor.name].copy()
                moved[position] = moved[position] + move
                after = evaluate_arrays(self.forward, {**self.known, tensor.name: moved}, self.arithmetic, tail)
                ends.append(after[self.forward.loss].item())
            found[position] = (ends[0] - ends[1]) / (2 * step)
        return found

    def value(self, formula: Formula, at: Mapping[str, int], extents: Mapping[str, int] | None = None) -> Array:
        """A side's value; `extents` says how far the letters run that a maximum or a logsumexp is taken over."""
        if isinstance(formula, Fold) and formula.indices:
            places = np.ndindex(*(extents[letter] for letter in formula.indices)) if extents else ()
            found = (
                self.value(operand, {**at, **{n: p + 1 for n, p in zip(formula.indices, position, strict=True)}})
                for position in places
                for operand in formula.operands
            )
            return reduced(formula.kind, list(found), self.arithmetic)
        plain = self._without_partials(formula)
        known = {**self.known, **{_partial_name(name): array for name, array in self._differences.items()}}
        return PageSetting(_Named(self.program, self._differences), known, self.arithmetic).value(plain, at)

    def elements(self, derivation: Derivation) -> Setting:
        """A setting in which symbols name elements."""

        def scalar(name: str) -> Any:
            found = derivation.scalars.place(name)
            assert found is not None, name
            return self.known[found[0].name][found[1]]

        return Setting(self.program, self.known, self.arithmetic, scalar)

    def extents(self, side: Formula) -> dict[str, int]:
        """How far the letters of a line run, by its left side."""
        inner = side.wrt if isinstance(side, Partial) else side
        name = inner.name if isinstance(inner, Symbol) else inner.tensor if isinstance(inner, Entry) else ""
        equation = self.index.readable(self.core.adjoint(name) if isinstance(side, Partial) else name)
        over = equation.value.over if isinstance(equation.value, Reduction) else ()
        return {index.name: index.extent for index in (*equation.target.free, *over)}

    def _without_partials(self, formula: Formula) -> Formula:
        """Each derivative of the loss as an access to the array of differences."""
        if isinstance(formula, Partial):
            assert formula.of == Symbol(self.forward.loss), formula
            assert not formula.direct
            wrt = formula.wrt
            name = wrt.name if isinstance(wrt, Symbol) else wrt.tensor if isinstance(wrt, Entry) else ""
            self.difference(name)
            return Entry(_partial_name(name), wrt.indices) if isinstance(wrt, Entry) else Symbol(_partial_name(name))
        return map_parts(formula, self._without_partials)

    def target(self, side: Formula) -> tuple[Tensor, tuple[str, ...], Array]:
        """What a left side names: the tensor, the places that it names, and the array of its values."""
        inner = side.wrt if isinstance(side, Partial) else side
        name = inner.name if isinstance(inner, Symbol) else inner.tensor if isinstance(inner, Entry) else ""
        array = self.difference(name) if isinstance(side, Partial) else self.known[name]
        return self.program.tensors[name], inner.indices if isinstance(inner, Entry) else (), array


class _Named:
    """A program with the arrays of differences among its tensors, which have the axes of what they are differences by."""

    def __init__(self, program: Any, differences: Mapping[str, Array]) -> None:
        self.equations, self.integers = program.equations, program.integers
        moved = (replace(program.tensors[name], name=_partial_name(name)) for name in differences)
        self.tensors = {**program.tensors, **{tensor.name: tensor for tensor in moved}}


def _partial_name(name: str) -> str:
    return f"partial by {name}"


@contextmanager
def page(derivation: Derivation, seed: int = 0) -> Iterator[Page]:
    with decimals(DIGITS) as arithmetic:
        yield Page(derivation, arithmetic, seed)


def whole_chains(document: Document, *prefixes: str) -> Iterator[tuple[str, Chain, bool]]:
    """The chains over whole tensors, with the block's name, and whether they are in matrix form."""
    for block in document.blocks:
        if isinstance(block, Pairs):
            for by_index, by_matrix in block.pairs:
                yield block.id, by_index, False
                if by_matrix is not None:
                    yield block.id, by_matrix, True
        elif isinstance(block, Equations) and block.id.startswith(prefixes):
            yield from ((block.id, chain, block.id.startswith("matrix")) for chain in block.chains)


def errors(on: Page, chain: Chain, *, matrix: bool) -> Iterator[float]:
    """How far the sides of a chain are apart, where each of them is evaluated as it is printed."""
    if chain.relation == "+=":
        yield from _scattered(on, chain)
        return
    tensor, labels, array = on.target(chain.sides[0])
    axes = _axes(tensor, labels) if matrix else list(range(len(labels)))
    named = [(axis, label) for axis, label in zip(axes, (n for n in labels if n != WHOLE), strict=True)]
    letters = {label: tensor.extents[axis] for axis, label in named if not label.isdigit()}
    extents = {} if matrix else on.extents(chain.sides[0])
    for position in _places(on, letters.values()):
        at = {label: p + 1 for label, p in zip(letters, position, strict=True)}
        chosen = {axis: place(label, at, {}) for axis, label in named}
        part = array[tuple(chosen.get(axis, slice(None)) for axis in range(len(tensor.extents)))]
        for side in chain.sides:
            value = on.value(side, at, extents)
            # A number alone on a side is that number everywhere.
            yield _apart(np.full_like(part, value) if isinstance(side, Number) and np.size(part) > 1 else value, part)


def _scattered(on: Page, chain: Chain) -> Iterator[float]:
    """A line that adds up, from 0, into the element that its left side names."""
    tensor, labels, array = on.target(chain.sides[0])
    extents = on.extents(chain.sides[0])
    found = np.full(tensor.extents, on.arithmetic.rational(0, 1), dtype=object)
    for position in np.ndindex(*extents.values()):
        at = {name: p + 1 for name, p in zip(extents, position, strict=True)}
        where = tuple(place(label, at, on.program.integers) for label in labels)
        if all(0 <= p < extent for p, extent in zip(where, tensor.extents, strict=True)):
            found[where] = found[where] + on.value(chain.sides[-1], at)
    yield _apart(found, array)


def _axes(tensor: Tensor, labels: tuple[str, ...]) -> list[int]:
    """The axes that labels go by: by their places where the others are marked, else by their names."""
    if WHOLE in labels:
        return [axis for axis, label in enumerate(labels) if label != WHOLE]
    names = [index.name for index in tensor.indices]
    known = [names.index(label) for label in labels if label in names]
    return known if len(known) == len(labels) else list(range(len(labels)))


def _places(on: Page, extents: Any) -> list[tuple[int, ...]]:
    every = list(np.ndindex(*extents))
    return every if len(every) <= MOST_PLACES else on.random.sample(every, MOST_PLACES)


def _apart(found: Array, expected: Array) -> float:
    """The largest difference relative to the largest number; infinite where the shapes differ."""
    left, right = np.ravel(found), np.ravel(expected)
    if left.size != right.size:
        return float("inf")
    scale = max(1.0, *(abs(float(number)) for number in right))
    return max(float(abs(a - b)) for a, b in zip(left, right, strict=True)) / scale


def steps(on: Page, chains: list[Chain]) -> Iterator[Chain]:
    """The lines at every step in time: one with a letter for it holds at each that has no line of its own."""
    last = max((t.moment.step for t in on.program.tensors.values() if t.moment is not None), default=0)
    own = {_left(chain.sides[0]) for chain in chains}
    for chain in chains:
        letter = next((letter for letter in TIMES if any(_speaks_of(side, letter) for side in chain.sides)), None)
        at_any = letter is not None and _speaks_of(chain.sides[0], letter)
        for step in range(1, last + 1) if at_any else [0]:
            sides = tuple(at_step(side, letter, step) for side in chain.sides) if letter else chain.sides
            left = _left(sides[0])
            if not at_any or (left[0] in on.program.tensors and left not in own):
                yield replace(chain, sides=sides)


def _left(side: Formula) -> tuple[str, tuple[str, ...]]:
    inner = side.wrt if isinstance(side, Partial) else side
    assert isinstance(inner, Symbol | Entry)
    return (inner.name, ()) if isinstance(inner, Symbol) else (inner.tensor, inner.indices)


def _speaks_of(formula: Formula, letter: str) -> bool:
    return re.search(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", repr(formula)) is not None


def at_step(formula: Any, letter: str, step: int) -> Any:
    """The formula with a number for any step in time, sums over it written out."""
    if isinstance(formula, Summation) and formula.index == letter:
        first, last = formula.first or 1, formula.upper
        assert last is not None
        return Sum(tuple(at_step(formula.body, letter, each) for each in range(first, last + 1)))
    if isinstance(formula, Symbol):
        return Symbol(_at(formula.name, letter, step))
    if isinstance(formula, Entry):
        return Entry(_at(formula.tensor, letter, step), tuple(_at(i, letter, step) for i in formula.indices))
    return map_parts(formula, lambda part: at_step(part, letter, step))


def _at(text: str, letter: str, step: int) -> str:
    return re.sub(rf"(?<![A-Za-z]){letter}(?:([+-])([0-9]+))?(?![A-Za-z])", lambda m: str(_moved(m, step)), text)


def _moved(found: re.Match[str], step: int) -> int:
    by = int(found[2] or 0)
    return step - by if found[1] == "-" else step + by
