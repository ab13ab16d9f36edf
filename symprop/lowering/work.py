"""How much a Lowered computes, counted on its equations, for a rough choice between back ends; exact counts are `counts`'."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import sympy

from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.size import length
from symprop.ir.tensor import Index
from symprop.lowering.lowered import Lowered


@dataclass(frozen=True)
class Work:
    """Equations, products that are added to a sum, elements that are computed, and values of functions such as exp."""

    equations: int
    products: int
    elements: int
    functions: int


def work(lowered: Lowered) -> Work:
    """What one run computes.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.lowering.lowered import lower
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(3, [Dense(4, activation="tanh", bias=False)]).elaborate()
    >>> work(lower(net, ["a1"]))
    Work(equations=2, products=12, elements=8, functions=4)
    """
    lines = lowered.equations
    sizes = [_size(line.target.free) for line in lines]
    return Work(
        len(lines),
        sum(size * length(line.value) for line, size in zip(lines, sizes, strict=True) if _adds_up(line)),
        sum(sizes),
        sum(size * _functions(line) for line, size in zip(lines, sizes, strict=True)),
    )


def _size(indices: Iterable[Index]) -> int:
    return prod(index.extent for index in indices)


def _adds_up(equation: Equation) -> bool:
    return isinstance(equation.value, SumOfProducts) and any(term.looped for term in equation.value.terms)


def _functions(equation: Equation) -> int:
    """How many values of functions one element takes."""
    value = equation.value
    if isinstance(value, Reduction):
        return length(value) if value.kind == "logsumexp" else 0
    if not isinstance(value, Elementwise):
        return 0
    return len(value.expression.atoms(sympy.Function) - value.expression.atoms(sympy.Abs, sympy.Max, sympy.Min))
