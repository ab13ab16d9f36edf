"""The form that loops are written in, between equations and code: loops, guards, assignments; no language, no choices here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

Expression = Any


@dataclass(frozen=True)
class Whole:
    """An integer: factors times loop variables and elements of integer arrays, plus an offset."""

    terms: tuple[tuple[int, str | Place], ...] = ()
    offset: int = 0

    @property
    def variables(self) -> frozenset[str]:
        """The loop variables, those in the places of gathered elements included."""
        return frozenset(name for _, atom in self.terms for name in _variables(atom))

    def factor(self, variable: str) -> int:
        """What the variable is multiplied by; 0 where it does not stand, or only inside a gathered element."""
        return sum(factor for factor, atom in self.terms if atom == variable)

    def without(self, variable: str) -> Whole:
        return Whole(tuple(term for term in self.terms if term[1] != variable), self.offset)

    def plus(self, number: int) -> Whole:
        return Whole(self.terms, self.offset + number)

    def times(self, number: int) -> Whole:
        return Whole(tuple((number * factor, atom) for factor, atom in self.terms), number * self.offset)

    def rename(self, names: Mapping[str, str]) -> Whole:
        return Whole(tuple((factor, _renamed(atom, names)) for factor, atom in self.terms), self.offset)


def _variables(atom: str | Place) -> Iterator[str]:
    if isinstance(atom, str):
        yield atom
    else:
        yield from (name for whole in atom.indices for name in whole.variables)


def _renamed(atom: str | Place, names: Mapping[str, str]) -> str | Place:
    return names.get(atom, atom) if isinstance(atom, str) else atom.rename(names)


def variable(name: str) -> Whole:
    """The loop variable as an integer."""
    return Whole(((1, name),))


@dataclass(frozen=True)
class Place:
    """An element of an array, or a number of its own where there are no indices."""

    name: str
    indices: tuple[Whole, ...] = ()

    def rename(self, names: Mapping[str, str]) -> Place:
        return Place(self.name, tuple(whole.rename(names) for whole in self.indices))

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(name for whole in self.indices for name in whole.variables)


@dataclass(frozen=True)
class Inside:
    """``0 <= whole < extent``."""

    whole: Whole
    extent: int

    def rename(self, names: Mapping[str, str]) -> Inside:
        return Inside(self.whole.rename(names), self.extent)


@dataclass(frozen=True)
class Guarded:
    """The element where all of `inside` holds, zero elsewhere."""

    place: Place
    inside: tuple[Inside, ...]

    def rename(self, names: Mapping[str, str]) -> Guarded:
        return Guarded(self.place.rename(names), tuple(each.rename(names) for each in self.inside))


Operand = Place | Guarded


def place_of(operand: Operand) -> Place:
    """The element that is read, guarded or not."""
    return operand.place if isinstance(operand, Guarded) else operand


@dataclass(frozen=True)
class Product:
    """``coefficient · factor · factor · …``."""

    coefficient: Fraction
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Total:
    """A sum of products; of none it is zero."""

    parts: tuple[Product, ...] = ()

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(operand for part in self.parts for operand in part.operands)


@dataclass(frozen=True)
class Formula:
    """A product of scalar expressions over ``operand(0)``, …, which stand for the `operands`."""

    factors: tuple[Expression, ...]
    operands: tuple[Operand, ...] = ()


Value = Product | Total | Formula


class How(StrEnum):
    """What an assignment does: names a number, starts a number that changes, stores, adds, keeps the larger."""

    LET = "let"
    START = "start"
    STORE = "="
    ADD = "+="
    LARGER = "max"


@dataclass(frozen=True)
class Assign:
    """One line of numbers."""

    target: Place
    value: Value
    how: How = How.STORE


@dataclass(frozen=True)
class Bound:
    """``floor(whole / by)``, for the start or the stop of a loop."""

    whole: Whole
    by: int = 1

    def rename(self, names: Mapping[str, str]) -> Bound:
        return Bound(self.whole.rename(names), self.by)


@dataclass(frozen=True)
class Loop:
    """The body for each number from the largest of `start` and `lower`, by `step`, below the least of `stop` and `upper`."""

    variable: str
    stop: int
    body: tuple[Statement, ...]
    start: int = 0
    step: int = 1
    lower: tuple[Bound, ...] = ()
    upper: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Guard:
    """The body where all of `inside` holds."""

    inside: tuple[Inside, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class MatrixProduct:
    """``target = left · right``, each array seen as a matrix of the extents given, transposed where that is said.

    Where there is a `sign`, 1 or -1, the product is added to the target, or subtracted from it.
    """

    target: str
    left: str
    right: str
    rows: int
    inner: int
    columns: int
    left_transposed: bool
    right_transposed: bool
    sign: int = 0


Statement = Assign | Loop | Guard | MatrixProduct


@dataclass(frozen=True)
class Block:
    """The statements of one or more equations, whose names are the `titles`."""

    titles: tuple[str, ...]
    body: tuple[Statement, ...]


def leaves(statements: tuple[Statement, ...]) -> Iterator[Assign | MatrixProduct]:
    """The assignments and matrix products, in order, whatever stands around them."""
    for statement in statements:
        if isinstance(statement, Loop | Guard):
            yield from leaves(statement.body)
        else:
            yield statement


def mapped(statements: tuple[Statement, ...], change: Callable[[Assign], Assign]) -> tuple[Statement, ...]:
    """The statements with every assignment changed."""

    def one(statement: Statement) -> Statement:
        if isinstance(statement, Loop | Guard):
            return replace(statement, body=mapped(statement.body, change))
        return change(statement) if isinstance(statement, Assign) else statement

    return tuple(one(statement) for statement in statements)


def with_operands(value: Value, change: Callable[[Operand], Operand]) -> Value:
    """The value over changed operands."""
    if isinstance(value, Total):
        parts = tuple(Product(part.coefficient, tuple(map(change, part.operands))) for part in value.parts)
        return Total(parts)
    return replace(value, operands=tuple(map(change, value.operands)))


def renamed(statements: tuple[Statement, ...], names: Mapping[str, str]) -> tuple[Statement, ...]:
    """The statements with loop variables renamed."""

    def one(statement: Statement) -> Statement:
        if isinstance(statement, Loop):
            lower, upper = (tuple(b.rename(names) for b in bounds) for bounds in (statement.lower, statement.upper))
            name = names.get(statement.variable, statement.variable)
            return replace(statement, variable=name, lower=lower, upper=upper, body=renamed(statement.body, names))
        if isinstance(statement, Guard):
            return Guard(tuple(each.rename(names) for each in statement.inside), renamed(statement.body, names))
        if isinstance(statement, Assign):
            value = with_operands(statement.value, lambda operand: operand.rename(names))
            return replace(statement, target=statement.target.rename(names), value=value)
        return statement

    return tuple(one(statement) for statement in statements)
