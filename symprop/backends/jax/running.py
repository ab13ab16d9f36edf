"""Runs a loop of updates in stretches, so that it is compiled for few lengths; the loop itself is in the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symprop.backends.executable import Arrays
from symprop.backends.jax.placing import Placing, is_wide, loaded_formats, padded, precision
from symprop.backends.jax.source import FORMATS
from symprop.lowering.lowered import Lowered

Array = Any

LONGEST = 1 << 16  # updates in one stretch: starting it costs little beside running it
MOST_ELEMENTS = 1 << 26  # of what varies, on the device at one time


@dataclass(frozen=True)
class Running:
    """The loop of a source, loaded; `placing` says where its arrays are."""

    lowered: Lowered
    dtype: str
    varying: frozenset[str]
    placing: Placing
    loop: Callable[..., Any]

    @cached_property
    def _jitted(self) -> Callable[..., Any]:
        return jax.jit(self.loop, donate_argnums=(1, 2), **self.placing.shardings())

    @cached_property
    def _formats(self) -> dict[str, str]:
        names = (tensor.name for tensor in self.lowered.arguments)
        return dict(zip(names, loaded_formats(self.lowered, self.dtype), strict=True))

    @cached_property
    def _carried(self) -> tuple[str, ...]:
        return tuple(t.name for t in self.lowered.arguments if t.name in self.lowered.carried.values())

    def run(self, count: int, carried: Arrays, fixed: Arrays, varying: Arrays) -> tuple[Array, dict[str, Array]]:
        """Runs `count` updates; see `executable.Run`."""
        with precision(is_wide(self.dtype)):
            # Copies, since the loop overwrites what it carries on.
            state = tuple(jnp.array(self._put(name, carried), copy=True) for name in self._carried)
            kept = tuple(self._put(name, fixed) for name in self._formats if name in self._fixed)
            losses = list[Array]()
            for start, size, room in self._stretches(count):
                rows = tuple(
                    self._rows(name, varying, start, size, room) for name in self._formats if name in self.varying
                )
                empty = jnp.zeros((room, *self._loss), FORMATS[self.dtype].kept)
                found, state = self._jitted(np.int32(size), empty, state, kept, rows)
                losses.append((found, size))
            back = map(self.placing.back, state)
            parts = [np.asarray(self.placing.back(found))[:size] for found, size in losses]
        whole = np.concatenate(parts) if parts else np.zeros((0, *self._loss), FORMATS[self.dtype].kept)
        return whole, dict(zip(self._carried, back, strict=True))

    @property
    def _loss(self) -> tuple[int, ...]:
        """The extents of one update's loss: of several runs, it has one for each."""
        return self.lowered.tensors[self.lowered.outputs[0]].extents

    @cached_property
    def _fixed(self) -> frozenset[str]:
        return frozenset(self._formats).difference(self._carried, self.varying)

    def _put(self, name: str, arrays: Arrays) -> Array:
        return self.placing.put(name, arrays[name], self._formats[name])

    def _rows(self, name: str, arrays: Arrays, start: int, size: int, room: int) -> Array:
        return self.placing.put(name, padded(arrays[name], start, size, room), self._formats[name], varying=True)

    def _stretches(self, count: int) -> Iterator[tuple[int, int, int]]:
        """Where each stretch starts, its number of updates, and for how many it is compiled."""
        longest = self._longest
        for start in range(0, count, longest):
            size = min(longest, count - start)
            yield start, size, self._room(size) if self.varying else longest

    @cached_property
    def _longest(self) -> int:
        extents = [prod(t.extents) for t in self.lowered.arguments if t.name in self.varying]
        longest = LONGEST
        while longest > 1 and longest * (sum(extents) + prod(self._loss)) > MOST_ELEMENTS:
            longest //= 2
        return longest

    @cached_property
    def _rooms(self) -> list[int]:
        return []

    def _room(self, size: int) -> int:
        """A length that has been compiled and is not twice what is needed, else a new one; the first fits exactly."""
        found = min((room for room in self._rooms if size <= room < 2 * size), default=None)
        if found is None:
            found = 1 << (size - 1).bit_length() if self._rooms else size
            self._rooms.append(found)
        return found
