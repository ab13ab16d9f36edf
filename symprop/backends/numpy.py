"""The NumPy back end: every name is an array over examples, or over learning rates and examples, by broadcasting."""

from __future__ import annotations

import math
from typing import Any

import numpy

from symprop.backends.executable import Executable
from symprop.backends.lambdified import Language, compile_with
from symprop.backends.printing import NumpyLines
from symprop.lowering.scalars import Lines

_erf = numpy.frompyfunc(math.erf, 1, 1)


def erf(x: Any) -> Any:
    """The error function of a scalar or an array, which NumPy lacks; of float32 in float32, else in float64.

    >>> erf(numpy.array([0.0, 1.0])).round(4)
    array([0.    , 0.8427])
    """
    return numpy.asarray(_erf(x), dtype=getattr(x, "dtype", numpy.float64))


def mean(x: Any) -> Any:
    """The mean over the last axis, which is that of the examples; a scalar, the same for all examples, is its own mean.

    With an axis of learning rates before it, the last axis stays with extent one, so that parameters keep their shape.
    """
    dimensions = getattr(x, "ndim", 0)
    if dimensions == 0:
        return x
    total: Any = numpy.add.reduce  # NumPy's stubs know no keepdims that is not a literal
    return total(x, axis=-1, keepdims=dimensions > 1) / x.shape[-1]


_LANGUAGE = Language(NumpyLines, (("numpy", numpy),), (("erf", erf), ("mean", mean)))


def compile_lines(lines: Lines) -> Executable:
    """The lines as a function of scalars and arrays that broadcast against each other.

    A quantity that differs between examples has them on its last axis. In float64, no declared function overflows
    for arguments up to ±1000.
    """
    return compile_with(_LANGUAGE, lines)
