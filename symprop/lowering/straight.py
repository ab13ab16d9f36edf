"""A lowered program element by element: each a tensor without axes, under the name that readers know; code is the back ends'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from symprop.derivation.unroll import Unroller, elements
from symprop.ir.program import Program
from symprop.ir.size import length
from symprop.ir.tensor import Role, Tensor
from symprop.lowering.lowered import Lowered
from symprop.notation.names import Names

MOST_TERMS = 300  # beyond, straight lines are longer than anyone reads, and no faster than loops


@dataclass(frozen=True)
class Straight:
    """A program, the same over `numbers` alone, and the names of each tensor's `elements` there, row by row."""

    whole: Lowered
    numbers: Lowered
    elements: Mapping[str, Sequence[str]]

    def extents(self, name: str) -> tuple[int, ...]:
        """The extents of a tensor."""
        return self.whole.tensors[name].extents


def straightened(lowered: Lowered) -> Straight | None:
    """The program in straight lines, if it is small enough; None where integers are looked up, too.

    Elements have the readers' names, if these tell all apart.
    """
    if any(tensor.role is Role.INDEX for tensor in lowered.arguments) or _terms(lowered) > MOST_TERMS:
        return None
    known, lines = lowered.tensors, (*lowered.constants, *lowered.equations)
    # An adjoint's elements are called after its primal's, which the lines may not need.
    primals = (Tensor(t.primal, t.indices) for t in known.values() if t.primal is not None and t.primal not in known)
    program = Program((*lowered.arguments, *primals), lines, lowered.outputs[0])
    for wanted in (lowered.names, Names()):
        unroller = Unroller(program, wanted)
        names = {tensor.name: list(_elements(tensor, unroller)) for tensor in known.values()}
        every = [name for some in names.values() for name in some]
        if len(every) == len(set(every)):
            return Straight(lowered, _numbers(lowered, unroller, names), names)
    return None


def _terms(lowered: Lowered) -> int:
    lines = (*lowered.constants, *lowered.equations)
    return sum(prod(i.extent for i in line.target.free) * length(line.value) for line in lines)


def _elements(tensor: Tensor, unroller: Unroller) -> Iterator[str]:
    return (unroller.name(tensor, element) for element in elements(tensor))


def _numbers(lowered: Lowered, unroller: Unroller, names: Mapping[str, Sequence[str]]) -> Lowered:
    constants, equations = (
        tuple(unroller.line(line.name, element) for line in lines for element in elements(line.target.tensor))
        for lines in (lowered.constants, lowered.equations)
    )
    pairs = (zip(names[new], names[old], strict=True) for new, old in lowered.carried.items())
    return Lowered(
        tuple(Tensor(name, (), tensor.role) for tensor in lowered.arguments for name in names[tensor.name]),
        constants,
        equations,
        tuple(name for output in lowered.outputs for name in names[output]),
        {new: old for each in pairs for new, old in each},
        lowered.names,
    )
