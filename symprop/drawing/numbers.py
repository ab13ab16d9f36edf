"""Numbers and shapes as they stand in drawings; which of them stand where is decided by what is drawn."""

from __future__ import annotations

from math import isfinite, isnan

DIGITS = 4
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float) -> str:
    """A number as it stands in a drawing, with a real minus sign and real powers.

    >>> number(0.0141813), number(-2.0), number(1.25e-7), number(1e20), number(float("inf"))
    ('0.01418', '−2', '1.25·10⁻⁷', '10²⁰', '∞')
    """
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{DIGITS}g}".replace("-", "−").partition("e")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent.replace('−', '-'))).translate(RAISED)}"
    return power if mantissa == "1" else f"−{power}" if mantissa == "−1" else f"{mantissa}·{power}"


def shape(extents: tuple[int, ...]) -> str:
    """The shape of a tensor; nothing for a single number.

    >>> shape((4, 6)), shape((10_000,))
    ('4 × 6', '10,000')
    """
    return " × ".join(f"{extent:,}" for extent in extents)
