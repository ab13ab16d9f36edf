"""Checks a derivation against central differences of its forward program at 50 digits; how it was derived plays no part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import inf, isfinite, isnan, prod
from random import Random
from typing import Any

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element, elements, unroll
from symprop.errors import UnsupportedError
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Elementwise, Reduction, operand
from symprop.ir.program import Equation, Program, integer_tensors
from symprop.ir.tensor import Role, Tensor
from symprop.notation.names import Names
from symprop.scalar.kinks import kinks_of
from symprop.scalar.numeric import FLOAT, Arithmetic, digits, evaluate

Expression = Any
Number = Any
Values = Mapping[str, Any]

# Elements of one parameter whose gradients are checked; of a larger one, as many are drawn at random.
MOST_ELEMENTS = 64
MOST_DRAWS = 200
MOST_EXTRA_POINTS = 10
LARGEST_NUMBER = 1e5  # of any quantity at a point: beyond, differences lose their digits
MARGIN = 1e-6  # from a kink; the differences step 1e-18 to either side
NEGLIGIBLE = 1e-10  # a gradient this much smaller than the loss is compared with the loss


@dataclass(frozen=True)
class Check:
    """What was found for one parameter: `checked` of its `size` elements, and the worst one's error.

    `error` is ``|gradient - difference|``, relative to the larger of them, and infinite where that is no number. `point`
    gives the free quantities where it arose. `moved` says whether the loss moved with any element at any point; where it
    never did, 0 was all that could be compared.
    """

    parameter: str
    checked: int
    size: int
    error: float
    element: str
    point: Mapping[str, Fraction]
    moved: bool


@dataclass(frozen=True)
class Verification:
    """The checks of all parameters, each the worst of `points` points; `ok` where none is off by more than `tolerance`."""

    checks: tuple[Check, ...]
    points: int
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
        return all(check.error <= self.tolerance for check in self.checks)

    @property
    def worst(self) -> float:
        """The largest error of all; 0 where nothing was derived."""
        return max((check.error for check in self.checks), default=0.0)

    @property
    def sampled(self) -> bool:
        """Whether some elements were left out."""
        return any(check.checked < check.size for check in self.checks)


def count_differences(derivation: Derivation) -> int:
    """How many differences are taken at each point."""
    tensors = derivation.program.tensors
    return sum(min(prod(tensors[name].extents), MOST_ELEMENTS) for name in derivation.gradients)


def verify(
    derivation: Derivation,
    names: Names,
    *,
    points: int = 1,
    digits: int = 50,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Compares the gradients with central differences of the loss at random rational points, both to so many digits.

    `derivation` is in index form. A point lies off every kink and inside the domain of every function; of a parameter
    with more than `MOST_ELEMENTS` elements that many are drawn. While the loss does not move with some parameter, as when
    a unit is dead, points nearer to 0 are added. `progress` is told after each difference how many there were. Raises
    UnsupportedError where no such point is found.
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
    verifier = _Verifier(derivation, names, digits, Random(seed), progress)
    worst: dict[str, Check] = {}
    used = 0
    while used < points or (used < points + MOST_EXTRA_POINTS and not all(check.moved for check in worst.values())):
        for check in verifier.checks(nearer=max(0, used - points + 1)):
            worst[check.parameter] = _worse(worst.get(check.parameter, check), check)
        used += 1
    return Verification(tuple(worst.values()), used, verifier.tolerance)


def _worse(earlier: Check, later: Check) -> Check:
    return replace(max(earlier, later, key=lambda check: check.error), moved=earlier.moved or later.moved)


class _Verifier:
    def __init__(
        self,
        derivation: Derivation,
        names: Names,
        count: int,
        random: Random,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.random = random
        derivation = self._with_integers(derivation)
        self.derivation, self.names = derivation, names
        self.progress, self.done = progress, 0
        self.arithmetic: Arithmetic = digits(count)
        self.step = Fraction(1, 10 ** (count * 9 // 25))
        self.tolerance = 10.0 ** -(count * 2 // 5)
        self.forward = unroll(derivation.forward, names)
        self.sample = {name: self._sample(derivation.program.tensors[name]) for name in derivation.gradients}
        wanted = {derivation.gradients[name]: set(chosen) for name, chosen in self.sample.items()}
        self.program = unroll(derivation.program, names, {**wanted, derivation.forward.loss: {()}})
        self.kinks = [(e, kink) for e in self.forward.equations for kink in _kinks(e)]

    def _with_integers(self, derivation: Derivation) -> Derivation:
        """The derivation with integers for tensors that index others, drawn where none are given."""
        integers = dict(derivation.forward.integers)
        for tensor, most in integer_tensors(derivation.forward).items():
            for element in elements(tensor):
                integers.setdefault((tensor.name, element), self.random.randrange(most))
        forward, program = (replace(p, integers=integers) for p in (derivation.forward, derivation.program))
        return replace(derivation, forward=forward, program=program)

    def _sample(self, tensor: Tensor) -> list[Element]:
        if prod(tensor.extents) <= MOST_ELEMENTS:
            return list(elements(tensor))
        chosen = sorted(self.random.sample(range(prod(tensor.extents)), MOST_ELEMENTS))
        return [_unravelled(offset, tensor.extents) for offset in chosen]

    def checks(self, nearer: int) -> Iterator[Check]:
        """The check of each parameter at one new point; the larger `nearer`, the nearer to 0."""
        point = self._point(nearer)
        known = evaluate_program(self.program, point, self.arithmetic)
        base = evaluate_program(self.forward, point, self.arithmetic)
        for name, chosen in self.sample.items():
            extents, loss = self.derivation.program.tensors[name].extents, base[self.forward.loss]
            identifiers = [self.names.element(name, element, extents) for element in chosen]
            differences = {i: self._difference(i, base) for i in identifiers}
            errors = {i: self._error(known[self.derivation.adjoint(i)], differences[i], loss) for i in identifiers}
            worst = max(errors, key=lambda identifier: errors[identifier])
            moved = any(difference != 0 for difference in differences.values())
            yield Check(name, len(chosen), prod(extents), errors[worst], worst, point, moved)

    def _error(self, gradient: Number, difference: Number, loss: Number) -> float:
        scale = max(abs(gradient), abs(difference), NEGLIGIBLE * abs(loss))
        error = float(abs(gradient - difference) / scale) if scale else 0.0
        return inf if isnan(error) else error

    def _difference(self, name: str, base: Values) -> Number:
        """The central difference of the loss; only what depends on the varied quantity is computed again."""
        program = _dependents(self.forward, name)
        step = self.arithmetic.given(self.step)
        fixed = {tensor.name: base[tensor.name] for tensor in program.free}
        above, below = (
            evaluate_program(program, {**fixed, name: base[name] + move}, self.arithmetic)[program.loss]
            for move in (step, -step)
        )
        self.done += 1
        if self.progress is not None:
            self.progress(self.done)
        return (above - below) / (2 * step)

    def _point(self, nearer: int) -> dict[str, Fraction]:
        """A point where every quantity is finite, none is huge and none lies on a kink; drawn nearer to 0 when that is hard."""
        for attempt in range(MOST_DRAWS):
            width = Fraction(3, 2 * (1 + nearer + attempt // 10))
            point = self._kept({tensor.name: self._draw(tensor, width) for tensor in self.forward.free})
            values = evaluate_program(self.forward, point, FLOAT)
            if all(isfinite(v) and abs(v) < LARGEST_NUMBER for v in values.values()) and self._is_smooth(values):
                return point
        raise UnsupportedError(
            "no point was found where the loss is finite and smooth",
            where=f"after {MOST_DRAWS} draws",
            remedy="Give the network's functions a domain that random numbers reach.",
        )

    def _kept(self, point: dict[str, Fraction]) -> dict[str, Fraction]:
        """The point scaled so that it keeps the facts about free quantities."""
        for fact in self.forward.facts:
            terms = [(term.coefficient, [factor.tensor.name for factor in term.factors]) for term in fact.value.terms]
            if all(len(names) == 1 and names[0] in point for _, names in terms):
                total = sum((coefficient * point[name] for coefficient, (name,) in terms), Fraction(0))
                point |= {name: point[name] * fact.number / total for _, (name,) in terms}
        return point

    def _draw(self, tensor: Tensor, width: Fraction) -> Fraction:
        """Targets lie between 0 and 1, where every loss takes them."""
        if tensor.role is Role.TARGET:
            return Fraction(self.random.randint(1, 999), 1000)
        return Fraction(2 * self.random.randint(-500, 499) + 1, 1000) * width

    def _is_smooth(self, values: Values) -> bool:
        return all(_distance(equation, kink, values) > MARGIN for equation, kink in self.kinks)


def _dependents(program: Program, name: str) -> Program:
    """The part of a scalar program that a free quantity reaches; what it reads besides becomes free."""
    live, equations = {name}, []
    for equation in program.equations:
        if any(access.tensor.name in live for access in equation.value.accesses):
            live.add(equation.name)
            equations.append(equation)
    if program.loss not in live:
        return Program((program.tensors[name], program.tensors[program.loss]), (), program.loss)
    read = dict.fromkeys(access.tensor for e in equations for access in e.value.accesses)
    free = dict.fromkeys([program.tensors[name], *(t for t in read if t.name == name or t.name not in live)])
    return Program(tuple(free), tuple(equations), program.loss)


def _kinks(equation: Equation) -> Iterator[Expression]:
    """The expressions over an equation's operands that are zero where it has no derivative."""
    value = equation.value
    if isinstance(value, Elementwise):
        yield from kinks_of(value.expression)
    elif isinstance(value, Reduction) and value.kind == "max":
        pairs = combinations(enumerate(value.operands), 2)
        yield from (operand(a) - operand(b) for (a, first), (b, second) in pairs if first != second)


def _distance(equation: Equation, kink: Expression, values: Values) -> float:
    reads = {operand(k): values[access.tensor.name] for k, access in enumerate(equation.value.accesses)}
    return float(abs(evaluate(kink, reads, FLOAT)))


def _unravelled(offset: int, extents: tuple[int, ...]) -> Element:
    """The element at an offset, row by row."""
    position = []
    for extent in reversed(extents):
        offset, here = divmod(offset, extent)
        position.append(here)
    return tuple(reversed(position))
