"""Pullbacks: what one equation passes back to each quantity it reads, node by node; the order of it all is `sweep`'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy

from symprop.derivation.local import LocalDerivatives
from symprop.derivation.step import Step
from symprop.ir.names import index_letters
from symprop.ir.nodes import (
    Elementwise,
    Expression,
    Node,
    Reduction,
    SumOfProducts,
    Term,
    elementwise,
    operand,
    rename,
    single,
)
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Index
from symprop.scalar.forms import output_form

Adjoint = Access | Fraction
MOST_WHOLE = 3  # factors to differentiate by whose products are written out; those of more share their parts
Define = Callable[[str, tuple[Index, ...], Node, int | None], Access]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One use's share of an adjoint: `target` is plain and under the tensor's own indices, or scatters."""

    target: Access
    value: Node
    step: Step


def pull_back(
    equation: Equation,
    adjoint: Adjoint,
    program: Program,
    local: LocalDerivatives,
    live: Collection[str],
    define: Define,
) -> Iterator[Contribution]:
    """The shares that one equation's adjoint gives to the live quantities on its right-hand side.

    `define` gives a name to a part of a local derivative: its name, indices, value and layer make an equation that the
    sweep puts before the shares.
    """
    value = equation.value
    if isinstance(value, SumOfProducts):
        yield from _pull_products(equation, value, adjoint, program.loss, live, define)
    elif isinstance(value, Elementwise):
        yield from _pull_elementwise(equation, adjoint, program.loss, local, live, define)
    else:
        yield from _pull_reduction(equation, value, adjoint, program, live, define)


def _pull_products(
    equation: Equation, value: SumOfProducts, adjoint: Adjoint, loss: str, live: Collection[str], define: Define
) -> Iterator[Contribution]:
    """For each factor: the adjoint times the other factors, under the same indices."""
    for number, term in enumerate(value.terms, start=1):
        stem = equation.name if len(value.terms) == 1 else f"{equation.name}_term{number}"
        parts = _PartialProducts(term, stem, equation.origin.layer, define)
        is_long = parts.pay and len({f for f in term.factors if f.tensor.name in live}) > MOST_WHOLE
        for position, factor in enumerate(term.factors):
            if factor.tensor.name in live:
                others = term.factors[:position] + term.factors[position + 1 :]
                local = single(term.coefficient, *(parts.without(factor) if is_long else others))
                shown = single(term.coefficient, *others)
                yield _product(equation, factor, adjoint, local, term.over, loss, "product", shown)


class _PartialProducts:
    """The products of a term's first and of its last factors, each an equation made from the one before when it is asked for.

    By them, n products of all factors but one take some 4·n multiplications, in place of n².
    """

    def __init__(self, term: Term, stem: str, layer: int | None, define: Define) -> None:
        self._factors = list(dict.fromkeys(term.factors))
        self._times = Counter(term.factors)
        self._stem, self._layer, self._define = stem, layer, define
        self._firsts: list[tuple[Access, ...]] = [()]
        self._lasts: list[tuple[Access, ...]] = [()]

    @property
    def pay(self) -> bool:
        """Whether no product would have more elements than the largest factor: those of an outer product would."""
        free = {index for factor in self._factors for index in factor.free}
        return any(set(factor.free) == free for factor in self._factors)

    def without(self, factor: Access) -> tuple[Access, ...]:
        """The product of all factors but one occurrence of this one, as at most three kinds of factors."""
        place = self._factors.index(factor)
        again = (factor,) * (self._times[factor] - 1)
        return (*self._first(place), *again, *self._last(len(self._factors) - place - 1))

    def _first(self, count: int) -> tuple[Access, ...]:
        """The product of the first so many factors."""
        while (made := len(self._firsts)) <= count:
            factor = self._factors[made - 1]
            product = (*self._firsts[-1], *(factor,) * self._times[factor])
            self._firsts.append(self._named(product, f"first{made}"))
        return self._firsts[count]

    def _last(self, count: int) -> tuple[Access, ...]:
        """The product of the last so many factors."""
        while (made := len(self._lasts)) <= count:
            factor = self._factors[-made]
            product = (*(factor,) * self._times[factor], *self._lasts[-1])
            self._lasts.append(self._named(product, f"last{made}"))
        return self._lasts[count]

    def _named(self, product: tuple[Access, ...], which: str) -> tuple[Access, ...]:
        if len(product) < 2:
            return product
        free = tuple(dict.fromkeys(index for factor in product for index in factor.free))
        return (self._define(f"{self._stem}_{which}", free, single(1, *product), self._layer),)


