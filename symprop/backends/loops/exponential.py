"""The exponential function without calls or branches, which compilers turn into vector instructions: its numbers.

The argument is split into ``k·log(2) + r`` with ``|r| <= log(2)/2``, where a polynomial serves; errors stay within two units
of the last place. Source: Cody and Waite, Software manual for the elementary functions, 1980, chapter 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

INVERSE = 1.4426950408889634  # of log(2)


@dataclass(frozen=True)
class Exponential:
    """A polynomial of that degree; exp is ∞ above `highest`, 0 below `lowest`; log(2) is the sum of two parts.

    A number holds its exponent, plus `bias`, from the bit `shift` of its `bits` on.
    """

    degree: int
    highest: float
    lowest: float
    log_2: tuple[float, float]
    bits: int
    bias: int
    shift: int

    @property
    def coefficients(self) -> Sequence[float]:
        """Those of the polynomial, of the highest power first, down to that of r²."""
        return [1 / factorial(k) for k in range(self.degree, 1, -1)]


_PARTS = ("0x1.62e42fefa38p-1", "0x1.ef35793c7673p-45"), ("0x1.62e4p-1", "0x1.7f7d1cp-20")
_DOUBLE, _SINGLE = ((float.fromhex(high), float.fromhex(low)) for high, low in _PARTS)
EXPONENTIALS = {
    "float64": Exponential(13, 709.78, -708.0, _DOUBLE, 64, 1023, 52),
    "float32": Exponential(7, 88.72, -87.0, _SINGLE, 32, 127, 23),
}
