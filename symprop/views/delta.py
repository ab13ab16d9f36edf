"""Which adjoints are called δ (those of weighted sums, as every textbook has it), and the names of what a pass has added."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symprop.derivation.step import Derivation
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Program
from symprop.ir.tensor import BACKWARD, Tensor
from symprop.notation.apart import whole
from symprop.notation.names import Names
from symprop.notation.rule import Rule, systematic

MOST_WRITTEN_OUT = 20  # adjoints, within one another


def is_delta(program: Program, name: str) -> bool:
    """Whether a tensor is the adjoint of a quantity that a sum of products defines."""
    tensor = program.tensors[name]
    forward = program.by_name.get(tensor.primal or "")
    return tensor.role in BACKWARD and forward is not None and isinstance(forward.value, SumOfProducts)


def written_out(program: Program, named: Collection[str] = ()) -> frozenset[str]:
    """The adjoints that index and matrix forms replace by what they equal: those that are no δ and are read once, plainly.

    Those in `named` are left by name, and so is every so many in a long chain.
    """
    windows = {a.tensor.name for e in program.equations for a in e.value.accesses if not a.plain}
    once = {name for name, count in program.reads.items() if count == 1} - windows
    by_name = {e.name for e in program.equations if is_delta(program, e.name)}.union(named)
    depths: dict[str, int] = {}
    for e in program.equations:
        if e.target.tensor.role in BACKWARD and e.name in once and e.target.plain and e.name not in by_name:
            depth = 1 + max((depths.get(access.tensor.name, 0) for access in e.value.accesses), default=0)
            if depth <= MOST_WRITTEN_OUT:
                depths[e.name] = depth
    return frozenset(depths)


def adjoints_by_name(program: Program, but: Collection[str] = ()) -> list[str]:
    """The adjoints that index and matrix forms refer to, from the loss backward, without those in `but`."""
    left_out = {*but, *written_out(program)}
    return [
        e.name
        for e in program.equations
        if e.target.tensor.role in BACKWARD and program.reads[e.name] and e.name not in left_out
    ]


def with_adjoints(names: Names, derivation: Derivation) -> Names:
    """The names, and those of the adjoints: δ for those of weighted sums, a bar over the quantity for the others."""
    return with_added(names, derivation.program)


def with_added(names: Names, program: Program) -> Names:
    """The names of a forward program, and those of what passes over it have added: adjoints, new values, a learning rate."""
    rules = dict(names.rules)
    for name, tensor in program.tensors.items():
        if tensor.indices and name not in rules:
            rules[name] = _rule(tensor, rules)
    deltas = frozenset(name for name in program.tensors if is_delta(program, name))
    return replace(names, rules=rules, tensors=program.tensors, deltas=deltas)


def _rule(tensor: Tensor, rules: dict[str, Rule]) -> Rule:
    """The rule of what a tensor belongs to, with what stands before its name put before theirs."""
    primal = rules.get(tensor.primal or "")
    if tensor.primal is None or primal is None:
        return systematic(tensor.name, tensor.extents, whole(tensor))
    return replace(primal, prefix=tensor.name.removesuffix(tensor.primal) + primal.prefix)
