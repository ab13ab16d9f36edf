"""The arrays that the tensors of a Lowered are held in, and views of them for each access; calls are written by others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from math import inf

from symprop.backends.numpy.contraction import Factor, Indices
from symprop.backends.numpy.memory import Memory
from symprop.ir.nodes import Reduction
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.lowering.lowered import Lowered
from symprop.lowering.strides import Pads, Strided, strided, wider


class Arrays:
    """An array for each tensor, with room around it where it is read beyond its axes, so that zeros are read there."""

    def __init__(self, lowered: Lowered, memory: Memory) -> None:
        self.memory = memory
        self.names: dict[str, str] = {}
        self.pads = _pads(lowered)
        self._padded: dict[str, str] = {}
        self._copies: dict[Hashable, list[tuple[str, tuple[int, ...]]]] = {}

    def make(self, tensor: Tensor, shared: bool) -> str:
        """The array of a tensor; `shared` memory may have been another's before, and may be given back."""
        dtype = "int64" if tensor.role is Role.INDEX else ""
        if tensor.name in self.pads:
            self._make_padded(tensor, self.pads[tensor.name])
        elif shared:
            self.names[tensor.name] = self.memory.array(tensor.name, tensor.extents, dtype)
        else:
            self.names[tensor.name] = self.memory.new(tensor.name, tensor.extents, dtype)
        return self.names[tensor.name]

    def _make_padded(self, tensor: Tensor, pads: Pads) -> None:
        shape = [before + extent + after for (before, after), extent in zip(pads, tensor.extents, strict=True)]
        whole = self.memory.new(f"{tensor.name}_padded", shape, fill=0.0)
        self._padded[tensor.name] = whole
        self.names[tensor.name] = self.inside(tensor, whole, pads)

    def inside(self, tensor: Tensor, whole: str, pads: Pads) -> str:
        """The part of an array with room around it where the tensor itself stands."""
        start = [before for before, _ in pads]
        return self.memory.view(tensor.name, whole, start, tensor.extents, self.memory[whole].strides)

    def factor(self, access: Access) -> Factor:
        """What an access without integers among its indices reads, over its free indices; zero out of range."""
        place, name = strided(access), access.tensor.name
        whole, pads = (self._padded[name], self.pads[name]) if place.is_padded else (self.names[name], ())
        array = self.at(whole, place, pads)
        return Factor(array, self.memory[array], access.free, _key(access))

    def at(self, base: str, place: Strided, pads: Pads) -> str:
        """The view of an array, which has `pads` around the tensor, that an access takes."""
        strides = self.memory[base].strides
        start = [first + (pads[axis][0] if pads else 0) for axis, first in enumerate(place.start)]
        steps = [sum(step * stride for step, stride in zip(each, strides, strict=True)) for each in place.steps]
        shape = [index.extent for index in place.indices]
        letters = "".join(index.name for index in place.indices)
        return self.memory.view(f"{base}_{letters}", base, start, shape, steps)

    def aligned(self, factor: Factor, loops: Sequence[Index]) -> str:
        """A factor's array with an axis for each loop, of extent 1 where it does not vary; a number stays one."""
        if not factor.indices:
            return factor.name
        shape = [index.extent if index in factor.indices else 1 for index in loops]
        strides = factor.array.strides
        steps = [strides[factor.indices.index(i)] if i in factor.indices else factor.array.itemsize for i in loops]
        return self.memory.view(f"{factor.name}_{_letters(loops)}", factor.name, (), shape, steps)

    def turned(self, factor: Factor, order: Indices) -> str:
        """A factor's array with its axes in another order."""
        axes = [factor.indices.index(index) for index in order]
        shape, strides = factor.array.shape, factor.array.strides
        return self.memory.view(
            f"{factor.name}_{_letters(order)}", factor.name, (), [shape[a] for a in axes], [strides[a] for a in axes]
        )

    def remember(self, factor: Factor, copy: str, order: Indices) -> None:
        """Notes a copy of what a factor reads, with its axes in that order, for when it is read again."""
        if factor.key is not None:
            places = tuple(factor.indices.index(index) for index in order)
            self._copies.setdefault(factor.key, []).append((copy, places))

    def alternatives(self, factor: Factor) -> list[Factor]:
        """The factor, and the copies of what it reads."""
        found = [factor]
        for copy, places in self._copies.get(factor.key, ()) if factor.key is not None else ():
            indices = tuple(factor.indices[place] for place in places)
            found.append(Factor(copy, self.memory[copy], indices))
        return found

    def beyond(self, access: Access) -> tuple[str, str]:
        """For a reduction: an array with −∞ around the tensor's place in it, that place, to be filled, and its name."""
        place = strided(access)
        shape = [b + e + a for (b, a), e in zip(place.pads, access.tensor.extents, strict=True)]
        whole = self.memory.new(f"{access.tensor.name}_padded", shape, fill=-inf)
        return whole, self.inside(access.tensor, whole, place.pads)


def _letters(indices: Iterable[Index]) -> str:
    return "".join(index.name for index in indices)


def _key(access: Access) -> Hashable:
    """Equal for accesses that read the same numbers under other letters."""
    numbers = {index: number for number, index in enumerate(access.free)}
    places = tuple(
        (tuple((factor, numbers[index], index.extent) for factor, index in affine.terms), affine.offset)
        for affine in access.indices
    )
    return access.tensor.name, places


def _pads(lowered: Lowered) -> dict[str, Pads]:
    """How far each tensor is read beyond its axes where that reads zero."""
    found: dict[str, Pads] = {}
    for equation in (*lowered.constants, *lowered.equations):
        if isinstance(equation.value, Reduction):
            continue
        for access in equation.value.accesses:
            if access.gathers:
                continue
            place = strided(access)
            if place.is_padded:
                known = found.get(access.tensor.name, place.pads)
                found[access.tensor.name] = wider(known, place.pads)
    return found
