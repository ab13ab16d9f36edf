"""The exponential function as C without calls or branches, which compilers turn into vector instructions.

The argument is split into ``k·log(2) + r`` with ``|r| <= log(2)/2``, where a polynomial serves; errors stay within two units
of the last place. Source: Cody and Waite, Software manual for the elementary functions, 1980, chapter 6.
"""

from __future__ import annotations

from math import factorial

_DOUBLE = (
    13,
    "rint",
    "int64_t",
    "uint64_t",
    "1023",
    "52",
    "709.78",
    "-708.0",
    "0x1.62e42fefa38p-1",
    "0x1.ef35793c7673p-45",
    "",
)
_FLOAT = (7, "rintf", "int32_t", "uint32_t", "127", "23", "88.72f", "-87.0f", "0x1.62e4p-1f", "0x1.7f7d1cp-20f", "f")


def _code(
    degree: int,
    rint: str,
    whole: str,
    bits: str,
    bias: str,
    shift: str,
    high: str,
    low: str,
    first: str,
    second: str,
    f: str,
) -> str:
    inverse = "1.4426950408889634" + f
    steps = [f"    p = p*r + {1 / factorial(k)!r}{f};" for k in range(degree - 1, 1, -1)]
    return "\n".join(
        [
            "static inline real NAME(real x)",
            "{",
            f"    const real y = x > {high} ? {high} : (x < {low} ? {low} : x);",
            f"    const real k = {rint}(y*{inverse});",
            f"    const real r = (y - k*{first}) - k*{second};",
            f"    real p = {1 / factorial(degree)!r}{f}, half, power;",
            *steps,
            f"    p = p*r*r + r + 1.0{f};",
            "    /* 2^k as two factors, each of them a normal number */",
            "    const int n = k == k ? (int)k : 0;",
            f"    const {bits} low = ({bits})({whole})(n/2 + {bias}) << {shift};",
            f"    const {bits} high = ({bits})({whole})(n - n/2 + {bias}) << {shift};",
            "    memcpy(&half, &low, sizeof half);",
            "    memcpy(&power, &high, sizeof power);",
            f"    return x > {high} ? INFINITY : (x < {low} ? 0.0{f} : p*half*power);",
            "}",
        ]
    )


EXPONENTIALS = {"float64": _code(*_DOUBLE), "float32": _code(*_FLOAT)}
