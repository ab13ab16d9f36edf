"""Holds the three views of every gradient against its equation, each evaluated as it is printed; differences are `verify`'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from math import inf, prod
from random import Random
from typing import Any

import numpy as np
import sympy

from symprop.derivation.known import Known, first_known
from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element
from symprop.derivation.verify import check_work, relative_error
from symprop.errors import BudgetError, InternalError, UnsupportedError
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.program import needed
from symprop.ir.tensor import Access
from symprop.notation.formula import WHOLE, Entry, Formula
from symprop.notation.names import Names
from symprop.scalar.decimals import decimals
from symprop.scalar.function import define
from symprop.views.convert import is_rounded
from symprop.views.delta import adjoints_by_name
from symprop.views.evaluate import Setting, place
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView

Array = Any
_Compared = tuple[str, Array, Array]  # where, and the two values there

FORMS = ("index", "matrix", "scalar")
# Of a larger tensor, so many entries are drawn at random.
MOST_ENTRIES = 6
MOST_TERMS = 20_000  # of a sum that is worked out as it is printed
_TOO_LONG = "its sums are too long to be worked out one term at a time"


@dataclass(frozen=True)
class Agreement:
    """How one view of one quantity's equation compares: `checked` of its entries, and the worst error.

    `entry` names the worst. Where there is nothing to compare, nothing was checked and `why` says so. What has measured
    constants prints them `rounded`, to the digits of a float64, and agrees no further. `forward` is said of a quantity's own
    equation, else it is the gradient's by the quantity.
    """

    quantity: str
    form: str
    checked: int = 0
    error: float = 0.0
    entry: str = ""
    why: str = ""
    rounded: bool = False
    forward: bool = False


def compare_views(
    derivation: Derivation, names: Names, *, digits: int = 50, seed: int = 0, first: Known | None = None
) -> tuple[Agreement, ...]:
    """Evaluates the index, matrix and scalar formula of each gradient, and of each adjoint that they name, at one point.

    The forward equations come first, by index and as matrices where they have such a form.
    They are compared with what the equation gives there, so they agree with one another. What is known at the `first`
    point of the seed may be given. Raises BudgetError for a network too large, UnsupportedError where no point is found.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.packs import names_for
    >>> net = NetworkSpec(3, [Dense(2)]).elaborate()
    >>> [(f.quantity, f.form, f.error < 1e-40) for f in compare_views(derive(net), names_for(net)) if not f.forward][:3]
    [('dE_total_dz1', 'index', True), ('dE_total_dz1', 'matrix', True), ('W1', 'index', True)]
    """
    check_work(derivation)
    known = first_known(derivation, digits, seed) if first is None else first
    with decimals(digits) as arithmetic:
        setting = Setting(known.derivation.program, known.values, arithmetic)
        return tuple(_Comparison(known.derivation, names, setting, copy(known.random)).agreements())


class _Comparison:
    def __init__(self, derivation: Derivation, names: Names, setting: Setting, random: Random) -> None:
        self.derivation, self.names, self.setting, self.random = derivation, names, setting, random
        self.program = derivation.program
        self.index, self.matrix = IndexView(derivation), MatrixView(derivation)
        self.scalars = ScalarView(derivation, names)
        values = (e.value for e in self.program.equations if isinstance(e.value, Elementwise))
        numbers = (n for value in values for factor in value.factors for n in define(factor).atoms(sympy.Number))
        self.rounded = any(is_rounded(abs(number)) for number in numbers)

    def agreements(self) -> Iterator[Agreement]:
        gradients = self.derivation.gradients
        if not any(tensor.indices for tensor in self.program.tensors.values()):
            for quantity, name in gradients.items():
                yield from (Agreement(quantity, form, why=f"single numbers have no {form} form") for form in FORMS[:2])
                yield self._guarded(quantity, name, "scalar")
            return
        yield from self._forward()
        for name in adjoints_by_name(self.program, gradients.values()):
            if name in self.setting.known:
                yield self._guarded(name, name, "index")
                yield self._guarded(name, name, "matrix")
        for quantity, name in gradients.items():
            yield from (self._guarded(quantity, name, form) for form in FORMS)

    def _forward(self) -> Iterator[Agreement]:
        for name in (equation.name for equation in self.derivation.forward.equations):
            if name in self.setting.known:
                for form in ("index", "matrix") if self.matrix.has(name) else ("index",):
                    yield replace(self._guarded(name, name, form), forward=True)

    def _guarded(self, quantity: str, name: str, form: str) -> Agreement:
        """One view's agreement; what has no such view, or is too large, is not compared."""
        compare = {"index": self._by_index, "matrix": self._by_matrix, "scalar": self._by_element}[form]
        try:
            return self._worst(quantity, form, list(compare(name)), self._scale(name))
        except (UnsupportedError, BudgetError) as error:
            return Agreement(quantity, form, why=error.what)
        except InternalError as error:  # of shapes that do not fit
            return Agreement(quantity, form, 1, inf, quantity, error.what)

    def _scale(self, name: str) -> Any:
        """The largest number of those that the equation is about, or the loss: what is 0 but for rounding is far below it."""
        tensors = [access.tensor.name for access in self.program.by_name[name].value.accesses]
        return max(np.abs(np.ravel(self.setting.known[tensor])).max() for tensor in (*tensors, name, self.program.loss))

    def _worst(self, quantity: str, form: str, found: Sequence[_Compared], scale: Any) -> Agreement:
        errors = {where: _largest_error(left, right, scale) for where, left, right in found}
        worst = max(errors, key=lambda where: errors[where])
        count = sum(np.size(right) for _, _, right in found)
        return Agreement(quantity, form, count, errors[worst], quantity + worst, rounded=self.rounded)

    def _positions(self, extents: Sequence[int]) -> list[Element]:
        """All positions, or some drawn at random."""
        count = prod(extents)
        chosen = range(count) if count <= MOST_ENTRIES else sorted(self.random.sample(range(count), MOST_ENTRIES))
        return [tuple(int(p) for p in np.unravel_index(offset, extents)) if extents else () for offset in chosen]

    def _by_index(self, name: str) -> Iterator[_Compared]:
        access, tensor = self.index.readable(name).target, self.program.tensors[name]
        formula, target = self.index.formula(name), self.index.target(name)
        for position in self._positions(tensor.extents):
            places = [position] if access.plain else self._adding(target, access, position)
            _check_terms(len(places) * self._longest(name))
            total = self.setting.arithmetic.rational(0, 1)
            for numbers in places:
                at = {index.name: int(p) + 1 for index, p in zip(access.free, numbers, strict=True)}
                total += self.setting.value(formula, at)
            yield _numbered(position), total, self.setting.known[name][position]

    def _adding(self, target: Formula, access: Access, position: Element) -> Array:
        """The places of a scatter's indices that add to one entry."""
        assert isinstance(target, Entry)
        grid = np.indices([index.extent for index in access.free])
        at = {index.name: numbers + 1 for index, numbers in zip(access.free, grid, strict=True)}
        places = (place(text, at, self.program.integers) == p for text, p in zip(target.indices, position, strict=True))
        found = [np.broadcast_to(here, grid.shape[1:]) for here in places]  # a place may be the same for all
        return np.argwhere(np.logical_and.reduce(found))

    def _longest(self, name: str) -> int:
        """How many terms it takes to work out one entry of an equation, what is written out in it included."""
        value = self.program.by_name[name].value
        if isinstance(value, SumOfProducts):
            return sum(prod(index.extent for index in term.over) for term in value.terms)
        return prod(index.extent for index in value.over) if isinstance(value, Reduction) else 1

    def _by_matrix(self, name: str) -> Iterator[_Compared]:
        """Both sides as they are printed, under some positions of the axes that go by name; around a row there are zeros."""
        formula, target = self.matrix.formula(name), self.matrix.target(name)
        tensor = self.program.tensors[name]
        labels = target.indices if isinstance(target, Entry) else ()
        fixed = tuple(int(label) - 1 if label.isdecimal() else slice(None) for label in labels)
        letters = {
            label: extent
            for label, extent, place in zip(labels, tensor.extents, fixed, strict=False)
            if label != WHOLE and isinstance(place, slice)
        }
        for named in self._positions(list(letters.values())):
            at = {letter: p + 1 for letter, p in zip(letters, named, strict=True)}
            where = _listed(str(at.get(label, label)) for label in labels)
            yield where, self.setting.value(formula, at), self.setting.value(target, at)
        if any(isinstance(place, int) for place in fixed):
            around = self.setting.known[name].copy()
            around[fixed] = self.setting.arithmetic.rational(0, 1)
            yield "", np.zeros_like(around), around

    def _by_element(self, name: str) -> Iterator[_Compared]:
        primal = self.program.tensors[self.program.tensors[name].primal or name]
        setting = Setting(self.program, self.setting.known, self.setting.arithmetic, self._scalar)
        if max(self._longest(e.name) for e in needed(self.program.equations, [name])) > MOST_TERMS:
            raise BudgetError(_TOO_LONG)
        for position in self._positions(primal.extents):
            identifier = self.names.element(primal.name, position, primal.extents)
            right = self.setting.known[name][position]
            yield _numbered(position), setting.value(self.scalars.formula(identifier)), right

    def _scalar(self, name: str) -> Any:
        found = self.scalars.place(name)
        if found is None:
            raise InternalError(f"'{name}' names no quantity")
        return self.setting.known[found[0].name][found[1]]


def _check_terms(count: int) -> None:
    if count > MOST_TERMS:
        raise BudgetError(_TOO_LONG)


def _numbered(position: Element) -> str:
    return _listed(str(p + 1) for p in position)


def _listed(places: Iterable[str]) -> str:
    """Where a value stands in its tensor, counted from 1; nothing for a whole one."""
    text = ",".join(places)
    return f"[{text}]" if text else ""


def _largest_error(left: Any, right: Any, scale: Any) -> float:
    """The largest error among the entries; infinite where the shapes differ. A 0 alone stands for one of any shape."""
    if np.ndim(left) == 0 and left == 0:
        left = np.full(np.shape(right), left)
    if np.shape(left) != np.shape(right):
        return inf
    pairs = zip(np.ravel(left), np.ravel(right), strict=True)
    return max((relative_error(a, b, scale) for a, b in pairs), default=0.0)