def _product(
    equation: Equation,
    factor: Access,
    adjoint: Adjoint,
    local: SumOfProducts,
    over: tuple[Index, ...],
    loss: str,
    rule: str,
    shown: Node | None = None,
) -> Contribution:
    """The share ``Σ adjoint · local`` of one factor, summed over the indices that the factor lacks.

    `shown` is the local derivative for the step record where the product holds only its name.
    """
    (term,) = local.terms
    coefficient = term.coefficient * (adjoint if isinstance(adjoint, Fraction) else 1)
    factors = term.factors if isinstance(adjoint, Fraction) else (adjoint, *term.factors)
    bound = tuple(i for i in dict.fromkeys((*equation.target.free, *over)) if i not in factor.free)
    step = Step(rule, loss, factor, equation.target, adjoint, shown or local, bound, "")
    product = Term(coefficient, factors, bound)
    if not factor.plain:
        return Contribution(factor, SumOfProducts((product,)), step)
    names = _canonical_names(factor, bound)
    return Contribution(factor.tensor(), SumOfProducts((product.rename(names),)), step)


def _canonical_names(access: Access, bound: tuple[Index, ...]) -> dict[Index, Index]:
    """Renames a plain access's indices to its tensor's own, and moves bound indices out of their way."""
    pairs = zip(access.free, access.tensor.indices, strict=True)
    names = {old: new for old, new in pairs if old != new}
    axes = {axis.name for axis in access.tensor.indices}
    taken = axes | {index.name for index in bound}
    for index in bound:
        if index.name in axes:
            fresh = next(n for n in index_letters() if n not in taken)
            taken.add(fresh)
            names[index] = Index(fresh, index.extent)
    return names


def _pull_elementwise(
    equation: Equation, adjoint: Adjoint, loss: str, local: LocalDerivatives, live: Collection[str], define: Define
) -> Iterator[Contribution]:
    operands = local.inlined(equation).operands
    for position, access in enumerate(operands):
        if access.tensor.name not in live:
            continue
        slope = local.of(equation, position)
        if slope.expression == 0:
            continue
        same = [a for a in operands if a.tensor == access.tensor]
        name = _local_name(equation, access, same.index(access) if len(same) > 1 else None)
        yield _scaled(equation, access, adjoint, slope, name, loss, define)


def _local_name(equation: Equation, access: Access, position: int | None) -> str:
    """The name of ``∂equation/∂access``; `position` tells the uses of one tensor apart."""
    return f"d{equation.name}_d{access.tensor.name}_local" + ("" if position is None else f"_{position + 1}")


def _scaled(
    equation: Equation, access: Access, adjoint: Adjoint, slope: Elementwise, name: str, loss: str, define: Define
) -> Contribution:
    """The share ``adjoint · slope``: one line where nothing is summed, else the slope gets a name and is contracted."""
    expression = slope.expression
    if expression.is_Rational:
        local = single(Fraction(int(expression.p), int(expression.q)))
        return _product(equation, access, adjoint, local, (), loss, "elementwise")
    if not access.plain or set(access.free) != set(equation.target.free):
        known = slope.operands[0] if expression.is_Symbol else None
        named = known or define(name, equation.target.free, slope, equation.origin.layer)
        return _product(equation, access, adjoint, single(1, named), (), loss, "elementwise", shown=slope)
    step = Step("elementwise", loss, access, equation.target, adjoint, slope, (), "")
    names = _canonical_names(access, ())
    return Contribution(access.tensor(), rename(_times(adjoint, slope), names), step)


