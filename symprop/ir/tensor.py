"""Indices, tensors, and accesses to them; what an equation does with an access is said in `nodes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """What a tensor is for."""

    INPUT = "input"
    TARGET = "target"
    PARAMETER = "parameter"
    HYPERPARAMETER = "hyperparameter"
    STATE = "state"
    CONSTANT = "constant"
    INDEX = "index"
    INTERMEDIATE = "intermediate"
    LOSS = "loss"
    ADJOINT = "adjoint"
    GRADIENT = "gradient"


# The roles of what a sweep makes.
BACKWARD = (Role.ADJOINT, Role.GRADIENT)


@dataclass(frozen=True, slots=True)
class Index:
    """An axis: its name, and its size."""

    name: str
    extent: int

    @property
    def part(self) -> Affine:
        """The index on an axis of another extent: a slice, or beyond the axis, where there are zeros."""
        return Affine(((1, self),), part=True)


# The elements of integer tensors, by the tensor's name and the position.
Integers = Mapping[tuple[str, tuple[int, ...]], int]
NONE: Integers = {}


_FACTORS = {1: "", -1: "-"}


@dataclass(frozen=True, slots=True)
class Affine:
    """An integer combination of indices plus an offset, such as ``stride*y + u - pad``.

    With `gather`, the element of an integer tensor is added, as in ``E[token[s], d]``. A single index whose extent is not
    its axis's is a `part`: a slice, or a reading beyond the axis, where there are zeros.
    """

    terms: tuple[tuple[int, Index], ...]
    offset: int = 0
    gather: Access | None = None
    part: bool = False

    @property
    def bare(self) -> Index | None:
        """The index that this is, when it is nothing else."""
        if len(self.terms) == 1 and self.offset == 0 and self.terms[0][0] == 1 and self.gather is None:
            return self.terms[0][1]
        return None

    @property
    def indices(self) -> tuple[Index, ...]:
        own = tuple([index for _, index in self.terms])
        return own if self.gather is None else (*own, *self.gather.free)

    @property
    def span(self) -> tuple[int, int]:
        """The least and the greatest number that this takes, what is gathered left out."""
        ends = [(0, factor * (index.extent - 1)) for factor, index in self.terms]
        return self.offset + sum(map(min, ends)), self.offset + sum(map(max, ends))

    def at(self, position: Mapping[str, int], integers: Integers = NONE) -> int:
        """The number that this takes at a position; `integers` has what is gathered."""
        number = self.offset
        for factor, index in self.terms:
            number += factor * position[index.name]
        if self.gather is None:
            return number
        return number + integers[self.gather.tensor.name, self.gather.element(position, integers) or ()]

    def rename(self, names: Mapping[Index, Index]) -> Affine:
        gather = None if self.gather is None else self.gather.rename(names)
        terms = tuple((factor, names.get(index, index)) for factor, index in self.terms)
        return Affine(terms, self.offset, gather, self.part)

    def __str__(self) -> str:
        parts = [f"{_FACTORS.get(factor, f'{factor}*')}{index.name}" for factor, index in self.terms]
        parts += [] if self.gather is None else [str(self.gather)]
        if self.offset or not parts:
            parts.append(str(self.offset))
        return " + ".join(parts).replace("+ -", "- ")


@dataclass(frozen=True, slots=True)
class Moment:
    """One step in time of what a layer unrolls: a `series` of tensors has one for each `step`, called by both."""

    series: str
    step: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one use, `via` the tensor that reads the quantity, contributes to an adjoint; `number` counts the uses from 1."""

    adjoint: str
    via: str
    number: int = 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named array; without indices it is a scalar.

    `primal` names the tensor that an adjoint or a gradient belongs to. A parameter that is not `trainable` is fixed;
    `start` is the value that its elements have before training, where they are not to be drawn. A mask is drawn for each
    update anew: an element is 1 with that `chance`, else 0. For readers it is noted
    which `moment` of a series in time the tensor is, and which `share` of an adjoint.
    """

    name: str
    indices: tuple[Index, ...] = ()
    role: Role = Role.INTERMEDIATE
    primal: str | None = None
    trainable: bool = True
    start: float | None = None
    chance: float | None = None
    moment: Moment | None = field(default=None, compare=False)
    share: Share | None = field(default=None, compare=False)

    @property
    def extents(self) -> tuple[int, ...]:
        return tuple([index.extent for index in self.indices])

    def __call__(self, *indices: Index | Affine) -> Access:
        """An access: ``W(j, i)``; without arguments, under the tensor's own indices."""
        chosen = indices or self.indices
        return Access(self, tuple(i if isinstance(i, Affine) else Affine(((1, i),)) for i in chosen))


@dataclass(frozen=True)
class Access:
    """One occurrence of a tensor in an equation. Out of range it reads zero."""

    tensor: Tensor
    indices: tuple[Affine, ...] = ()

    @cached_property
    def free(self) -> tuple[Index, ...]:
        """The indices in order of appearance, each once."""
        if not self.indices:
            return ()
        return tuple(dict.fromkeys([index for affine in self.indices for index in affine.indices]))

    @cached_property
    def plain(self) -> bool:
        """Whether the indices are bare and distinct and cover their axes, so that every element is read exactly once."""
        if not self.indices:
            return True
        bare = [affine.bare for affine in self.indices]
        for index, axis in zip(bare, self.tensor.indices, strict=True):
            if index is None or index.extent != axis.extent:
                return False
        return len(bare) == 1 or len(set(bare)) == len(bare)

    @property
    def bounded(self) -> bool:
        """Whether every position of the indices is in range."""
        return all(
            low >= 0 and high < axis.extent
            for (low, high), axis in zip((affine.span for affine in self.indices), self.tensor.indices, strict=True)
        )

    @property
    def gathers(self) -> tuple[Access, ...]:
        """The accesses to integer tensors among the indices."""
        return tuple([affine.gather for affine in self.indices if affine.gather is not None])

    def rename(self, names: Mapping[Index, Index]) -> Access:
        return Access(self.tensor, tuple(affine.rename(names) for affine in self.indices)) if names else self

    def element(self, position: Mapping[str, int], integers: Integers = NONE) -> tuple[int, ...] | None:
        """The element that is read at a position of the indices; None when it is out of range."""
        where = []
        for affine, axis in zip(self.indices, self.tensor.indices, strict=True):
            p = affine.at(position, integers)
            if not 0 <= p < axis.extent:
                return None
            where.append(p)
        return tuple(where)

    def __str__(self) -> str:
        return f"{self.tensor.name}[{', '.join(map(str, self.indices))}]" if self.indices else self.tensor.name
