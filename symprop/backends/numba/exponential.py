"""The exponential function of `loops.exponential` as Python for numba; made code imports `power_of_two` from here."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from symprop.backends.loops.exponential import EXPONENTIALS

_NUMBERS = {types.float64: EXPONENTIALS["float64"], types.float32: EXPONENTIALS["float32"]}


@intrinsic  # type: ignore[untyped-decorator]
def power_of_two(typing: Any, exponent: Any, like: Any) -> Any:
    """2 to the power of an int32, which must be that of a normal number, in the format of `like`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = _NUMBERS[signature.return_type]
        whole = ir.IntType(numbers.bits)
        exponent = values[0] if numbers.bits == 32 else builder.sext(values[0], whole)
        bits = builder.shl(builder.add(exponent, whole(numbers.bias)), whole(numbers.shift))
        return builder.bitcast(bits, context.get_value_type(signature.return_type))

    return like(types.int32, like), generate
