"""Arrays as compiled code reads them: of its format, row by row, of the right shape; nothing is checked behind this door."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays
from symprop.errors import UserError
from symprop.ir.tensor import Role, Tensor

Array = Any

_CACHE_LINE = 64  # bytes


class Workspaces(threading.local):
    """One workspace for each thread, so that calls at once do not meet."""

    def __init__(self, count: int, dtype: str) -> None:
        self.array = aligned(count, dtype)
        self.address = self.array.ctypes.data


def aligned(count: int, dtype: str) -> Array:
    """Memory that starts on a cache line."""
    item = np.dtype(dtype).itemsize
    block = np.empty(count * item + _CACHE_LINE, np.uint8)
    start = -block.ctypes.data % _CACHE_LINE
    return block[start : start + count * item].view(dtype)


def format_of(tensor: Tensor, dtype: str) -> Any:
    """The format of a tensor's numbers."""
    return np.dtype(np.int64 if tensor.role is Role.INDEX else dtype)


def checked(value: Any, kind: Any, extents: tuple[int, ...], name: str) -> Array:
    """The value as an array that compiled code may read; UserError for one of another shape."""
    if type(value) is np.ndarray and value.dtype == kind and value.shape == extents and value.flags.c_contiguous:
        return value  # the usual case, and calls are short
    given = np.asarray(value)
    if given.dtype.kind not in "biuf":
        raise UserError(f"'{name}' has no numbers", expected="an array of real numbers", got=str(given.dtype))
    array = np.asarray(given, kind, order="C")
    if array.shape != extents:
        raise UserError(f"wrong shape of '{name}'", expected=str(extents), got=str(array.shape))
    return array


def read(values: Arrays, tensor: Tensor, dtype: str, *first: int) -> Array:
    """A tensor's array among the values, with the axis of updates first where there is one."""
    return checked(values[tensor.name], format_of(tensor, dtype), (*first, *tensor.extents), tensor.name)
