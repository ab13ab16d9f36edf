"""Jacobians over whole tensors: the sweep for a weighted sum of an output, lifted to all weights; one equation is `lift`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from symprop.derivation.lift import Lifted, Rows, lift
from symprop.derivation.step import Derivation, adjoint_prefix
from symprop.derivation.sweep import as_number, derive
from symprop.errors import UserError, nearest
from symprop.ir.check import check
from symprop.ir.names import fresh_name, index_letters
from symprop.ir.nodes import single
from symprop.ir.program import Equation, Origin, Program, needed
from symprop.ir.tensor import BACKWARD, Access, Index, Role, Tensor

_OUTER = "opqrs"  # what the axes of an output are called first


@dataclass(frozen=True, slots=True)
class Block:
    """``∂of/∂wrt`` as it stands in a program, and how that lies in the whole, a tensor of the same name with all axes.

    One use's share of a Jacobian is a block, too, and has no `wrt`.
    """

    of: Tensor
    wrt: Tensor | None
    rows: Rows
    whole: Tensor


@dataclass(frozen=True)
class Jacobians:
    """The derivatives of one output by several quantities, which share what is between.

    The derivation's program holds the forward equations and then the blocks, in the order of computation and only those
    that are needed; its `gradients` has the block for each quantity. ``identity`` and a number make the name of the
    identity matrix of so many rows.
    """

    derivation: Derivation
    output: Tensor
    blocks: dict[str, Block]
    identity: str


def jacobians(program: Program, output: str, wrt: Collection[str]) -> Jacobians:
    """The derivatives of a tensor of a program by others, over whole tensors: the rows of its Jacobian, all at once.

    Of a derivation's own program and one of its gradients, they are blocks of the Hessian. Raises UserError for an unknown
    name.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(3, [Dense(4, "tanh"), Dense(2)]).elaborate()
    >>> found = jacobians(net, "z2", ["x"])
    >>> [str(equation.target) for equation in found.derivation.program.equations[len(net.equations):]]
    ['dz2_da1[o, j]', 'dz2_dz1[o, j]', 'dz2_dx[o, k]']
    """
    if output not in program.tensors:
        raise UserError(f"there is no quantity '{output}' to differentiate", remedy=nearest(output, program.tensors))
    weighted, weight = _weighted(program, program.tensors[output])
    return _Lifting(program, derive(weighted, wrt), program.tensors[output], weight).run()


def _weighted(program: Program, output: Tensor) -> tuple[Program, Tensor]:
    """The program whose loss is ``Σ v·output`` for a free tensor v."""
    taken = set(program.tensors)
    weight = Tensor(fresh_name("v", taken), output.indices, Role.INPUT)
    name = fresh_name("L", taken)
    value = single(1, weight(), output(), over=output.indices)
    along = Equation(Tensor(name, (), Role.LOSS)(), value, Origin("weighted output"))
    whole = replace(program, free=(*program.free, weight), equations=(*program.equations, along), loss=name)
    return check(whole), weight


class _Lifting:
    """Goes through the equations of one sweep in order and lifts those that depend on the weights."""

    def __init__(self, program: Program, derived: Derivation, output: Tensor, weight: Tensor) -> None:
        self.program, self.derived, self.output = program, derived, output
        self.backward = derived.program.equations[len(derived.forward.equations) :]
        self.outer = tuple(_outer(output, derived.program))
        self.known = {weight.name: Lifted(Rows(self.outer, self.outer))}
        self.blocks: dict[str, Block] = {}
        self.equations: list[Equation] = []
        self.identities: dict[int, Equation] = {}
        self.prefix, self.identity = self._names()

    def _names(self) -> tuple[str, str]:
        """What stands before the name of a quantity in a block's, and before the number of rows in an identity's."""
        own = [e.name.removeprefix(self.derived.prefix) for e in self.backward]
        taken = {name for name in self.derived.program.tensors if not name.startswith(self.derived.prefix)}
        prefix = adjoint_prefix(replace(self.program, loss=self.output.name))
        while any(prefix + name in taken for name in own):
            prefix += "_"
        identity = "I"
        while any(name.startswith(identity) and name != identity for name in taken):
            identity += "_"
        return prefix, identity

    def run(self) -> Jacobians:
        wanted = self.derived.gradients.values()
        for equation in self.backward:
            if equation.name in wanted or any(a.tensor.name in self.known for a in equation.value.accesses):
                self._lift(equation, equation.name in wanted)
            else:
                self.equations.append(equation)
        gradients = {wrt: self._renamed(name) for wrt, name in self.derived.gradients.items()}
        backward = [*self.identities.values(), *self.equations]
        equations = (*self.program.equations, *backward)
        forward = [e.name for e in equations if e.target.tensor.role not in BACKWARD]
        equations = needed(equations, [*forward, *gradients.values()])
        whole = check(replace(self.program, equations=equations))
        derivation = Derivation(self.program, whole, (), gradients, self.prefix)
        return Jacobians(derivation, self.output, self.blocks, self.identity)

    def _lift(self, equation: Equation, wanted: bool) -> None:
        """Adds the block of an adjoint; a number on the diagonal is folded into what reads it, unless it is asked for."""
        rows, places, value = lift(equation, self.known, self.outer, self._identity_matrix)
        number = None if wanted or None in rows.tied else as_number(value)
        if number is not None:
            self.known[equation.name] = Lifted(rows, None, number)
            return
        old = equation.target.tensor
        name = self._renamed(old.name)
        whole = replace(old, name=name, indices=(*self.outer, *old.indices), primal=None)
        tensor = replace(whole, indices=(*self.outer, *rows.own(old.indices)))
        target = Access(tensor, (*tensor().indices[: len(self.outer)], *places))
        self.known[equation.name] = Lifted(rows, tensor())
        self.blocks[name] = Block(self.output, self.program.tensors.get(old.primal or ""), rows, whole)
        self.equations.append(replace(equation, target=target, value=value))

    def _renamed(self, adjoint: str) -> str:
        return self.prefix + adjoint.removeprefix(self.derived.prefix)

    def _identity_matrix(self, outer: Index) -> Tensor:
        """The identity of so many rows: ones, scattered onto the diagonal."""
        if outer.extent not in self.identities:
            row, column = Index("j", outer.extent), Index("k", outer.extent)
            tensor = Tensor(f"{self.identity}{outer.extent}", (row, column), Role.ADJOINT)
            self.identities[outer.extent] = Equation(tensor(row, row), single(1), Origin("identity"))
        return self.identities[outer.extent].target.tensor


def _outer(output: Tensor, program: Program) -> Iterator[Index]:
    """An index for each axis of the output that no equation has, nor a tensor for its name."""
    equations = program.equations
    taken = {index.name for e in equations for a in (e.target, *e.value.accesses) for index in a.free}
    taken |= {axis.name for tensor in program.tensors.values() for axis in tensor.indices} | program.tensors.keys()
    letters = (letter for letter in chain(_OUTER, index_letters()) if letter not in taken)
    return (Index(letter, axis.extent) for axis, letter in zip(output.indices, letters, strict=False))
