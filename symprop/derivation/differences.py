"""Central differences of a loss along several directions at once; where, and what they are held against, is `verify`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from symprop.ir.arrays import boxed, evaluate_arrays
from symprop.ir.nodes import Node, SumOfProducts
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Tensor
from symprop.scalar.numeric import Arithmetic

Array = Any
Number = Any


def difference_step(digits: int) -> Fraction:
    """How far to either side of a point differences at so many digits are taken."""
    return Fraction(1, 10 ** (digits * 9 // 25))


def tail_of(equations: Sequence[Equation], name: str) -> list[Equation]:
    """The equations that a change of one quantity reaches, its own left out."""
    live, tail = {name}, []
    for equation in equations:
        if equation.name != name and any(access.tensor.name in live for access in equation.value.accesses):
            live.add(equation.name)
            tail.append(equation)
    return tail


def differences(
    program: Program,
    tail: Sequence[Equation],
    name: str,
    directions: Array,
    base: Mapping[str, Array],
    step: Number,
    arithmetic: Arithmetic,
) -> Array:
    """The central difference of the loss along each of the directions, in which the quantity `name` moves.

    Both sides of all of them are worked out together, on an axis of their own, and only the equations of the `tail`, which
    the change reaches; `base` has everything else.
    """
    here, moves = base[name], boxed(step * directions)
    count = len(directions)
    many = Index("sides of directions", 2 * count)  # no name of an index has spaces
    moved = {**base, name: np.concatenate([here + moves, here - moves])}
    tensor = replace(program.tensors[name], indices=(many, *program.tensors[name].indices))
    found = evaluate_arrays(program, moved, arithmetic, _side_by_side(tail, tensor, many))
    losses = np.broadcast_to(found[program.loss], (2 * count,))
    return (losses[:count] - losses[count:]) / (2 * step)


def _side_by_side(tail: Sequence[Equation], moved: Tensor, many: Index) -> Iterator[Equation]:
    """The equations with one more axis in front of all that moves."""
    wide = {moved.name: moved}

    def widened(access: Access) -> Access:
        tensor = wide.get(access.tensor.name)
        return access if tensor is None else Access(tensor, (Affine(((1, many),)), *access.indices))

    for equation in tail:
        tensor = equation.target.tensor
        wide[tensor.name] = replace(tensor, indices=(many, *tensor.indices))
        yield replace(equation, target=widened(equation.target), value=_with_accesses(equation.value, widened))


def _with_accesses(node: Node, changed: Callable[[Access], Access]) -> Node:
    """The node with other accesses in place of its own."""
    if isinstance(node, SumOfProducts):
        return SumOfProducts(tuple(replace(t, factors=tuple(map(changed, t.factors))) for t in node.terms))
    return replace(node, operands=tuple(map(changed, node.operands)))
