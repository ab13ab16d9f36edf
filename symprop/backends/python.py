"""The plain Python back end, for one example at a time: floats and the module `math`, faster than arrays of one element."""

from __future__ import annotations

import math

from symprop.backends.executable import Executable
from symprop.backends.lambdified import Language, compile_with
from symprop.backends.printing import PythonLines
from symprop.lowering.scalars import Lines


def mean(x: float) -> float:
    """The mean over one example."""
    return x


_LANGUAGE = Language(PythonLines, (("math", math),), (("mean", mean),))


def compile_lines(lines: Lines) -> Executable:
    """The lines as a function of floats.

    The function raises ArithmeticError or ValueError where NumPy would give an infinity or NaN.
    """
    return compile_with(_LANGUAGE, lines)
