"""A lowered program as one routine of loop nests, with its constants worked out: what the back ends `c` and `numba` print."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symprop.ir.arrays import evaluate_equation
from symprop.ir.tensor import Tensor
from symprop.lowering.flat import flattened
from symprop.lowering.fusion import fused, places_in
from symprop.lowering.loops import Nesting
from symprop.lowering.lowered import Lowered, reads
from symprop.lowering.nest import Assign, Block, How, leaves
from symprop.scalar.numeric import FLOAT

Array = Any


@dataclass(frozen=True)
class Routine:
    """Blocks of loop nests from `arguments` to `outputs`.

    `constants` are known numbers; `arrays` are the extents of what is worked out on the way and kept in memory. `aliases`
    says which outputs are written in the place of which arguments.
    """

    arguments: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    constants: Mapping[str, Array]
    blocks: tuple[Block, ...]
    arrays: Mapping[str, tuple[int, ...]]
    aliases: Mapping[str, str]

    @property
    def extents(self) -> dict[str, tuple[int, ...]]:
        """The extents of every array."""
        tensors = {tensor.name: tensor.extents for tensor in (*self.arguments, *self.outputs)}
        return {**tensors, **{name: array.shape for name, array in self.constants.items()}, **self.arrays}

    @property
    def workspace(self) -> int:
        """How many numbers are kept in memory on the way."""
        return sum(math.prod(extents) for extents in self.arrays.values())


def routine(
    lowered: Lowered, matrices: int | None = None, in_place: bool = False, shaped: Collection[str] = ()
) -> Routine:
    """The routine of a lowered program.

    Products of matrices that add up `matrices` numbers or more are statements of their own; `in_place`, what is carried is
    written where its argument stands, as far as nothing needs the old value any more. Arrays have one index, but for those
    that stay `shaped`.
    """
    tensors = lowered.tensors
    aliases = _aliases(lowered) if in_place else {}
    nesting = Nesting(set(tensors), matrices, aliases)
    blocks = fused([nesting.block(line) for line in lowered.equations], lowered.outputs, aliases)
    free = {tensor.name for tensor in lowered.arguments}
    constants = _constants(lowered)
    known = {*free, *constants, *lowered.outputs}
    known |= {name for block in blocks for name in _numbers(block)}
    arrays = {name: tensor.extents for name, tensor in tensors.items() if tensor.indices and name not in known}
    arrays |= nesting.arrays
    blocks = flattened(blocks, {name: tensor.extents for name, tensor in tensors.items()} | arrays, shaped)
    return Routine(
        lowered.arguments,
        tuple(tensors[name] for name in lowered.outputs),
        {name: array for name, array in constants.items() if _is_read(name, blocks, lowered.outputs)},
        tuple(blocks),
        arrays,
        aliases,
    )


def _numbers(block: Block) -> Iterator[str]:
    """The numbers that a block names, as joined loops do where there was an array."""
    for line in leaves(block.body):
        if isinstance(line, Assign) and line.how in (How.LET, How.START):
            yield line.target.name


def _is_read(name: str, blocks: Collection[Block], outputs: Collection[str]) -> bool:
    return name in outputs or any(place.name == name for block in blocks for place in places_in(block.body))


def _constants(lowered: Lowered) -> dict[str, Array]:
    """The numbers of the equations that depend on no argument."""
    known: dict[str, Array] = {}
    for equation in lowered.constants:
        known[equation.name] = evaluate_equation(equation, known, FLOAT, {})
    return {name: np.asarray(array, dtype=float) for name, array in known.items()}


def _aliases(lowered: Lowered) -> dict[str, str]:
    """The carried outputs that may stand where their arguments do: nothing reads the old value later, or elsewhere."""
    found: dict[str, str] = {}
    for position, equation in enumerate(lowered.equations):
        argument = lowered.carried.get(equation.name)
        if argument is None or not equation.target.indices or not equation.target.plain:
            continue
        later = (name for other in lowered.equations[position + 1 :] for name in reads(other))
        same = equation.target.indices
        own = [access for access in equation.value.accesses if access.tensor.name == argument]
        if argument not in later and all(access.indices == same for access in own):
            found[equation.name] = argument
    return found
