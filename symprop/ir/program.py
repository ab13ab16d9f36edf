"""Equations and programs; whether a program is well formed is proved in `check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symprop.ir.nodes import Node, SumOfProducts
from symprop.ir.tensor import Access, Index, Integers, Role, Tensor


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an equation came from: its layer (None outside the layers) and the rule that made it."""

    rule: str
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """One named line. An `abbreviation` names a part of the next lines; the chain rule looks through it."""

    target: Access
    value: Node
    origin: Origin
    abbreviation: bool = False

    @property
    def name(self) -> str:
        return self.target.tensor.name


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known to hold: `value` is `number` at every position of `indices`, as Σ t = 1 is for a distribution."""

    value: SumOfProducts
    indices: tuple[Index, ...]
    number: Fraction


@dataclass(frozen=True)
class Program:
    """Ordered equations over free tensors (inputs, targets, parameters, …); `loss` names the scalar to differentiate.

    Derivatives are simplified by the `facts`, so what is put in for the free tensors has to keep them. `integers` are the
    elements of integer tensors, as far as they are given: no formula needs them until it is unrolled. `output` names what
    a network predicts.
    """

    free: tuple[Tensor, ...]
    equations: tuple[Equation, ...] = field(repr=False)
    loss: str
    facts: tuple[Fact, ...] = ()
    integers: Integers = field(default_factory=dict, repr=False, hash=False)
    output: str | None = None

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name, the free ones first."""
        return {t.name: t for t in (*self.free, *(equation.target.tensor for equation in self.equations))}

    @cached_property
    def by_name(self) -> dict[str, Equation]:
        """Each defined name's equation."""
        return {equation.name: equation for equation in self.equations}

    @cached_property
    def reads(self) -> Counter[str]:
        """How often the equations read each name."""
        return Counter(access.tensor.name for equation in self.equations for access in equation.value.accesses)

    @cached_property
    def by_value(self) -> dict[Node, Equation]:
        """The first equation of each right-hand side."""
        return {equation.value: equation for equation in reversed(self.equations)}

    def with_role(self, *roles: Role) -> Iterator[Tensor]:
        """The tensors of a role, or of several, in order."""
        return (tensor for tensor in self.tensors.values() if tensor.role in roles)

    def columns(self, role: Role) -> Iterator[Tensor]:
        """What one example has of a role, in order; integers are inputs."""
        return self.with_role(*((Role.INPUT, Role.INDEX) if role is Role.INPUT else (role,)))

    @property
    def learnt(self) -> tuple[Tensor, ...]:
        """What training starts from and ends with: the parameters, and states such as a running mean."""
        return tuple(tensor for tensor in self.free if tensor.role in (Role.PARAMETER, Role.STATE))

    @property
    def trainable(self) -> tuple[Tensor, ...]:
        """The parameters that training changes."""
        return tuple(t for t in self.with_role(Role.PARAMETER) if t.trainable)


def needed(equations: Sequence[Equation], names: Iterable[str]) -> tuple[Equation, ...]:
    """The equations that some quantities depend on, in order."""
    wanted, kept = set(names), list[Equation]()
    for equation in reversed(equations):
        if equation.name in wanted:
            kept.append(equation)
            wanted.update(access.tensor.name for access in equation.value.accesses)
    return tuple(reversed(kept))


def integer_tensors(program: Program) -> dict[Tensor, int]:
    """The tensors of integers, each with the least extent of the axes that it indexes: its elements lie below."""
    found: dict[Tensor, int] = {}
    for equation in program.equations:
        for access in equation.value.accesses:
            for affine, axis in zip(access.indices, access.tensor.indices, strict=True):
                if affine.gather is not None:
                    tensor = affine.gather.tensor
                    found[tensor] = min(axis.extent, found.get(tensor, axis.extent))
    return found
