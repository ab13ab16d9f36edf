"""Checks a derivation against central differences of its forward program at 50 digits; how it was derived plays no part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, isnan, prod
from random import Random
from typing import Any

import numpy as np

from symprop.derivation.differences import difference_step, differences, tail_of
from symprop.derivation.known import Known, as_numbers, first_known, known_at
from symprop.derivation.point import draw_point, work
from symprop.derivation.step import Derivation
from symprop.errors import BudgetError
from symprop.ir.arrays import boxed
from symprop.ir.program import Equation, Program, needed
from symprop.notation.names import Names
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import Arithmetic
from symprop.whole import whole_within

Array = Any
Number = Any

# A parameter with more elements, or that takes more work, is checked along a direction in which all its elements move.
MOST_ELEMENTS = 64
MOST_WORK = 200_000  # products and function values
MOST_OF_ALL = 100_000_000  # products and function values of all differences: some minutes
MOST_POINTS, MOST_EXTRA_POINTS = 1000, 10
FEWEST_DIGITS, MOST_DIGITS = 15, 1000
LARGEST_SEED = 2**63 - 1
BOTH = 2  # sides of a kink
NEGLIGIBLE = 1e-10  # a number this much smaller than what it is a part of is compared with that


@dataclass(frozen=True)
class Check:
    """What was found for one parameter of so many elements (`size`): the worst error, of so many `directions`.

    `error` is ``|gradient - difference|``, relative to the larger of them, and infinite where that is no number. Each
    element was moved by itself, a direction for each, and `element` names the worst; or all were moved at once, in one
    random direction at each point, and `element` is empty. `point`
    gives the free quantities where it arose. `moved` says whether the loss moved with the parameter at any point; where it
    never did, 0 was all that could be compared.
    """

    parameter: str
    size: int
    directions: int
    error: float
    element: str
    point: Mapping[str, Fraction] = field(repr=False)
    moved: bool


@dataclass(frozen=True)
class Verification:
    """The checks of all parameters, each the worst of `points` points; `ok` where none is off by more than `tolerance`.

    `avoided` further points lay so near a kink that others were drawn. The same `seed` draws the same points. `unseen`
    names equations with a kink of which only one side was met.
    """

    checks: tuple[Check, ...]
    points: int
    tolerance: float
    seed: int
    avoided: int
    unseen: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
        return all(check.error <= self.tolerance for check in self.checks)

    @property
    def worst(self) -> float:
        """The largest error of all; 0 where nothing was derived."""
        return max((check.error for check in self.checks), default=0.0)


def tolerance(digits: int) -> float:
    """The largest error that differences at so many digits leave in a right gradient."""
    return 10.0 ** -(digits * 2 // 5)


def negligible(digits: int) -> float:
    """How much smaller than the loss a gradient may be for differences at so many digits to still tell it from 0.

    Below, two digits above the rounding errors of the loss over a step, it is compared with the loss.

    >>> negligible(15), negligible(50)
    (0.01, 1e-10)
    """
    return 10.0 ** -min(10, digits - digits * 9 // 25 - digits * 2 // 5 - 2)


def relative_error(found: Number, expected: Number, scale: Number, least: float = NEGLIGIBLE) -> float:
    """The difference of two numbers relative to the larger, or to a `least` part of a third; infinite where it is none."""
    against = max(abs(found), abs(expected), abs(scale) * type(scale)(least))
    error = float(abs(found - expected) / against) if against else 0.0
    return inf if isnan(error) else error


def count_differences(derivation: Derivation) -> int:
    """How many differences are taken at each point."""
    return sum(part.directions for part in _parts(derivation))


def verify(
    derivation: Derivation,
    names: Names,
    *,
    points: int = 1,
    digits: int = 50,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    first: Known | None = None,
) -> Verification:
    """Compares the gradients with central differences of the loss at random rational points, both to so many digits.

    `derivation` is in index form. A point lies off every kink and inside the domain of every function. Each element of a
    parameter is moved by itself; where that takes more than `MOST_ELEMENTS` differences or `MOST_WORK`, all of them are
    moved at once, in a random direction. While the loss does not move with some parameter, as when a unit is dead, points
    nearer to 0 are added; and points are added until every kink was seen from both sides. `progress` is told after each
    parameter how many differences there were; what is known at the `first` point of the seed may be given. Raises
    UserError for a wrong number of points or digits and a wrong seed, UnsupportedError where no such point is found,
    BudgetError for a network too large.
    Source: Nocedal and Wright, Numerical Optimization, 2006, §8.1.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.packs import names_for
    >>> from symprop.layers.dense import Dense
    >>> net = NetworkSpec(3, [Dense(2, activation="tanh"), Dense(1)]).elaborate()
    >>> verified = verify(derive(net), names_for(net))
    >>> verified.ok, [check.parameter for check in verified.checks]
    (True, ['W1', 'b1', 'W2', 'b2'])
    """
    points, digits = whole_within("number of points", points, 1, MOST_POINTS), check_digits(digits)
    seed = check_seed(seed)
    check_work(derivation)
    known = first_known(derivation, digits, seed) if first is None else first
    worst: dict[str, Check] = {}
    used = avoided = 0
    with decimals(digits) as arithmetic:
        verifier = _Verifier(known.derivation, names, arithmetic, digits, copy(known.random), progress)
        sides: dict[tuple[str, int], frozenset[int]] = {}
        while used < points or (used < points + MOST_EXTRA_POINTS and not _is_seen(worst, sides)):
            if used:
                is_dead = not all(check.moved for check in worst.values())
                known = verifier.another(max(0, used - points + 1), is_dead)
            avoided += known.point.avoided
            sides |= {kink: sides.get(kink, frozenset()) | found for kink, found in known.point.sides.items()}
            for check in verifier.checks(known):
                worst[check.parameter] = _worse(worst.get(check.parameter, check), check)
            used += 1
    unseen = tuple(dict.fromkeys(name for (name, _), found in sides.items() if len(found) < BOTH))
    return Verification(tuple(worst.values()), used, tolerance(digits), seed, avoided, unseen)


def check_digits(digits: object) -> int:
    """The number of digits; UserError where differences at so many say nothing, or take for ever."""
    return whole_within("number of digits", digits, FEWEST_DIGITS, MOST_DIGITS)


def check_seed(seed: object) -> int:
    """The seed; UserError for what is no whole number from 0."""
    return whole_within("seed", seed, 0, LARGEST_SEED)


def _is_seen(worst: Mapping[str, Check], sides: Mapping[tuple[str, int], frozenset[int]]) -> bool:
    """Whether the loss moved with every parameter, and every kink was seen from both sides."""
    return all(check.moved for check in worst.values()) and all(len(found) == BOTH for found in sides.values())


def count_work(derivation: Derivation, ease: int = 1) -> int:
    """How many products and function values the gradients and their differences at one point take; `ease` is `work`'s."""
    moved = sum(2 * work(part.tail, ease) * part.directions for part in _parts(derivation))
    return moved + work(derivation.program.equations, ease)


