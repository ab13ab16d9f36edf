"""Output forms: finds that σ' = a(1 − a) or tanh' = 1 − a², by exact linear algebra; owns no function and no program.

A derivative is fitted as a polynomial of low degree in a few bases (the function's own value first) at random rational
points, where each transcendental atom is an independent rational number; the fit is exact over fractions and must hold at
more points than it has unknowns. The symbolic proofs of the forms that come out live in the tests, where time does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import sympy
from sympy import Abs, Piecewise, S, exp

from symprop.scalar.exact import ExactPoint

Expression = Any
Named = tuple[Expression, Expression]  # what to write, and what it means

_POINTS = 12
MOST_PARTS = 200  # of a derivative and what it is fitted in


def output_form(derivative: Expression, x: Expression, bases: Sequence[Named]) -> Expression:
    """The derivative written through the bases where a short polynomial fits, else as it came.

    `bases[0]` is the function's own value; the others are relatives. A piecewise derivative is fitted branch by branch,
    and a sum that has no form as a whole term by term.
    """
    return _output_form(derivative, x, tuple(bases))


@lru_cache(maxsize=1024)
def _output_form(derivative: Expression, x: Expression, bases: tuple[Named, ...]) -> Expression:
    if isinstance(derivative, Piecewise):
        return Piecewise(*(_branch(derivative, position, x, bases) for position in range(len(derivative.args))))
    if _is_short(derivative):
        return derivative
    for name, meaning in bases:
        if meaning == derivative:
            return name
    for candidate in _candidates(derivative, bases, x):
        found = _fit(derivative, candidate)
        if found is not None:
            return found
    if derivative.is_Add:
        return sympy.Add(*(_output_form(term, x, bases) for term in derivative.args))
    return derivative


def _branch(derivative: Expression, position: int, x: Expression, bases: tuple[Named, ...]) -> tuple[Any, Any]:
    value, condition = derivative.args[position]
    conditions = [condition for _, condition in derivative.args[: position + 1]]
    own = tuple((name, _branch_value(meaning, conditions)) for name, meaning in bases)
    return _output_form(value, x, own), condition


def _branch_value(meaning: Expression, conditions: list[Any]) -> Expression:
    """What a choice amounts to where the last of the conditions is the first to hold; the choice itself where that is open."""
    last = len(conditions) - 1
    if not isinstance(meaning, Piecewise) or [c for _, c in meaning.args[: last + 1]] != conditions:
        return meaning
    return meaning.args[last][0]


def _is_long(*expressions: Expression) -> bool:
    parts = chain.from_iterable(map(sympy.preorder_traversal, expressions))
    return next(islice(parts, MOST_PARTS, None), None) is not None


def _is_short(derivative: Expression) -> bool:
    """Polynomials need no other form, nor does a multiple of a sine or a cosine."""
    return bool(derivative.is_polynomial() or isinstance(derivative.as_coeff_Mul()[1], (sympy.sin, sympy.cos)))


def _candidates(derivative: Expression, bases: tuple[Named, ...], x: Expression) -> Iterator[list[Named]]:
    """Lists of monomials to try, shortest reading first; built one by one, since most searches end at the first."""
    (value, meaning), relatives = bases[0], bases[1:]
    yield from ([relative] for relative in relatives)
    yield _powers(value, meaning)
    yield [(x * value, x * meaning)]
    yield _powers(Abs(value), Abs(meaning))
    if not derivative.is_rational_function():
        yield [(S.One, S.One), (exp(-value), exp(-meaning))]
    for relative in relatives:
        yield [*_powers(value, meaning)[:2], relative, (value * relative[0], meaning * relative[1])]


def _powers(value: Expression, meaning: Expression) -> list[Named]:
    return [(S.One, S.One), (value, meaning), (value**2, meaning**2)]


def _fit(derivative: Expression, monomials: list[Named]) -> Expression | None:
    """The combination of monomials that equals the derivative at every point; None, too, where that is long to find out."""
    if _is_long(derivative, *(meaning for _, meaning in monomials)):
        return None
    points = [ExactPoint(seed) for seed in range(_POINTS)]
    try:
        rows = [_row(derivative, monomials, point) for point in points]
    except (ArithmeticError, ValueError):
        return None
    solution = _solve(rows, len(monomials))
    if solution is None or not any(solution) or not _saw_both_sides(points, len(monomials)):
        return None
    return _arrange([name for name, _ in monomials], solution)


def _row(derivative: Expression, monomials: list[Named], point: ExactPoint) -> list[Fraction]:
    return [*(point.value(meaning) for _, meaning in monomials), point.value(derivative)]


def _saw_both_sides(points: list[ExactPoint], unknowns: int) -> bool:
    """Whether a choice within the expressions went each way at more points than there are unknowns.

    Of two choices, a few points could miss a region between them, so nothing is concluded.
    """
    switches = {switch for point in points for switch in point.switches}
    if len(switches) > 1:
        return False
    sides = [Counter(p.switches[switch] for p in points if switch in p.switches) for switch in switches]
    return all(len(counts) > 1 and min(counts.values()) > unknowns for counts in sides)


def _solve(rows: list[list[Fraction]], unknowns: int) -> list[Fraction] | None:
    """Gauss-Jordan elimination over fractions; None unless exactly one solution satisfies every row."""
    rows = [list(row) for row in rows]
    for column in range(unknowns):
        pivot = next((r for r in range(column, len(rows)) if rows[r][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column] = [entry / rows[column][column] for entry in rows[column]]
        for r, row in enumerate(rows):
            if r != column and row[column]:
                rows[r] = [a - row[column] * b for a, b in zip(row, head, strict=True)]
    if any(row[-1] for row in rows[unknowns:]):
        return None
    return [row[-1] for row in rows[:unknowns]]


def _arrange(names: list[Expression], coefficients: list[Fraction]) -> Expression:
    """The polynomial as a reader would write it: a common factor outside, a perfect square as a square."""
    constant, *rest = (sympy.Rational(c.numerator, c.denominator) for c in coefficients)
    if names[0] != 1:
        return sympy.Add(*(c * n for c, n in zip((constant, *rest), names, strict=True)))
    if len(names) == 3 and names[2] == names[1] ** 2:
        linear, square = rest
        if not constant and square:
            return names[1] * (linear + square * names[1])
        if square == 1 and constant == 1 and abs(linear) == 2:
            return (1 + linear / 2 * names[1]) ** 2
    return sympy.Add(constant, *(c * n for c, n in zip(rest, names[1:], strict=True)))
