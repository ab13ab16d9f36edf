"""The NumPy back end: every name is an array over examples, or over learning rates and examples, by broadcasting."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy

from symprop.backends.executable import Executable
from symprop.backends.lambdified import Language, compile_with
from symprop.backends.printing import NumpyLines
from symprop.lowering.scalars import Lines
from symprop.scalar.formats import exponent_below

_erf, _erfc = numpy.frompyfunc(math.erf, 1, 1), numpy.frompyfunc(math.erfc, 1, 1)


def erf(x: Any) -> Any:
    """The error function of a scalar or an array, which NumPy lacks; of float32 in float32, else in float64.

    >>> erf(numpy.array([0.0, 1.0])).round(4)
    array([0.    , 0.8427])
    """
    return numpy.asarray(_erf(x), dtype=getattr(x, "dtype", numpy.float64))


def erfc(x: Any) -> Any:
    """One minus the error function, without the digits that the subtraction would lose.

    >>> erfc(numpy.array([0.0, 27.0]))
    array([1.00000000e+000, 5.23704644e-319])
    """
    return numpy.asarray(_erfc(x), dtype=getattr(x, "dtype", numpy.float64))


def mean(x: Any) -> Any:
    """The mean over the last axis, which is that of the examples; a scalar, the same for all examples, is its own mean.

    With an axis of learning rates before it, the last axis stays with extent one, so that parameters keep their shape.
    """
    dimensions = getattr(x, "ndim", 0)
    if dimensions == 0:
        return x
    total: Any = numpy.add.reduce  # NumPy's stubs know no keepdims that is not a literal
    return total(x, axis=-1, keepdims=dimensions > 1) / x.shape[-1]


def smallest(x: Any) -> Any:
    """The smallest normal number of the format of `x`.

    >>> print(smallest(numpy.float32(3)))
    1.1754944e-38
    """
    return numpy.finfo(_format(x)).tiny


@lru_cache(maxsize=8)
def _largest_exponent(format: Any) -> Any:
    return format.type(exponent_below(float(numpy.finfo(format).max)))


def largest_exponent(x: Any) -> Any:
    """The exponent at which exponentials of the format of `x` saturate.

    >>> print(largest_exponent(numpy.float32(3)))
    40.0
    """
    return _largest_exponent(_format(x))


def _format(x: Any) -> Any:
    return getattr(x, "dtype", numpy.dtype(numpy.float64))


_HELPERS = (
    ("erf", erf),
    ("erfc", erfc),
    ("mean", mean),
    ("smallest", smallest),
    ("largest_exponent", largest_exponent),
)
_LANGUAGE = Language(NumpyLines, (("numpy", numpy),), _HELPERS)


def compile_lines(lines: Lines) -> Executable:
    """The lines as a function of scalars and arrays that broadcast against each other.

    A quantity that differs between examples has them on its last axis. In float64 and float32, no declared function
    overflows for arguments up to ±1000.
    """
    return compile_with(_LANGUAGE, lines)
