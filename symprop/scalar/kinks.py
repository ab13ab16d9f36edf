"""Where a scalar expression may have no derivative: as its functions declare it, else found from its choices; solves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import sympy

Expression = Any


def kinks_of(expression: Expression) -> Iterator[Expression]:
    """Expressions that are zero at each kink, and perhaps elsewhere: where a declared function's declaration says so, where
    the sides of a condition meet, where what has a sign or an absolute value vanishes, where two of several are largest.

    >>> from symprop.rules.activations import ACTIVATIONS
    >>> x = sympy.Symbol("x", real=True)
    >>> list(kinks_of(ACTIVATIONS["hard_tanh"](2*x) + ACTIVATIONS["elu"](x))), list(kinks_of(x*abs(x - 1)))
    ([2*x + 1, 2*x - 1], [x - 1])
    """
    for part in sympy.preorder_traversal(expression):
        declaration = getattr(type(part), "declaration", None)
        if declaration is not None:
            yield from (part.args[0] - sympy.Rational(kink.at) for kink in declaration.kinks)
        elif isinstance(part, sympy.core.relational.Relational):
            yield part.lhs - part.rhs
        elif isinstance(part, (sympy.Abs, sympy.sign)):
            yield part.args[0]
        elif isinstance(part, (sympy.Max, sympy.Min)):
            yield from (a - b for a, b in combinations(part.args, 2))
