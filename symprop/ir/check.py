"""Proves that a program is well formed; run after every pass. It judges and never mends."""

from __future__ import annotations

from collections.abc import Iterable

from symprop.errors import InternalError, SympropError
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Index, Tensor

REDUCTIONS = ("max", "logsumexp")


def check(program: Program, error: type[SympropError] = InternalError) -> Program:
    """The program itself, if every name is bound, defined once and used as it was declared.

    Raises `error` (a bug of symprop unless a caller knows better), naming the equation: an unbound name, a double
    definition, an index that is unbound, repeated in a sum or of two extents, a wrong number of indices.
    """
    known: dict[str, Tensor] = {}
    for tensor in program.free:
        _require(tensor.name not in known, error, f"'{tensor.name}' is declared twice", tensor.name)
        known[tensor.name] = tensor
    for equation in program.equations:
        _check_equation(equation, known, error)
        known[equation.name] = equation.target.tensor
    loss = known.get(program.loss)
    _require(loss is not None, error, f"the loss '{program.loss}' is not defined", "program")
    _require(loss is None or not loss.indices, error, f"the loss '{program.loss}' is not a scalar", "program")
    return program


def _require(condition: bool, error: type[SympropError], what: str, place: str) -> None:
    if not condition:
        raise error(what, where=f"equation '{place}'" if place != "program" else None)


def _check_equation(equation: Equation, known: dict[str, Tensor], error: type[SympropError]) -> None:
    name, value = equation.name, equation.value
    _require(name not in known, error, f"'{name}' is defined twice", name)
    for access in value.accesses:
        declared = known.get(access.tensor.name)
        _require(declared is not None, error, f"'{access.tensor.name}' is used before it is defined", name)
        _require(declared == access.tensor, error, f"'{access.tensor.name}' is used with another shape or role", name)
    for access in (equation.target, *value.accesses):
        _check_access(access, name, error)
    scatters = not equation.target.plain
    _require(isinstance(value, SumOfProducts) or not scatters, error, "only a sum of products may scatter", name)
    _check_indices(equation, error)


def _check_access(access: Access, name: str, error: type[SympropError]) -> None:
    rank = len(access.tensor.indices)
    _require(
        len(access.indices) == rank, error, f"'{access.tensor.name}' has {rank} indices, {len(access.indices)} are given", name
    )
    for affine, axis in zip(access.indices, access.tensor.indices, strict=True):
        bare = affine.bare
        _require(
            bare is None or bare.extent == axis.extent,
            error,
            f"index '{bare and bare.name}' runs to {bare and bare.extent}, axis '{axis.name}' of "
            f"'{access.tensor.name}' to {axis.extent}",
            name,
        )


def _check_indices(equation: Equation, error: type[SympropError]) -> None:
    """Every index is bound once: by the target or by the sum, never by both, and under one extent."""
    name, value, outer = equation.name, equation.value, set(equation.target.free)
    if isinstance(value, SumOfProducts):
        for term in value.terms:
            _check_bound(outer, term.over, term.factors, name, error)
    elif isinstance(value, Reduction):
        _require(value.kind in REDUCTIONS, error, f"there is no reduction '{value.kind}'", name)
        _check_bound(outer, value.over, value.operands, name, error)
    else:
        _check_bound(outer, (), value.operands, name, error)
        _check_symbols(value, name, error)


def _check_bound(
    outer: set[Index], over: tuple[Index, ...], accesses: Iterable[Access], name: str, error: type[SympropError]
) -> None:
    _require(len(set(over)) == len(over) and not outer & set(over), error, "an index is summed twice", name)
    bound = outer | set(over)
    _require(len({i.name for i in bound}) == len(bound), error, "one index name has two extents", name)
    for access in accesses:
        for index in access.free:
            _require(index in bound, error, f"index '{index.name}' of '{access}' is not bound", name)


def _check_symbols(value: Elementwise, name: str, error: type[SympropError]) -> None:
    allowed = {operand(k) for k in range(len(value.operands))}
    used = set().union(*(factor.free_symbols for factor in value.factors))
    _require(used <= allowed, error, f"unknown operand {sorted(map(str, used - allowed))}", name)
    _require(len(set(value.operands)) == len(value.operands), error, "an operand is listed twice", name)
