"""Where JAX keeps the arrays of a program, and in which number format; what is done with them is the source's affair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symprop.backends.jax.source import FORMATS
from symprop.lowering.lowered import Lowered

Array = Any


def is_wide(dtype: str) -> bool:
    """Whether a format needs JAX's 64 bits."""
    return dtype == "float64"


def precision(wide: bool) -> AbstractContextManager[None]:
    """Inside, and in this thread only, JAX has 64 bits or has not; its settings are left as they are."""
    return _switched(wide)


@contextmanager
def _switched(wide: bool) -> Iterator[None]:
    now: Any = jax.config  # JAX annotates no settings
    if bool(now.jax_enable_x64) == wide:
        yield
        return
    with jax.enable_x64(wide):
        yield


def loaded_formats(lowered: Lowered, dtype: str) -> list[str]:
    """The format that each argument is computed with; without 64 bits, integers have 32."""
    formats = (FORMATS[dtype].of(tensor) for tensor in lowered.arguments)
    return [format if is_wide(dtype) or format != "int64" else "int32" for format in formats]


@dataclass(frozen=True)
class Placing:
    """Puts arrays on the device that JAX chooses. `data_parallel` has one that puts them on several."""

    def put(self, name: str, value: Array, format: str, varying: bool = False) -> Array:
        """The array on the device, in this format; of what is `varying` the first axis counts updates."""
        return jnp.asarray(value, format)

    def back(self, value: Array) -> Array:
        """An array as its caller gets it."""
        return value

    def shardings(self) -> Mapping[str, Any]:
        """What jax.jit is told about where results are."""
        return {}


def padded(value: Array, start: int, size: int, room: int) -> Array:
    """The rows from `start`, so many, followed by zeros up to `room`."""
    rows = value[start : start + size]
    if size == room:
        return rows
    edges = [(0, room - size)] + [(0, 0)] * (rows.ndim - 1)
    return np.pad(rows, edges) if isinstance(rows, np.ndarray) else jnp.pad(rows, edges)
