"""The plain Python back end, for one example at a time: floats and the module `math`, faster than arrays of one element."""

from __future__ import annotations

import math
import sys

from symprop.backends.executable import Executable
from symprop.backends.lambdified import Language, compile_with
from symprop.backends.printing import PythonLines
from symprop.lowering.scalars import Lines
from symprop.scalar.formats import exponent_below


def mean(x: float) -> float:
    """The mean over one example."""
    return x


def smallest(x: float) -> float:
    """The smallest normal float."""
    return sys.float_info.min


def largest_exponent(x: float) -> float:
    """The exponent at which exponentials saturate."""
    return exponent_below(sys.float_info.max)


_HELPERS = (("mean", mean), ("smallest", smallest), ("largest_exponent", largest_exponent))
_LANGUAGE = Language(PythonLines, (("math", math),), _HELPERS)


def compile_lines(lines: Lines) -> Executable:
    """The lines as a function of floats.

    The function raises ArithmeticError or ValueError where NumPy would give an infinity or NaN.
    """
    return compile_with(_LANGUAGE, lines)
