"""Random rational points at which a program has a finite loss and no kink; what is checked there is `verify`'s affair."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import numpy as np

from symprop.derivation.feeds import feeding
from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element, elements
from symprop.errors import UnsupportedError
from symprop.ir.arrays import aligned, boxed, evaluate_arrays, evaluate_node, is_long, stacked
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.program import Equation, Program, integer_tensors, needed
from symprop.ir.tensor import Role, Tensor
from symprop.notation.names import Names
from symprop.scalar.kinks import kinks_of
from symprop.scalar.numeric import FLOAT

Array = Any
Arrays = Mapping[str, Array]

MOST_DRAWS = 200
WHOLE_DRAWS = 20  # after so many, elements are drawn again one by one
LARGEST_NUMBER = 1e10  # of any quantity at a point: beyond, differences of 50 digits lose too many of them
MARGIN = 1e-6  # from a kink; the differences step 1e-18 to either side
_NEARBY = 1e-7  # how far away two quantities that are equal are looked at again
_EXACT = replace(FLOAT, rational=Fraction)
_EQUAL = 1e-12  # no further apart at either place, they are one function, and their meeting is no kink


@dataclass(frozen=True)
class Point:
    """A rational number for each element of the free tensors; `avoided` points that were drawn before lay on a kink.

    `sides` has, for each kink by its equation's name and its number there, on which sides of it quantities lie: 1, -1.
    """

    values: Arrays
    avoided: int = 0
    sides: Mapping[tuple[str, int], frozenset[int]] = field(default_factory=dict)

    def by_element(self, program: Program, names: Names) -> dict[str, Fraction]:
        """The same numbers by the names of the elements."""
        free = (tensor for tensor in program.free if tensor.name in self.values)
        return {
            names.element(t.name, position, t.extents): self.values[t.name][position]
            for t in free
            for position in elements(t)
        }


def with_integers(derivation: Derivation, random: Random) -> Derivation:
    """The derivation with integers for tensors that index others, drawn where none are given."""
    integers = dict(derivation.forward.integers)
    for tensor, most in integer_tensors(derivation.forward).items():
        for element in elements(tensor):
            integers.setdefault((tensor.name, element), random.randrange(most))
    forward, program = (replace(p, integers=integers) for p in (derivation.forward, derivation.program))
    return replace(derivation, forward=forward, program=program)


def work(equations: Collection[Equation], ease: int = 1) -> int:
    """How many products and function values it takes to work out the equations once; in long sums, `ease` count as one."""
    return sum(_positions(equation, ease) for equation in equations)


def _positions(equation: Equation, ease: int) -> int:
    value, free = equation.value, equation.target.free
    own = prod(index.extent for index in free)
    if isinstance(value, SumOfProducts):
        sums = [
            (prod(i.extent for i in term.over if i not in free), is_long(term.factors, free)) for term in value.terms
        ]
        return sum(own * length // (ease if long else 1) for length, long in sums)
    return own * (prod(i.extent for i in value.over) if isinstance(value, Reduction) else 1)


def draw_point(program: Program, random: Random, nearer: int = 0, wider: int = 0) -> Point:
    """A point where every quantity is finite, none is huge and none lies on a kink; drawn nearer to 0 when that is hard.

    The larger `nearer`, the nearer to 0 it begins; the larger `wider`, the farther it may lie. Where whole points keep
    failing, only elements that feed the first equation that fails are drawn again, since in a narrow domain all of them
    together would hardly ever fit. Raises UnsupportedError where no such point is found.
    """
    avoided = 0
    equations = needed(program.equations, [program.loss])
    moving = _moving(program, equations)
    best: tuple[Arrays, _Fault] | None = None
    for attempt in range(MOST_DRAWS):
        is_whole = best is None or attempt < WHOLE_DRAWS
        nearness = attempt // 10 if is_whole else random.randrange(4)
        width = Fraction(3 * (1 + wider), 2 * (1 + nearer + nearness))
        drawn = {tensor.name: _drawn(tensor, random, width) for tensor in program.free if tensor.role is not Role.INDEX}
        if best is not None and not is_whole:
            drawn = _mended(best[0], drawn, feeding(program, equations, best[1].name, best[1].where), random)
        point = _kept(drawn, program)
        with np.errstate(all="ignore"):  # what overflows, or has no value, is no point
            values = _values(program, equations, point)
            fault = _first_without_value(moving, values) or _first_on_a_kink(
                program, moving, values, _values(program, equations, _nearby(point, random))
            )
            if fault is None:
                return Point(point, avoided, _sides(program, equations, values))
        avoided += fault.is_kink
        if best is None or fault.reached >= best[1].reached:
            best = point, fault
    raise UnsupportedError(
        "no point was found where the loss is finite and smooth",
        where=f"after {MOST_DRAWS} draws",
        remedy="Give the network's functions a domain that random numbers reach.",
    )


def _moving(program: Program, equations: Collection[Equation]) -> list[Equation]:
    """The equations that what is drawn has a part in: a constant may be as large as it likes, and stands on no kink."""
    drawn = {tensor.name for tensor in program.free if tensor.role is not Role.INDEX}
    found = []
    for equation in equations:
        if any(access.tensor.name in drawn for access in equation.value.accesses):
            drawn.add(equation.name)
            found.append(equation)
    return found


@dataclass(frozen=True)
class _Fault:
    """The elements of one quantity, the first in the order of evaluation, that make a point none."""

    name: str
    where: Array
    is_kink: bool
    place: int

    @property
    def reached(self) -> tuple[bool, int, int]:
        """How far a point came: one with all values before another, then as few faults as possible."""
        return self.is_kink, self.place, -int(np.sum(self.where))


def _mended(
    point: Arrays, drawn: Arrays, feeding: Mapping[str, Collection[Element]], random: Random
) -> dict[str, Array]:
    """The point with some of the elements that feed a fault drawn anew; some, since other quantities have them too."""
    mended = {name: array.copy() for name, array in point.items()}
    fed = [(name, element) for name, chosen in feeding.items() for element in chosen]
    for name, element in random.sample(fed, random.randint(1, len(fed))):
        mended[name][element] = drawn[name][element]
    return mended


def _first_without_value(equations: Collection[Equation], values: Arrays) -> _Fault | None:
    """The first quantity with elements that are huge or no numbers."""
    for place, equation in enumerate(equations):
        is_fine = np.abs(values[equation.name].astype(float)) < LARGEST_NUMBER
        if not np.all(is_fine):
            return _Fault(equation.name, ~is_fine, is_kink=False, place=place)
    return None


def _drawn(tensor: Tensor, random: Random, width: Fraction) -> Array:
    """Targets lie between 0 and 1, where every loss takes them."""
    array = np.empty(tensor.extents, dtype=object)
    for element in elements(tensor):
        if tensor.role is Role.TARGET:
            array[element] = Fraction(random.randint(1, 999), 1000)
        else:
            array[element] = Fraction(2 * random.randint(-500, 499) + 1, 1000) * width
    return array


def _kept(point: dict[str, Array], program: Program) -> dict[str, Array]:
    """The point scaled so that it keeps the facts about sums of whole free tensors."""
    for fact in program.facts:
        factors = [factor for term in fact.value.terms for factor in term.factors]
        if len(factors) == len(fact.value.terms) == 1 and factors[0].tensor.name in point and factors[0].plain:
            (factor,) = factors
            found = evaluate_node(fact.value, fact.indices, point, _EXACT, program.integers)
            point[factor.tensor.name] = point[factor.tensor.name] * aligned(
                fact.number / found, fact.indices, factor.free
            )
    return point


def _values(program: Program, equations: Collection[Equation], point: Arrays) -> dict[str, Array]:
    floats = {name: array.astype(float).astype(object) for name, array in point.items()}
    return evaluate_arrays(program, floats, FLOAT, equations)


def _nearby(point: Arrays, random: Random) -> dict[str, Array]:
    step = Fraction(_NEARBY)
    return {name: boxed(array + step * _signs(array, random)) for name, array in point.items()}


def _signs(array: Array, random: Random) -> Array:
    return np.array([Fraction(random.randint(-999, 999), 1000) for _ in range(array.size)]).reshape(array.shape)


def _first_on_a_kink(
    program: Program, equations: Collection[Equation], values: Arrays, nearby: Arrays
) -> _Fault | None:
    """The first quantity with elements near a kink; where two quantities meet nearby as well, they are one, and it is none."""
    for place, equation in enumerate(equations):
        pairs = zip(_distances(equation, values, program), _distances(equation, nearby, program), strict=True)
        for here, there in pairs:
            is_off = (here > MARGIN) | ((here <= _EQUAL) & (there <= _EQUAL))
            if not np.all(is_off):
                where = ~is_off.reshape(*equation.target.tensor.extents, -1).all(axis=-1)
                return _Fault(equation.name, where, is_kink=True, place=place)
    return None


def _distances(equation: Equation, values: Arrays, program: Program) -> Iterator[Array]:
    """How far each position is from a kink."""
    node, free = equation.value, equation.target.free
    if isinstance(node, Elementwise):
        yield from (np.abs(array) for array in _kinks(equation, values, program))
    elif isinstance(node, Reduction) and node.kind == "max":
        yield _gaps(stacked(node, free, values, program.integers).astype(float))


def _kinks(equation: Equation, values: Arrays, program: Program) -> Iterator[Array]:
    """For each kink of an elementwise equation the numbers that are zero there."""
    node = equation.value
    for kink in kinks_of(node.expression) if isinstance(node, Elementwise) else ():
        part = Elementwise((kink,), tuple(node.accesses))
        yield evaluate_node(part, equation.target.free, values, FLOAT, program.integers).astype(float)


def _sides(program: Program, equations: Collection[Equation], values: Arrays) -> dict[tuple[str, int], frozenset[int]]:
    return {
        (equation.name, number): frozenset(np.sign(array).astype(int).ravel().tolist()) - {0}
        for equation in equations
        for number, array in enumerate(_kinks(equation, values, program))
    }


def _gaps(rows: Array) -> Array:
    """How far below the largest of its row each number is; the largest itself, the first of several, is no kink."""
    top = np.argmax(rows, axis=-1, keepdims=True)
    gaps = np.take_along_axis(rows, top, axis=-1) - rows
    np.put_along_axis(gaps, top, np.inf, axis=-1)
    return gaps
