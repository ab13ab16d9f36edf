"""Proves that a program is well formed; run after every pass. It judges and never mends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from symprop.errors import InternalError, SympropError, Where
from symprop.ir.nodes import Elementwise, Expression, Reduction, SumOfProducts, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Index, Role, Tensor

REDUCTIONS = ("max", "logsumexp")
Known = dict[str, Tensor]


def check(program: Program, error: type[SympropError] = InternalError) -> Program:
    """The program itself, if every name is bound, defined once and used as it was declared.

    Raises `error` (a bug of symprop unless a caller knows better), naming the equation: an unbound name, a double
    definition, an index that is unbound, repeated in a sum or of two extents, a wrong number of indices, a tensor between
    brackets without the role of an index, and one of that role that is read as a number.
    """
    known = check_lines(program.free, program.equations, error)
    loss = known.get(program.loss)
    if loss is None or loss.indices:
        raise error(f"the loss '{program.loss}' is not {'defined' if loss is None else 'a scalar'}")
    return program


def check_lines(
    free: Iterable[Tensor], equations: Iterable[Equation], error: type[SympropError] = InternalError
) -> dict[str, Tensor]:
    """Every tensor by name, if equations over the free tensors are well formed; raises what `check` does."""
    known: Known = {}
    for tensor in free:
        for fault in _faults_of_declaration(tensor, known):
            raise error(fault, where=f"free quantity '{tensor.name}'")
        known[tensor.name] = tensor
    for equation in equations:
        for fault in _faults(equation, known):
            raise error(fault, where=Where(f"equation '{equation.name}'", "equation", equation.name))
        known[equation.name] = equation.target.tensor
    return known


def _faults_of_declaration(tensor: Tensor, known: Known) -> Iterator[str]:
    if tensor.name in known:
        yield f"'{tensor.name}' is defined twice"
    for axis in tensor.indices:
        if axis.extent < 1:
            yield f"axis '{axis.name}' of '{tensor.name}' has the extent {axis.extent}, and no axis is empty"
    if tensor.indices and len({axis.name for axis in tensor.indices}) < len(tensor.indices):
        yield f"two axes of '{tensor.name}' have one name"


def _faults(equation: Equation, known: Known) -> Iterator[str]:
    """What is wrong with an equation; the first fault may be the cause of the others."""
    target, value = equation.target, equation.value
    yield from _faults_of_declaration(target.tensor, known)
    for access, is_gathered in _all_accesses(equation):
        declared = known.get(access.tensor.name)
        if declared is None:
            yield f"'{access.tensor.name}' is used before it is defined"
        elif declared is not access.tensor and declared != access.tensor:
            yield f"'{access.tensor.name}' is used with another shape or role"
        if (access.tensor.role is Role.INDEX) is not is_gathered:
            fault = "is read as an integer and has no" if is_gathered else "is read as a number and has the"
            yield f"'{access.tensor.name}' {fault} role of an index"
        if access.indices or access.tensor.indices:
            yield from _faults_of_access(access)
    yield from _faults_of_access(target)
    if not isinstance(value, SumOfProducts) and not target.plain:
        yield "only a sum of products may scatter"
    yield from _faults_of_indices(equation)


def _all_accesses(equation: Equation) -> Iterator[tuple[Access, bool]]:
    """What the right-hand side reads; and the integers that it, or the target, is indexed by, marked as such."""
    for access in equation.value.accesses:
        yield access, False
        if access.indices:
            yield from ((gather, True) for gather in access.gathers)
    if equation.target.indices:
        yield from ((gather, True) for gather in equation.target.gathers)


def _faults_of_access(access: Access) -> Iterator[str]:
    """A wrong number of indices, and an index that does not fit its axis, unless that is meant."""
    tensor = access.tensor
    if len(access.indices) != len(tensor.indices):
        yield f"'{tensor.name}' has {len(tensor.indices)} indices, {len(access.indices)} are given"
        return
    for affine, axis in zip(access.indices, tensor.indices, strict=True):
        bare = affine.bare
        if bare is not None and bare.extent != axis.extent and not affine.part:
            yield f"index '{bare.name}' runs to {bare.extent}, axis '{axis.name}' of '{tensor.name}' to {axis.extent}"


def _faults_of_indices(equation: Equation) -> Iterator[str]:
    """Every index is bound once: by the target or by the sum, never by both, and under one extent."""
    value, outer = equation.value, equation.target.free
    if isinstance(value, SumOfProducts):
        for term in value.terms:
            yield from _faults_of_binding(outer, term.over, term.factors)
    elif isinstance(value, Reduction):
        if value.kind not in REDUCTIONS:
            yield f"there is no reduction '{value.kind}'"
        yield from _faults_of_binding(outer, value.over, value.operands)
    else:
        yield from _faults_of_binding(outer, (), value.operands)
        yield from _faults_of_operands(value)


def _faults_of_binding(
    outer: tuple[Index, ...], over: tuple[Index, ...], accesses: tuple[Access, ...]
) -> Iterator[str]:
    if not outer and not over and not any(access.indices for access in accesses):
        return
    bound = {*outer, *over}
    if len(bound) < len(outer) + len(over):
        yield "an index is summed twice"
    if len({index.name for index in bound}) < len(bound):
        yield "one index name has two extents"
    for access in accesses:
        for index in access.free:
            if index not in bound:
                yield f"index '{index.name}' of '{access}' is not bound"


def _faults_of_operands(value: Elementwise) -> Iterator[str]:
    unknown = _unknown(value.factors, len(value.operands))
    if unknown:
        yield f"unknown operand {sorted(map(str, unknown))}"
    if len(value.operands) > 1 and len(set(value.operands)) < len(value.operands):
        yield "an operand is listed twice"


@lru_cache(maxsize=4096)
def _unknown(factors: tuple[Expression, ...], operands: int) -> frozenset[Expression]:
    """The symbols of an expression that stand for none of its operands."""
    found: frozenset[Expression] = frozenset().union(*(factor.free_symbols for factor in factors))
    return found - {operand(k) for k in range(operands)}
