"""The exponential function of `loops.exponential` as C."""

from __future__ import annotations

from symprop.backends.loops.exponential import EXPONENTIALS, INVERSE

_CODE = """static inline real {name}(real x)
{{
    const real y = x > {highest} ? {highest} : (x < {lowest} ? {lowest} : x);
    const real k = rint{f}(y*{inverse});
    const real r = (y - k*{first}) - k*{second};
    real p = {leading}, half, power;
{steps}
    p = p*r*r + r + 1.0{f};
    /* 2^k as two factors, each of them a normal number */
    const int n = k == k ? (int)k : 0;
    const uint{bits}_t low = (uint{bits}_t)(int{bits}_t)(n/2 + {bias}) << {shift};
    const uint{bits}_t high = (uint{bits}_t)(int{bits}_t)(n - n/2 + {bias}) << {shift};
    memcpy(&half, &low, sizeof half);
    memcpy(&power, &high, sizeof power);
    return x > {highest} ? INFINITY : (x < {lowest} ? 0.0{f} : p*half*power);
}}"""


def exponential(name: str, dtype: str) -> str:
    """The function under a name."""
    numbers, f = EXPONENTIALS[dtype], "f" if dtype == "float32" else ""
    leading, *rest = numbers.coefficients
    return _CODE.format(
        name=name,
        f=f,
        highest=f"{numbers.highest!r}{f}",
        lowest=f"{numbers.lowest!r}{f}",
        inverse=f"{INVERSE!r}{f}",
        first=f"{numbers.log_2[0].hex()}{f}",
        second=f"{numbers.log_2[1].hex()}{f}",
        leading=f"{leading!r}{f}",
        steps="\n".join(f"    p = p*r + {number!r}{f};" for number in rest),
        bits=numbers.bits,
        bias=numbers.bias,
        shift=numbers.shift,
    )
