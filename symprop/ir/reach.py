"""Elements that an equation cannot give a value, since what it reads there lies out of range; the shapes are `check`'s.

Out of range a tensor reads zero, and a maximum reads nothing: ``1/x[j-1]`` has no value at j = 0, nor has a maximum over a
window that lies wholly outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import sympy

from symprop.errors import UserError
from symprop.ir.nodes import Elementwise, Reduction, operand
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index

Position = dict[str, int]
Axis = tuple[Affine, int]  # where an access stands on an axis, and the axis's extent

MOST_POSITIONS = 500_000  # that are looked through, about a second; where there are more, none is
_NO_VALUES = (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)


def check_reach(equation: Equation) -> Equation:
    """The equation itself; UserError, which names the element, where it has one without a value."""
    value = equation.value
    if isinstance(value, Elementwise):
        _check_elementwise(equation, value)
    elif isinstance(value, Reduction) and len(value.operands) == 1:
        for axes in _groups(value.operands[0]):
            _check_window(equation, value, axes)
    return equation


def _check_elementwise(equation: Equation, value: Elementwise) -> None:
    """With zeros for whatever is out of range together, the expression has to have a value."""
    partly = {k: _loose(access) for k, access in enumerate(value.operands)}
    seen: set[frozenset[int]] = set()
    for position in _positions([axis for axes in partly.values() for axis in axes]) if any(partly.values()) else ():
        outside = frozenset(k for k, axes in partly.items() if not _is_inside(axes, position))
        if outside not in seen:
            seen.add(outside)
            rest = value.expression.xreplace({operand(k): sympy.S.Zero for k in outside})
            if rest.has(*_NO_VALUES):
                read = " and ".join(str(value.operands[k]) for k in sorted(outside))
                raise _no_value(equation, position, f"{read} is out of range there, so it counts as 0")


def _check_window(equation: Equation, value: Reduction, axes: list[Axis]) -> None:
    """For each position of the target, some of those that the reduction runs over has to be in range."""
    over = {index.name for index in value.over}
    reached: dict[tuple[tuple[str, int], ...], bool] = {}
    for position in _positions(axes):
        at = tuple((name, number) for name, number in position.items() if name not in over)
        reached[at] = reached.get(at, False) or _is_inside(axes, position)
    for at, is_reached in reached.items():
        if not is_reached:
            raise _no_value(equation, dict(at), f"all of {value.operands[0]} is out of range there")


def _no_value(equation: Equation, position: Position, why: str) -> UserError:
    at = ", ".join(f"{name} = {number}" for name, number in position.items())
    what = f"'{equation.name}' has no value at {at}" if at else f"'{equation.name}' has no value"
    return UserError(what, got=why, remedy="Indices count from 0.")


def _loose(access: Access) -> list[Axis]:
    """The axes on which an access may be out of range; what integers index is not known yet."""
    axes = ((affine, axis.extent) for affine, axis in zip(access.indices, access.tensor.indices, strict=True))
    return [(affine, n) for affine, n in axes if affine.gather is None and not _is_within(affine, n)]


def _is_within(affine: Affine, extent: int) -> bool:
    low, high = affine.span
    return low >= 0 and high < extent


def _groups(access: Access) -> Iterator[list[Axis]]:
    """The axes on which an access may be out of range, together where they share an index: other axes are free of them."""
    waiting = _loose(access)
    while waiting:
        group, waiting = waiting[:1], waiting[1:]
        while more := [axis for axis in waiting if any(_share(axis, other) for other in group)]:
            group, waiting = group + more, [axis for axis in waiting if axis not in more]
        yield group


def _share(one: Axis, other: Axis) -> bool:
    return bool(set(one[0].indices) & set(other[0].indices))


def _positions(axes: list[Axis]) -> Iterator[Position]:
    indices: list[Index] = list(dict.fromkeys(index for affine, _ in axes for index in affine.indices))
    if prod(index.extent for index in indices) > MOST_POSITIONS:
        return
    for numbers in product(*(range(index.extent) for index in indices)):
        yield dict(zip((index.name for index in indices), numbers, strict=True))


def _is_inside(axes: list[Axis], position: Position) -> bool:
    return all(0 <= affine.at(position) < extent for affine, extent in axes)
