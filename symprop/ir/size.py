"""How much an equation is once it is written out number by number; how much is too much is for each use to say."""

from __future__ import annotations

from math import prod

from symprop.ir.nodes import Node, Reduction, SumOfProducts
from symprop.ir.program import Program


def scalar_count(program: Program) -> int:
    """How many scalar equations a program is when it is unrolled.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.layers.dense import Dense
    >>> scalar_count(NetworkSpec(3, [Dense(4), Dense(2)]).elaborate())
    15
    """
    return sum(prod(equation.target.tensor.extents) for equation in program.equations)


def term_count(program: Program) -> int:
    """How many terms, function values and operands those equations have together.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.layers.dense import Dense
    >>> term_count(NetworkSpec(3, [Dense(4, bias=False)]).elaborate())  # 4·3 products, 4 sigmoids, 4 errors, their sum
    24
    """
    return sum(
        prod(index.extent for index in equation.target.free) * length(equation.value) for equation in program.equations
    )


def length(node: Node) -> int:
    """How many terms or operands one element's equation has; what an unread index repeats is one term with a number."""
    if isinstance(node, SumOfProducts):
        return sum(prod(index.extent for index in term.looped) for term in node.terms)
    return len(node.operands) * prod(index.extent for index in node.over) if isinstance(node, Reduction) else 1
