"""The arrays of generated NumPy code, each under a name, with the line that makes it; what is computed in them is for others."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from symprop.backends.loading import check_name

Array = Any
Slot = tuple[int, str, str]  # memory: how many numbers, their format, its name

_LARGER = 2  # memory is used again for what needs at least half of it


class Memory:
    """Arrays by name, and the lines that make them. Memory that is given back is used again."""

    def __init__(self, dtype: str, namespace: Mapping[str, Any]) -> None:
        self.namespace: dict[str, Any] = dict(namespace)
        self.lines: list[str] = []
        self.dtype = dtype
        self._free: list[Slot] = []
        self._slots: dict[str, Slot] = {}
        self._views: dict[tuple[Any, ...], str] = {}

    def __getitem__(self, name: str) -> Array:
        return self.namespace[name]

    def define(self, wanted: str, array: Array, text: str) -> str:
        """Puts an array under a name that nothing has yet, and returns it; `text` is the source that makes the array."""
        name = self.free_name(wanted)
        self.namespace[name] = array
        self.lines.append(f"{name} = {text}")
        return name

    def free_name(self, wanted: str) -> str:
        """The name, with underscores where it is taken."""
        name = check_name(f"{wanted}_" if keyword.iskeyword(wanted) else wanted)
        while name in self.namespace:
            name += "_"
        return name

    def new(self, wanted: str, shape: Sequence[int], dtype: str = "", fill: float | None = None) -> str:
        """An array of its own, full of a number if one is given."""
        dtype = dtype or self.dtype
        if fill is None:
            return self.define(wanted, np.empty(shape, dtype), f"empty({tuple(shape)}, '{dtype}')")
        return self.define(wanted, np.full(shape, fill, dtype), f"full({tuple(shape)}, {literal(fill)}, '{dtype}')")

    def array(self, wanted: str, shape: Sequence[int], dtype: str = "") -> str:
        """An array whose memory may be that of one that was given back; its numbers are not set."""
        dtype, size = dtype or self.dtype, prod(shape)
        fitting = [slot for slot in self._free if slot[1] == dtype and size <= slot[0] <= _LARGER * max(size, 64)]
        if fitting:
            slot = min(fitting)
            self._free.remove(slot)
        else:
            slot = (size, dtype, self.new("memory", (size,), dtype))
        part = self[slot[2]][:size].reshape(shape)
        text = slot[2] if slot[0] == size else f"{slot[2]}[:{size}]"
        name = self.define(wanted, part, f"{text}.reshape({tuple(shape)})")
        self._slots[name] = slot
        return name

    def give_back(self, name: str) -> None:
        """Says that an array that `array` made is not read any more; others stay."""
        if name in self._slots:
            self._free.append(self._slots.pop(name))

    def is_owner(self, name: str) -> bool:
        """Whether the array is one that `array` made, not yet given back."""
        return name in self._slots

    def view(self, wanted: str, base: str, start: Sequence[int], shape: Sequence[int], strides: Sequence[int]) -> str:
        """The elements of an array from a place on, with strides in bytes; the same view has one name."""
        array = self[base]
        if not any(start) and tuple(shape) == array.shape and tuple(strides) == array.strides:
            return base
        key = (base, tuple(start), tuple(shape), tuple(strides))
        if key not in self._views:
            corner = f"{base}[{', '.join(f'{place}:' for place in start)}]" if any(start) else base
            first = array[tuple(slice(place, None) for place in start)]
            made = view(first, tuple(shape), tuple(strides))
            self._views[key] = self.define(wanted, made, f"view({corner}, {tuple(shape)}, {tuple(strides)})")
        return self._views[key]

    def reshaped(self, wanted: str, base: str, shape: Sequence[int]) -> str | None:
        """The array with axes merged, None where that needs a copy."""
        array = self[base]
        if tuple(shape) == array.shape:
            return base
        key = (base, tuple(shape))
        if key not in self._views:
            made = array.reshape(shape)
            if not np.may_share_memory(made, array):
                return None
            self._views[key] = self.define(wanted, made, f"{base}.reshape({tuple(shape)})")
        return self._views[key]

    def bits(self, base: str, dtype: str) -> str:
        """The array as integers of the same size."""
        key = (base, dtype)
        if key not in self._views:
            self._views[key] = self.define(f"{base}_bits", self[base].view(dtype), f"{base}.view('{dtype}')")
        return self._views[key]

    def transposed(self, wanted: str, base: str, axes: Sequence[int]) -> str:
        """The array with its axes in another order."""
        array = self[base]
        return self.view(wanted, base, (), [array.shape[a] for a in axes], [array.strides[a] for a in axes])


def literal(number: float) -> str:
    """A number as Python reads it.

    >>> literal(2), literal(float("-inf"))
    ('2.0', "float('-inf')")
    """
    text = repr(float(number))
    return text if isfinite(number) else f"float('{text}')"


def view(array: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """The numbers from the first element of an array on, with strides in bytes.

    >>> view(np.arange(6.0), (2, 3), (8, 8))
    array([[0., 1., 2.],
           [1., 2., 3.]])
    """
    return as_strided(array, shape, strides)
