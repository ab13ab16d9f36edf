"""What the source for JAX calls beside JAX itself: windows of an axis and their adjoint, reading and adding at places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from symprop.scalar.formats import exponent_below

Array = Any
_limits: Any = jnp.finfo  # this and the next are not annotated by JAX
_barrier: Any = lax.optimization_barrier
Steps = Sequence[int]


def windows(x: Array, axis: int, steps: Steps, counts: Steps) -> Array:
    """The axis split into one for each step: element (p, u, …) is what stands at ``steps[0]*p + steps[1]*u + …``.

    >>> windows(jnp.arange(5), 0, (2, 1), (2, 3)).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    order = sorted(range(len(steps)), key=lambda k: (-steps[k], -counts[k]))
    if _is_split(x.shape[axis], [steps[k] for k in order], [counts[k] for k in order]):
        split = x.reshape(*x.shape[:axis], *(counts[k] for k in order), *x.shape[axis + 1 :])
        return jnp.moveaxis(split, [axis + order.index(k) for k in range(len(steps))], _run(axis, len(steps)))
    if len(steps) == 1:
        return lax.slice_in_dim(x, 0, steps[0] * (counts[0] - 1) + 1, steps[0], axis)
    fewest = min(range(len(steps)), key=lambda k: counts[k])
    rest, extents = _without(steps, fewest), _without(counts, fewest)
    reach = sum(step * (count - 1) for step, count in zip(rest, extents, strict=True)) + 1
    parts = (lax.slice_in_dim(x, steps[fewest] * k, steps[fewest] * k + reach, 1, axis) for k in range(counts[fewest]))
    return jnp.stack([windows(part, axis, rest, extents) for part in parts], axis + fewest)


def spread(x: Array, axis: int, steps: Steps, counts: Steps, offset: int, extent: int) -> Array:
    """The adjoint of reading windows: element (p, u, …) is added to place ``steps[0]*p + steps[1]*u + … + offset``.

    What falls outside `extent` is dropped, what nothing reaches is zero. Without steps there is one element.

    >>> spread(jnp.ones((2, 3)), 0, (2, 1), (2, 3), -1, 5).tolist()
    [1.0, 2.0, 1.0, 1.0, 0.0]
    """
    order = sorted(range(len(steps)), key=lambda k: (-steps[k], -counts[k]))
    if not offset and steps and _is_split(extent, [steps[k] for k in order], [counts[k] for k in order]):
        turned = jnp.moveaxis(x, [axis + k for k in order], _run(axis, len(steps)))
        return turned.reshape(*x.shape[:axis], extent, *x.shape[axis + len(steps) :])
    if not steps:
        return _placed(jnp.expand_dims(x, axis), axis, 1, offset, extent)
    if len(steps) == 1:
        return _placed(x, axis, steps[0], offset, extent)
    fewest = min(range(len(steps)), key=lambda k: counts[k])
    rest, extents = _without(steps, fewest), _without(counts, fewest)
    parts = (lax.index_in_dim(x, k, axis + fewest, keepdims=False) for k in range(counts[fewest]))
    moved = [spread(part, axis, rest, extents, offset + steps[fewest] * k, extent) for k, part in enumerate(parts)]
    return sum(moved[1:], start=moved[0])


def _is_split(extent: int, steps: Steps, counts: Steps) -> bool:
    """Whether the windows, the widest steps first, are the axis cut in pieces."""
    for step, count in zip(steps, counts, strict=True):
        if step * count != extent:
            return False
        extent = step
    return extent == 1


def _without(numbers: Steps, position: int) -> Steps:
    return [*numbers[:position], *numbers[position + 1 :]]


def _run(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


def _placed(x: Array, axis: int, step: int, offset: int, extent: int) -> Array:
    """The elements at every `step` from `offset`, on an axis of zeros; a negative step puts them down backwards."""
    reach = abs(step) * (x.shape[axis] - 1)
    if step < 0:
        x, offset = lax.rev(x, (axis,)), offset - reach
    if offset >= extent or offset + reach < 0:
        return jnp.zeros((*x.shape[:axis], extent, *x.shape[axis + 1 :]), x.dtype)
    edges = [(0, 0, 0)] * x.ndim
    edges[axis] = (offset, extent - offset - reach - 1, abs(step) - 1)
    return lax.pad(x, jnp.zeros((), x.dtype), edges)


def read_at(x: Array, places: Sequence[Array | None], outside: float) -> Array:
    """The elements at places that broadcast against each other; None stands for a whole axis. Out of range is `outside`."""
    return x.at[_index(x.shape, places)].get(mode="fill", fill_value=outside)


def add_at(shape: tuple[int, ...], places: Sequence[Array | None], values: Array) -> Array:
    """Zeros of that shape, to which the values are added at their places; what falls outside is dropped."""
    return jnp.zeros(shape, values.dtype).at[_index(shape, places)].add(values, mode="drop")


def _index(shape: tuple[int, ...], places: Sequence[Array | None]) -> tuple[Any, ...]:
    # JAX counts negative places from the end: they are moved beyond it.
    pairs = zip(places, shape, strict=True)
    return tuple(slice(None) if p is None else jnp.where(jnp.asarray(p) < 0, extent, p) for p, extent in pairs)


def pinned(x: Array) -> Array:
    """The array itself, worked out once: XLA may else compute it again for each of its uses, rounded otherwise.

    An element would then differ from the largest, which it is; and what is costly would cost as often. XLA for CPUs
    ignores `optimization_barrier`, so there the array goes through a loop of one pass, of which the compiler cannot know
    that it is one.
    """
    if jax.default_backend() != "cpu" or not x.size:
        return _barrier(x)
    first = x[(0,) * x.ndim]
    passes = (first == first).astype("int32") | 1
    return lax.fori_loop(0, passes, lambda k, state: (state[1], state[1]), (jnp.zeros_like(x), x))[0]


def smallest(x: Array) -> float:
    """The smallest normal number of the format of `x`."""
    return float(_limits(x.dtype).tiny)


def largest_exponent(x: Array) -> float:
    """The exponent at which exponentials of the format of `x` saturate.

    >>> largest_exponent(jnp.ones(3, "float32"))
    40.0
    """
    return exponent_below(float(_limits(x.dtype).max))
