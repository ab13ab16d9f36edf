"""How large a derivation may be for its scalars to be written or worked out one by one; training has limits of its own."""

from __future__ import annotations

from math import prod

from symprop.errors import BudgetError
from symprop.ir.nodes import Node, Reduction, SumOfProducts
from symprop.ir.program import Program

MOST_SCALARS = 20_000
MOST_TERMS = 10_000  # of one sum, where one formula alone is asked for
_A_SECOND, _A_GIGABYTE = 5_000, 100_000  # scalar equations, as measured


def scalar_count(program: Program) -> int:
    """How many scalar equations a program is when it is unrolled.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.layers.dense import Dense
    >>> scalar_count(NetworkSpec(3, [Dense(4), Dense(2)]).elaborate())
    15
    """
    return sum(prod(equation.target.tensor.extents) for equation in program.equations)


def check_scalars(program: Program, *, remedy: str = "Make the layers smaller.") -> None:
    """Raises BudgetError, with an estimate, where a program is too large to be unrolled as a whole."""
    count = scalar_count(program)
    if count > MOST_SCALARS:
        raise BudgetError(
            "the network is too large to be written out weight by weight",
            expected=f"at most {MOST_SCALARS:,} scalar equations",
            got=f"{count:,} (about {count / _A_SECOND:.0f} s and {count / _A_GIGABYTE:.1f} GB)",
            remedy=remedy,
        )


def check_sums(program: Program, *, remedy: str = "Make the layers smaller.") -> None:
    """Raises BudgetError where a program has a sum too long to be written out for a single element."""
    longest = max((_terms(equation.value) for equation in program.equations), default=0)
    if longest > MOST_TERMS:
        what = "the network has sums that are too long to be written out"
        raise BudgetError(what, expected=f"at most {MOST_TERMS:,} terms", got=f"{longest:,}", remedy=remedy)


def _terms(node: Node) -> int:
    if isinstance(node, SumOfProducts):
        return sum(prod(index.extent for index in term.over) for term in node.terms)
    return prod(index.extent for index in node.over) if isinstance(node, Reduction) else 1
