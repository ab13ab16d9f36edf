"""Writes the calls for each equation of a Lowered: which kind of node becomes what; sums over products are `sums`' affair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from symprop.backends.numpy.arrays import Arrays
from symprop.backends.numpy.contraction import Factor, Indices, size
from symprop.backends.numpy.elementwise import Operand, write_elementwise
from symprop.backends.numpy.instructions import Bounds
from symprop.backends.numpy.memory import Memory
from symprop.backends.numpy.sums import Sums, can_replace
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import Index
from symprop.lowering.lowered import Lowered, reads
from symprop.lowering.strides import overlapping, strided

MOST_SLICES = 64  # that a scatter or a maximum over windows is taken apart into


class Writer:
    """The calls of a program: `once` those for constants, `calls` those of each run, with the equation's name.

    With `in_place`, what is carried is written over the argument that it replaces.
    """

    def __init__(self, lowered: Lowered, memory: Memory, bounds: Bounds, in_place: bool) -> None:
        self.lowered, self.memory, self.bounds = lowered, memory, bounds
        self.arrays = Arrays(lowered, memory)
        self.sums = Sums(self.arrays, memory)
        self.carried = dict(lowered.carried) if in_place else {}
        self.once: list[tuple[str, str]] = []
        self.calls: list[tuple[str, str]] = []
        self._last = lowered.last_use
        self._kept = {*lowered.outputs, *(tensor.name for tensor in lowered.arguments)}

    def write(self) -> None:
        """Writes all equations, and what copies the values that are carried but could not be written in place."""
        for tensor in self.lowered.arguments:
            self.arrays.make(tensor, shared=False)
        for equation in self.lowered.constants:
            self._kept.add(equation.name)
            self.once += [(call, equation.name) for call in self._equation(equation)]
        for number, equation in enumerate(self.lowered.equations):
            self.calls += [(call, equation.name) for call in self._equation(equation, number)]
            self._give_back(equation, number)
        for new, old in self.carried.items():
            if self.arrays.names[new] != self.arrays.names[old]:
                self.calls.append((f"copyto({self.arrays.names[old]}, {self.arrays.names[new]})", new))

    def _give_back(self, equation: Equation, number: int) -> None:
        for name in self.sums.spent():
            self.memory.give_back(name)
        for name in reads(equation) | {equation.name}:
            if name not in self._kept and self._last.get(name, number) == number:
                self.memory.give_back(self.arrays.names[name])

    def _equation(self, equation: Equation, number: int = -1) -> list[str]:
        target, node = equation.target, equation.value
        if not target.plain:
            assert isinstance(node, SumOfProducts)
            return list(self._scatter(equation, node))
        over = self._replaced(equation, number)
        place = self._place(equation, over)
        if isinstance(node, SumOfProducts):
            return self.sums.write(node, target.free, place, over)
        if isinstance(node, Elementwise):
            return self._elementwise(node, target.free, place, number)
        return list(self._reduction(node, target.free, place))

    def _replaced(self, equation: Equation, number: int) -> str:
        """The argument over which a result goes, if nothing reads that any more but the same element; empty for none."""
        old, value = self.carried.get(equation.name), equation.value
        is_constant = number < 0  # written once: its argument is set again at each run
        if old is None or is_constant or isinstance(value, Reduction) or self._last.get(old, number) > number:
            return ""
        mine = [access for access in value.accesses if access.tensor.name == old]
        same = all(access.plain and access.free == equation.target.free for access in mine)
        return old if same and (isinstance(value, Elementwise) or can_replace(value, old)) else ""

    def _place(self, equation: Equation, over: str) -> str:
        """Where a result goes: into its own array, but for what replaces an argument."""
        tensor = equation.target.tensor
        if over:
            self.arrays.names[tensor.name] = self.arrays.names[over]
            return self.arrays.names[over]
        return self.arrays.make(tensor, shared=tensor.name not in self._kept)

    def _elementwise(self, node: Elementwise, loops: Indices, place: str, number: int) -> list[str]:
        names = [access.tensor.name for access in node.operands]
        operands, calls = [], list[str]()
        for access in node.operands:
            factor, before = self.sums.factor(access)
            calls += before
            dies = names.count(access.tensor.name) == 1 and access.plain and self._dies(access.tensor.name, number)
            operands.append(Operand(self.arrays.aligned(factor, loops), dies))
        return calls + write_elementwise(self.memory, node, operands, place, self.bounds)

    def _dies(self, name: str, number: int) -> bool:
        """Whether a tensor is read for the last time, in memory that may be written to."""
        is_own = self.memory.is_owner(self.arrays.names[name])
        return is_own and name not in self._kept and self._last.get(name) == number

    def _scatter(self, equation: Equation, node: SumOfProducts) -> Iterator[str]:
        """Adds the value at each position of the indices to the element that the target names."""
        target = equation.target
        value, sign, calls = self.sums.value(node, target.free)
        yield from calls
        name = self.arrays.make(target.tensor, shared=target.tensor.name not in self._kept)
        one_by_one = () if target.gathers else overlapping(target)
        if target.gathers or size(one_by_one) > MOST_SLICES:
            yield f"copyto({name}, 0.0)"
            yield f"add_at({name}, {self.sums.places(target)}, {value}, {sign})"
            return
        place = strided(target)
        whole = name
        if place.is_padded:
            shape = [b + e + a for (b, a), e in zip(place.pads, target.tensor.extents, strict=True)]
            whole = self.memory.array(f"{name}_padded", shape)
        yield f"copyto({whole}, 0.0)"
        corner = self.arrays.at(whole, place, place.pads)
        for at in _positions(one_by_one):
            to = self._slice(corner, target.free, at)
            what = self._slice(value, target.free, at)
            yield f"{'add' if sign > 0 else 'subtract'}({to}, {what}, {to})"
        if place.is_padded:
            yield f"copyto({name}, {self.arrays.inside(target.tensor, whole, place.pads)})"
            self.memory.give_back(whole)

    def _slice(self, name: str, indices: Indices, at: dict[Index, int]) -> str:
        """An array over the indices, at a position of some; an axis of extent 1 is the same at each, as a number is."""
        array = self.memory.namespace.get(name)
        if array is None or not array.ndim:
            return name
        start = [at.get(index, 0) * (extent > 1) for index, extent in zip(indices, array.shape, strict=True)]
        kept = [axis for axis, index in enumerate(indices) if index not in at]
        shape, strides = [array.shape[axis] for axis in kept], [array.strides[axis] for axis in kept]
        return self.memory.view(f"{name}_{'_'.join(map(str, at.values()))}", name, start, shape, strides)

    def _reduction(self, node: Reduction, loops: Indices, place: str) -> Iterator[str]:
        factors, windows = [], False
        for access in node.operands:
            windows = windows or any(len(affine.terms) > 1 for affine in access.indices)
            if access.gathers or not strided(access).is_padded:
                factor, before = self.sums.factor(access)
                yield from before
            else:
                whole, inside = self.arrays.beyond(access)
                yield f"copyto({inside}, {self.arrays.names[access.tensor.name]})"
                array = self.arrays.at(whole, strided(access), strided(access).pads)
                factor = Factor(array, self.memory[array], access.free)
            factors.append(factor)
        if node.kind == "max":
            yield from self._maximum(factors, loops, node.over, place, windows)
            return
        yield from self._logsumexp(factors, loops, node.over, place, windows)

    def _maximum(
        self, factors: Sequence[Factor], loops: Indices, over: Indices, place: str, windows: bool
    ) -> Iterator[str]:
        """Of windows, slice by slice: their axes are short and far apart in memory, over which a reduction is slow."""
        parts = []
        for factor in factors:
            kept, own = (tuple(index for index in some if index in factor.indices) for some in (loops, over))
            if own and (not windows or size(own) > MOST_SLICES):
                part = place if len(factors) == 1 and kept == loops else self._temporary(kept)
                axes = tuple(range(len(kept), len(kept) + len(own)))
                yield f"maximum.reduce({self.arrays.turned(factor, (*kept, *own))}, {axes}, None, {part})"
                found = Factor(part, self.memory[part], kept)
                parts.append(place if part == place else self.arrays.aligned(found, loops))
            else:
                whole = self.arrays.aligned(factor, (*loops, *own))
                parts += [self._slice(whole, (*loops, *own), at) for at in _positions(own)]
        if parts == [place]:
            return
        if len(parts) == 1:
            yield f"copyto({place}, {parts[0]})"
            return
        first, second, *rest = parts
        yield f"maximum({first}, {second}, out={place})"
        for part in rest:
            yield f"maximum({place}, {part}, out={place})"

    def _temporary(self, indices: Sequence[Index]) -> str:
        return self.sums.temporary("part", indices)

    def _logsumexp(
        self, factors: Sequence[Factor], loops: Indices, over: Indices, place: str, windows: bool
    ) -> Iterator[str]:
        """``m + log Σ exp(z − m)``: no exponential of finite numbers is above one.

        An infinite m is made finite first, which ``z − m`` needs; the logarithm of 0 or ∞ then gives the infinity back.
        """
        largest = self._temporary(loops)
        yield from self._maximum(factors, loops, over, largest, windows)
        most = float(np.finfo(self.memory.dtype).max)
        yield f"minimum({largest}, {most}, out={largest})"
        yield f"maximum({largest}, {-most}, out={largest})"
        total = Factor(largest, self.memory[largest], loops)
        axes = tuple(range(len(loops), len(loops) + len(over)))
        for number, factor in enumerate(factors):
            powers = self._temporary((*loops, *over))
            own = self.arrays.aligned(factor, (*loops, *over))
            yield f"subtract({own}, {self.arrays.aligned(total, (*loops, *over))}, {powers})"
            yield f"exp({powers}, {powers})"
            part = place if not number else self._temporary(loops)
            yield f"add.reduce({powers}, {axes}, None, {part})"
            if number:
                yield f"add({place}, {part}, {place})"
        yield f"log({place}, {place})"
        yield f"add({place}, {largest}, {place})"


def _positions(indices: Sequence[Index]) -> Iterator[dict[Index, int]]:
    for places in product(*(range(index.extent) for index in indices)):
        yield dict(zip(indices, places, strict=True))
