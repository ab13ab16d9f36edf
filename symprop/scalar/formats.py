"""Bounds of the number format that code computes in, as SymPy functions for stable forms; back ends know the formats."""

from __future__ import annotations

import math

import sympy


class smallest(sympy.Function):  # type: ignore[misc]
    """The smallest normal number of the format that the argument is in."""

    nargs = 1

    def _eval_is_positive(self) -> bool:
        return True


class largest_exponent(sympy.Function):  # type: ignore[misc]
    """The largest x, of the format that the argument is in, for which exp(x)² and a thousand times it can be held."""

    nargs = 1

    def _eval_is_positive(self) -> bool:
        return True


def exponent_below(largest: float) -> float:
    """That x, for a format's largest number.

    >>> exponent_below(1.7976931348623157e308), exponent_below(3.4028235e38)
    (350.0, 40.0)
    """
    return float(round((math.log(largest) - 9) / 2))
