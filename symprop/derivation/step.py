"""What the chain rule did, as data: one Step for each path by which a quantity reaches the loss; no text is made here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from symprop.ir.nodes import Node
from symprop.ir.program import Program
from symprop.ir.tensor import Access, Index


@dataclass(frozen=True, slots=True)
class Step:
    """One product of the chain rule: ``∂loss/∂wrt`` gets ``∂loss/∂via · ∂via/∂wrt``, summed over the indices `over`.

    `adjoint` is ``∂loss/∂via``, an access to an adjoint or a number (the seed 1, say, which no equation holds); `local`
    is ``∂via/∂wrt`` as a node; `result` names the equation that the product went into.
    """

    rule: str
    loss: str
    wrt: Access
    via: Access
    adjoint: Access | Fraction
    local: Node
    over: tuple[Index, ...]
    result: str

    def __str__(self) -> str:
        if self.rule == "seed":
            return f"d{self.loss}/d{self.wrt} = 1"
        bound = "".join(f" summed over {index.name}" for index in self.over)
        return f"d{self.loss}/d{self.wrt} gets d{self.loss}/d{self.via} * d{self.via}/d{self.wrt}{bound}"


def adjoint_prefix(program: Program) -> str:
    """What stands before a quantity's name in the name of its adjoint: no name of the program starts with it.

    >>> from symprop.ir.tensor import Tensor
    >>> adjoint_prefix(Program((Tensor("w"), Tensor("E")), (), "E"))
    'dE_d'
    >>> adjoint_prefix(Program((Tensor("w"), Tensor("dE_dw"), Tensor("E")), (), "E"))
    'dE_d_'
    """
    prefix = f"d{program.loss}_d"
    while any(name.startswith(prefix) for name in program.tensors):
        prefix += "_"
    return prefix


@dataclass(frozen=True)
class Derivation:
    """A program with its adjoints: `program` holds the forward equations first, then the backward ones.

    `gradients` maps each quantity that was asked for to the name of the tensor that holds its gradient; `prefix` stands
    before a quantity's name in the name of its adjoint.
    """

    forward: Program
    program: Program
    steps: tuple[Step, ...]
    gradients: dict[str, str]
    prefix: str

    def adjoint(self, name: str) -> str:
        """What ``∂loss/∂name`` is called, for a tensor or for one of its elements, whether it was derived or not."""
        return self.prefix + name

    def primal(self, adjoint: str) -> str:
        """The quantity that an adjoint, by its name, belongs to."""
        return adjoint.removeprefix(self.prefix)

    @cached_property
    def steps_by_quantity(self) -> dict[str, list[Step]]:
        """The steps by the name of the quantity to differentiate by, in order."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.wrt.tensor.name, []).append(step)
        return found
