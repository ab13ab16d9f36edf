"""The order of the axes of what a program works out, for XLA; what is computed stays the same, how is `source`'s affair.

Convolutions are fast, on processors as on other devices, where the axes that windows run over stand before the channels.
An array that is worked out from such a one keeps its order, so that few arrays are turned. What is given and what is
wanted keep their shapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Index, Tensor
from symprop.lowering.lowered import Lowered
from symprop.lowering.windows import convolution

Order = tuple[int, ...]  # for each axis, where it stood


def channels_last(lowered: Lowered) -> Lowered:
    """The same equations, in which what convolutions read and write has its channels on the last axis.

    >>> from symprop.layers.convolution import Conv1d
    >>> from symprop.lowering.lowered import lower
    >>> from symprop.network import NetworkSpec
    >>> spec = NetworkSpec((2, 8), [Conv1d(4, 3, "relu"), Conv1d(5, 3)])
    >>> [str(equation.target) for equation in channels_last(lower(spec.elaborate(), ["z2"])).equations]
    ['z1[p1, o]', 'a1[p1, o]', 'z2[o, p1]']
    """
    orders = _orders(lowered)
    if not orders:
        return lowered
    lines = (
        replace(e, target=_turned(e.target, orders), value=_with_turned(e.value, orders)) for e in lowered.equations
    )
    return replace(lowered, equations=tuple(lines))


def _orders(lowered: Lowered) -> dict[str, Order]:
    """The new order of each tensor that gets one."""
    given = {tensor.name for tensor in lowered.arguments}.union(line.name for line in lowered.constants)
    kept, wishes, found = given.union(lowered.outputs), dict[str, Order](), dict[str, Order]()
    for line in lowered.equations:
        for tensor, order in _wishes(line):
            wishes.setdefault(tensor.name, order)
    for line in lowered.equations:
        tensor = line.target.tensor
        order = _same(tensor) if tensor.name in kept else wishes.get(tensor.name) or _inherited(line, found)
        if order != _same(tensor):
            found[tensor.name] = order
    return found


def _same(tensor: Tensor) -> Order:
    return tuple(range(len(tensor.indices)))


def _wishes(line: Equation) -> Iterator[tuple[Tensor, Order]]:
    """The orders in which a convolution reads its image and writes its result."""
    for term in line.value.terms if isinstance(line.value, SumOfProducts) else ():
        found = convolution(line.target, term)
        if found is not None:
            spatial = found.spatial
            yield found.image.tensor, _sorted(found.image, (*found.batch, *(s.image for s in spatial)))
            yield found.target.tensor, _sorted(found.target, (*found.batch, *(s.out for s in spatial)))


def _inherited(line: Equation, found: Mapping[str, Order]) -> Order:
    """The order of the operand with most indices among those that have a new one."""
    operands = [access for access in line.value.accesses if access.tensor.name in found]
    if not operands:
        return _same(line.target.tensor)
    widest = max(operands, key=lambda access: len(access.free))
    return _sorted(line.target, _turned(widest, found).free)


def _sorted(access: Access, indices: Sequence[Index]) -> Order:
    """The axes of an access as their indices are ordered, those with other indices after them."""
    places = {index: place for place, index in enumerate(indices)}

    def key(axis: int) -> int:
        return min((places.get(index, len(places)) for index in access.indices[axis].indices), default=len(places))

    return tuple(sorted(range(len(access.indices)), key=key))


def _turned(access: Access, orders: Mapping[str, Order]) -> Access:
    order = orders.get(access.tensor.name)
    if order is None:
        return access
    tensor = replace(access.tensor, indices=tuple(access.tensor.indices[axis] for axis in order))
    return Access(tensor, tuple(access.indices[axis] for axis in order))


def _with_turned(node: Node, orders: Mapping[str, Order]) -> Node:
    if isinstance(node, SumOfProducts):
        return SumOfProducts(
            tuple(replace(t, factors=tuple(_turned(f, orders) for f in t.factors)) for t in node.terms)
        )
    operands = tuple(_turned(access, orders) for access in node.operands)
    return (
        Elementwise(node.factors, operands)
        if isinstance(node, Elementwise)
        else Reduction(node.kind, operands, node.over)
    )
