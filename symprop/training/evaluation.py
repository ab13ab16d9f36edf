"""A network as it predicts: its program, what its elements are called, and the columns of one example; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from symprop.equations import EquationsSpec
from symprop.ir.program import Program
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for

_SYSTEMATIC = Names()


@dataclass(frozen=True)
class Evaluation:
    """The `program` of a trained network and its elements' `names`; `batch` examples stand in it, None for one alone."""

    program: Program
    names: Names
    batch: int | None = None

    @classmethod
    def of(cls, spec: NetworkSpec | EquationsSpec, notation: str = "classroom") -> Evaluation:
        """That of a declaration.

        >>> from symprop.layers.dense import Dense
        >>> Evaluation.of(NetworkSpec(2, [Dense(3)], batch=4)).columns(Role.INPUT)
        ['i1', 'i2']
        """
        if not isinstance(spec, NetworkSpec):
            program = spec.elaborate()
            return cls(program, names_for(program, notation))
        program = spec.elaborate(training=False)
        return cls(program, names_for(program, notation), spec.evaluation_batch)

    def columns(self, role: Role) -> list[str]:
        """What the numbers of one example are called, of all inputs, say, one after the other."""
        return [name for tensor in self.program.columns(role) for name in self.of_example(tensor)]

    @property
    def outputs(self) -> list[str]:
        """What the outputs of one example are called; none of a list of equations."""
        output = self.program.output
        return [] if output is None else list(self.of_example(self.program.tensors[output]))

    def of_example(self, tensor: Tensor) -> Iterator[str]:
        """The names of a tensor's elements for one example."""
        if self.batch is None:
            return self.names.elements(tensor)
        return _SYSTEMATIC.elements(replace(tensor, indices=tensor.indices[1:]))

    def names_of_example(self) -> Names:
        """Names for a program that holds a batch, under which an element has the same name in each example."""
        return _OfExample(evaluation=self)


@dataclass(frozen=True)
class _OfExample(Names):
    evaluation: Evaluation | None = None

    def element(self, tensor: str, position: tuple[int, ...], extents: tuple[int, ...]) -> str:
        assert self.evaluation is not None
        alone = self.evaluation.program.tensors[tensor].extents
        axes = len(extents) - len(alone)  # of the batch
        return self.evaluation.names.element(tensor, position[axes:], alone)


def positions_by_example(tensors: Iterable[Tensor], batch: int | None) -> Iterator[tuple[Tensor, tuple[int, ...]]]:
    """The elements of tensors whose first axis is that of a batch, one example after the other; row by row without one."""
    tensors = list(tensors)
    for example in [()] if batch is None else [(n,) for n in range(batch)]:
        for tensor in tensors:
            for inner in product(*(range(extent) for extent in tensor.extents[len(example) :])):
                yield tensor, (*example, *inner)