def check_work(derivation: Derivation) -> None:
    """Raises BudgetError where the differences at one point would take more than `MOST_OF_ALL`."""
    total = count_work(derivation)
    if total > MOST_OF_ALL:
        raise BudgetError(
            "the network is too large to be checked at 50 digits",
            expected=f"at most {MOST_OF_ALL:,} products",
            got=f"{total:,}",
            remedy="Check a smaller one of the same layers, with smaller inputs or a smaller batch.",
        )


def _worse(earlier: Check, later: Check) -> Check:
    return replace(max(earlier, later, key=lambda check: check.error), moved=earlier.moved or later.moved)


@dataclass(frozen=True)
class _Part:
    """What is checked together: a quantity, and the equations that its change reaches on the way to the loss."""

    name: str
    size: int
    tail: Sequence[Equation]

    @property
    def at_once(self) -> bool:
        return self.size > MOST_ELEMENTS or self.size * work(self.tail) > MOST_WORK

    @property
    def directions(self) -> int:
        """How many differences are taken at a point."""
        return 1 if self.at_once else self.size


def _parts(derivation: Derivation) -> list[_Part]:
    forward = derivation.forward
    equations = needed(forward.equations, [forward.loss])
    sizes = {name: prod(forward.tensors[name].extents) for name in derivation.gradients}
    return [_Part(name, size, tail_of(equations, name)) for name, size in sizes.items()]


class _Verifier:
    def __init__(
        self,
        derivation: Derivation,
        names: Names,
        arithmetic: Arithmetic,
        digits: int,
        random: Random,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.derivation, self.names, self.arithmetic, self.random = derivation, names, arithmetic, random
        self.forward: Program = derivation.forward
        self.step, self.least = arithmetic.given(difference_step(digits)), negligible(digits)
        self.parts = _parts(derivation)
        self.progress, self.done = progress, 0

    def another(self, more: int, is_dead: bool) -> Known:
        """What is known at another point: nearer to 0 where the loss did not move, else farther out."""
        point = draw_point(self.forward, self.random, more if is_dead else 0, 0 if is_dead else more)
        return known_at(self.derivation, point, self.arithmetic, self.random)

    def checks(self, known: Known) -> Iterator[Check]:
        """The check of each parameter at one point."""
        numbers = known.point.by_element(self.forward, self.names)
        for part in self.parts:
            yield self._check(part, known, numbers)
            self.done += part.directions
            if self.progress is not None:
                self.progress(self.done)

    def _check(self, part: _Part, known: Known, numbers: Mapping[str, Fraction]) -> Check:
        extents, loss = self.forward.tensors[part.name].extents, known.base[self.forward.loss].item()
        directions = self._directions(part, extents)
        found = differences(self.forward, part.tail, part.name, directions, known.base, self.step, self.arithmetic)
        gradient = known.values[self.derivation.gradients[part.name]]
        slopes = boxed(gradient * directions).reshape(len(directions), -1).sum(axis=1)
        errors = [relative_error(slope, number, loss, self.least) for slope, number in zip(slopes, found, strict=True)]
        worst = errors.index(max(errors))
        place = tuple(map(int, np.unravel_index(worst, extents)))
        element = "" if part.at_once else self.names.element(part.name, place, extents)
        return Check(part.name, part.size, part.directions, errors[worst], element, numbers, bool(np.any(found != 0)))

    def _directions(self, part: _Part, extents: tuple[int, ...]) -> Array:
        """One for each element, or one in which all of them move."""
        if part.at_once:
            drawn = [
                Fraction(self.random.randint(1, 999), 1000) * self.random.choice((1, -1)) for _ in range(part.size)
            ]
        else:
            drawn = [Fraction(row == column) for row in range(part.size) for column in range(part.size)]
        return as_numbers(np.array(drawn).reshape(-1, *extents), self.arithmetic)
