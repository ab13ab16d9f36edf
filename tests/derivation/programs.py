"""Random index programs, built from the nodes directly: whatever the closed set allows, not only what layers use."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy
from hypothesis import strategies as st

from symprop.ir.check import check
from symprop.ir.nodes import Reduction, SumOfProducts, Term, elementwise, operand
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.rules.functions import log_cosh, sigmoid, softplus

POOL = (Index("i", 2), Index("j", 3), Index("k", 4))
ORIGIN = Origin("test")
X0, X1, X2 = operand(0), operand(1), operand(2)
EXPRESSIONS: tuple[Any, ...] = (
    sigmoid(X0),
    sympy.tanh(X0) * X1,
    sympy.exp(-(X0**2) / 2) + X1,
    softplus(X0 + 2 * X1),
    (X0 - X1) ** 2 / 2,
    log_cosh(X0),
    X0 * sigmoid(X0) + X1 * X2,
    1 / (1 + sympy.exp(-X0)),
    sympy.sin(X0 * X1) + sympy.tanh(X2),
    X0 / (2 + X1**2),
    sympy.Piecewise((X0, sympy.Rational(1, 7) < X0), (X1 * X0 / 5, True)),
    sympy.Integer(3) - X0,
)
Draw = Any


@st.composite
def index_programs(draw: Draw) -> Program:
    """A program over two to four free tensors, with two to six equations and a loss that weighs every quantity."""
    free = [_free(draw, name) for name in ("A", "B", "C", "D")[: draw(st.integers(2, 4))]]
    known = list(free)
    equations: list[Equation] = []
    for name in ("P", "Q", "R", "S", "T", "U")[: draw(st.integers(1, 5))]:
        kind = draw(st.sampled_from(["sum", "sum", "scatter", "elementwise", "elementwise", "reduction"]))
        equation = _MAKERS[kind](draw, name, known)
        equations.append(equation)
        known.append(equation.target.tensor)
    equations.append(_loss(draw, known))
    return check(Program(tuple(free), tuple(equations), "E"))


def _free(draw: Draw, name: str) -> Tensor:
    # At least one parameter, so that there is something to derive.
    role = Role.PARAMETER if name == "A" else draw(st.sampled_from([Role.PARAMETER, Role.PARAMETER, Role.INPUT]))
    trainable = name == "A" or draw(st.integers(0, 4)) > 0
    return Tensor(name, _axes(draw), role, trainable=trainable)


def _axes(draw: Draw, most: int = 2) -> tuple[Index, ...]:
    return tuple(draw(st.permutations(POOL)))[: draw(st.integers(0, most))]


def _access(draw: Draw, tensor: Tensor, loops: tuple[Index, ...], plain: bool = False) -> Access | None:
    """The tensor under some of the loops' indices; None where it cannot be read that way."""
    return Access(tensor, tuple(affines)) if (affines := _affines(draw, tensor, loops, plain)) is not None else None


def _affines(draw: Draw, tensor: Tensor, loops: tuple[Index, ...], plain: bool) -> list[Affine] | None:
    found = []
    for axis in tensor.indices:
        bare = [loop for loop in loops if loop.extent == axis.extent]
        if bare and (plain or draw(st.integers(0, 3)) > 0):
            found.append(Affine(((1, draw(st.sampled_from(bare))),)))
        elif plain:
            return None
        else:
            found.append(_on(axis, _affine(draw, loops)))
    return found


def _on(axis: Index, affine: Affine) -> Affine:
    """The place on an axis, which it may miss: a slice, or beyond the axis, where there are zeros."""
    return replace(affine, part=affine.bare is not None and affine.bare.extent != axis.extent)


def _affine(draw: Draw, loops: tuple[Index, ...]) -> Affine:
    chosen = draw(st.permutations(loops))[: draw(st.integers(0, 2))]
    terms = tuple((draw(st.sampled_from([1, 1, 2, -1])), index) for index in chosen)
    return Affine(terms, draw(st.integers(-1, 2)))


def _coefficient(draw: Draw) -> Fraction:
    return Fraction(draw(st.sampled_from([1, 1, 2, -1, -3])), draw(st.sampled_from([1, 1, 2, 7])))


def _term(draw: Draw, known: list[Tensor], target: tuple[Index, ...]) -> Term:
    loops = tuple(dict.fromkeys((*target, *_axes(draw))))
    accesses = (_access(draw, draw(st.sampled_from(known)), loops) for _ in range(draw(st.integers(0, 3))))
    factors = tuple(access for access in accesses if access is not None)
    return Term(_coefficient(draw), factors, tuple(index for index in loops if index not in target))


def _sum(draw: Draw, name: str, known: list[Tensor]) -> Equation:
    target = Tensor(name, _axes(draw))
    terms = tuple(_term(draw, known, target.indices) for _ in range(draw(st.integers(1, 3))))
    return Equation(target(), SumOfProducts(terms), ORIGIN)


def _scatter(draw: Draw, name: str, known: list[Tensor]) -> Equation:
    tensor, loops = Tensor(name, _axes(draw)), _axes(draw)
    target = _access(draw, tensor, loops)
    assert target is not None
    terms = tuple(_term(draw, known, target.free) for _ in range(draw(st.integers(1, 2))))
    return Equation(target, SumOfProducts(terms), ORIGIN)


def _elementwise(draw: Draw, name: str, known: list[Tensor]) -> Equation:
    target = Tensor(name, _axes(draw))
    expression = draw(st.sampled_from(EXPRESSIONS))
    operands = [_access(draw, draw(st.sampled_from(known)), target.indices) for _ in range(3)]
    return Equation(target(), elementwise(expression, *(a for a in operands if a is not None)), ORIGIN)


def _reduction(draw: Draw, name: str, known: list[Tensor]) -> Equation:
    """Over windows as well; one operand is always in range, for the maximum of nothing is −∞."""
    target = Tensor(name, _axes(draw, 1))
    over = tuple(index for index in _axes(draw) if index not in target.indices)
    accesses = [_access(draw, tensor, (*target.indices, *over)) for tensor in draw(st.permutations(known))[:2]]
    operands = tuple(dict.fromkeys(access for access in accesses if access is not None))
    if not any(access.bounded for access in operands):
        first = draw(st.sampled_from(known))
        operands = (*operands, Access(first, (Affine((), 0),) * len(first.indices)))
    return Equation(target(), Reduction(draw(st.sampled_from(["max", "logsumexp"])), operands, over), ORIGIN)


_MAKERS = {"sum": _sum, "scatter": _scatter, "elementwise": _elementwise, "reduction": _reduction}


def _loss(draw: Draw, known: list[Tensor]) -> Equation:
    """A weighted sum of every element of some quantities, and of products of others with themselves."""
    loss = Access(Tensor("E", (), Role.LOSS))
    chosen = [*draw(st.lists(st.sampled_from(known), min_size=2, max_size=4)), known[0], known[-1]]
    terms = tuple(Term(_coefficient(draw), (tensor(),) * draw(st.integers(1, 2)), tensor.indices) for tensor in chosen)
    return Equation(loss, SumOfProducts(terms), ORIGIN)
