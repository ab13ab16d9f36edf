"""How the loss bends: the largest eigenvalue of its Hessian, which limits the learning rate, and its bend along the gradient.

No Hessian is made: its products with vectors are compiled from the derivation. Training is `loop`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symprop.training.probe import Probe

Array = Any

LIMIT = 2.0  # of the learning rate times the curvature, for plain descent: beyond it an update overshoots by more than it was off
MOST_PRODUCTS = 40
_NOTHING = 1e-12  # of the largest number so far: what is left of a vector then is rounding


@dataclass(frozen=True)
class Curvature:
    """At one point: the largest eigenvalue of the Hessian, and ``g·Hg / g·g`` along the gradient g (0 where g is 0)."""

    largest: float
    along: float


def curvature(probe: Probe) -> Callable[[Mapping[str, Any], Mapping[str, Array]], Curvature]:
    """What gives the curvature at some parameters, whose gradient is given too; NaN where a product is not finite."""
    multiplied = probe.product()

    def at(parameters: Mapping[str, Any], gradient: Mapping[str, Array]) -> Curvature:
        def product(vector: Array) -> Array:
            return _flat(multiplied(parameters, _shaped(vector, gradient)))

        slope = _flat(gradient)
        length = float(slope @ slope)
        along = float(slope @ product(slope)) / length if length > 0 else 0.0
        return Curvature(largest_eigenvalue(product, slope.size), along)

    return at


def largest_eigenvalue(product: Callable[[Array], Array], size: int, seed: int = 0) -> float:
    """The largest eigenvalue of a symmetric matrix that is known by its products; NaN where one is not finite.

    Exact up to rounding for at most 40 rows; above, an estimate from below. Source: Lanczos, An iteration method for the
    solution of the eigenvalue problem, 1950, with all vectors kept orthogonal.

    >>> round(largest_eigenvalue(lambda v: np.array([3.0, -7.0, 2.0]) * v, 3), 12)
    3.0
    """
    vector = np.random.default_rng(seed).normal(size=size)
    basis, diagonal, beside = [vector / np.linalg.norm(vector)], list[float](), list[float]()
    for _ in range(min(size, MOST_PRODUCTS)):
        new = np.asarray(product(basis[-1]), dtype=float)
        if not np.isfinite(new).all():
            return float("nan")
        diagonal.append(float(basis[-1] @ new))
        for _ in range(2):  # once leaves what rounding put there
            new = new - np.array(basis).T @ (np.array(basis) @ new)
        left = float(np.linalg.norm(new))
        if left <= _NOTHING * max(map(abs, (*diagonal, *beside))):
            break
        beside.append(left)
        basis.append(new / left)
    off = beside[: len(diagonal) - 1]
    return float(np.linalg.eigvalsh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))[-1])


def _flat(parts: Mapping[str, Array]) -> Array:
    return np.concatenate([np.ravel(part) for part in parts.values()]).astype(float)


def _shaped(vector: Array, like: Mapping[str, Array]) -> dict[str, Array]:
    ends = np.cumsum([np.size(part) for part in like.values()])[:-1]
    parts = zip(like.items(), np.split(vector, ends), strict=True)
    return {name: values.reshape(np.shape(part)) for (name, part), values in parts}