def _times(adjoint: Adjoint, slope: Elementwise) -> Elementwise:
    """``adjoint · slope`` as two ordered factors."""
    if isinstance(adjoint, Fraction):
        number = sympy.Rational(adjoint.numerator, adjoint.denominator)
        return slope if adjoint == 1 else Elementwise((number, *slope.factors), slope.operands)
    operands = (adjoint, *slope.operands)
    return Elementwise((operand(0), *(_moved_up(factor, len(slope.operands)) for factor in slope.factors)), operands)


@lru_cache(maxsize=4096)
def _moved_up(expression: Expression, count: int) -> Expression:
    return expression.xreplace({operand(k): operand(k + 1) for k in range(count)})


def _pull_reduction(
    equation: Equation, value: Reduction, adjoint: Adjoint, program: Program, live: Collection[str], define: Define
) -> Iterator[Contribution]:
    shares = _REDUCTION_SLOPES[value.kind](equation, value, program, define)
    for access, share in zip(value.operands, shares, strict=True):
        if access.tensor.name in live:
            yield _product(equation, access, adjoint, single(1, share), value.over, program.loss, value.kind)


def _logsumexp_slopes(equation: Equation, value: Reduction, program: Program, define: Define) -> list[Access]:
    """For each operand the softmax ``exp(z − y)``, found from ``∂ log(exp(rest) + exp(z)) / ∂z``."""
    x, rest, y = operand(0), operand(2), operand(1)
    meaning = sympy.log(rest + sympy.exp(x))
    named = (sympy.exp(x - y), sympy.exp(x - meaning))
    form = output_form(sympy.diff(meaning, x), x, [(y, meaning), named])
    slopes = (elementwise(form, access, equation.target) for access in value.operands)
    return [_known_or_named(equation, value, k, slope, program, define) for k, slope in enumerate(slopes)]


def _max_slopes(equation: Equation, value: Reduction, program: Program, define: Define) -> list[Access]:
    """Where an operand attains the maximum, one over the number of those that do: the declared value at the kink."""
    hit = sympy.Piecewise((1, sympy.Eq(operand(0), operand(1))), (0, True))
    hits = [
        _known_or_named(equation, value, k, elementwise(hit, access, equation.target), program, define)
        for k, access in enumerate(value.operands)
    ]
    guards = [_inside(access, equation, define) for access in value.operands]
    counted = SumOfProducts(
        tuple(Term(Fraction(1), (hit, *guard), value.over) for hit, guard in zip(hits, guards, strict=True))
    )
    ties = define(f"{equation.name}_ties", equation.target.free, counted, equation.origin.layer)
    share, loops = operand(0) / operand(1), (*equation.target.free, *value.over)
    return [
        define(f"{access.tensor.name}_share", loops, elementwise(share, access, ties), equation.origin.layer)
        for access in hits
    ]


def _inside(access: Access, equation: Equation, define: Define) -> tuple[Access, ...]:
    """A factor that is 1 where the access is in range and 0 elsewhere; none is needed where it always is.

    The maximum reads −∞ out of range, the comparison with it zero, which would count as a tie with a maximum of zero.
    """
    if access.bounded:
        return ()
    ones = define(f"{access.tensor.name}_inside", access.tensor.indices, single(1), equation.origin.layer)
    return (Access(ones.tensor, access.indices),)


_REDUCTION_SLOPES = {"logsumexp": _logsumexp_slopes, "max": _max_slopes}


def _known_or_named(
    equation: Equation, value: Reduction, position: int, slope: Elementwise, program: Program, define: Define
) -> Access:
    """An access to a quantity of the program that already means the same, else to a new one."""
    access = value.operands[position]
    loops = (*equation.target.free, *value.over)
    known = program.by_value.get(slope)
    if known is not None and known.target.plain and set(known.target.free) <= set(loops):
        return known.target
    name = _local_name(equation, access, position if len(value.operands) > 1 else None)
    return define(name, loops, slope, equation.origin.layer)
