"""Starting parameters: the values that are given, Glorot's for weights, zeros for biases; how they change is the loop's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod, sqrt
from typing import Any

import numpy as np

from symprop.errors import BudgetError
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Program
from symprop.ir.tensor import Role, Tensor
from symprop.network import Training
from symprop.notation.names import Names
from symprop.training.layout import Array, Layout
from symprop.values import element_values

MOST_ELEMENTS = 100_000_000


def initial_parameters(
    program: Program, names: Names, values: Mapping[str, Any] | None = None, seed: int = 0
) -> dict[str, Array]:
    """The starting value of every parameter, by tensor, each of its tensor's shape.

    `values` has numbers for tensors (W1) or for elements (w5), and wins. A weight without a value is drawn uniformly
    from ±√(6 / (fan_in + fan_out)), a bias is zero, the gain of a normalisation one. The same seed gives the same
    numbers, whatever else is given. Raises UserError for a value or a seed that does not fit, BudgetError for more than
    100,000,000 elements. Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, AISTATS 2010, eq. 16.
    """
    _check_size(sum(prod(tensor.extents) for tensor in program.with_role(Role.PARAMETER)))
    layout = Layout(program, names)
    given = element_values(program, names, values or {})
    random = np.random.default_rng(Training(seed=seed).seed)
    zero = biases(program)
    found: dict[str, Array] = {}
    for name, tensor in layout.parameters.items():
        drawn = _glorot(tensor, random)  # even where it is not used, so that the others' numbers do not depend on it
        start = 0.0 if tensor.start is None and name in zero else tensor.start
        numbers = drawn.ravel().tolist() if start is None else [start] * drawn.size
        scalars = layout.scalars(tensor)
        found[name] = layout.gather(name, [given.get(s, n) for s, n in zip(scalars, numbers, strict=True)])
    return found


def _glorot(tensor: Tensor, random: np.random.Generator) -> Array:
    """Arrays are (out, in); a scalar connects one with one."""
    extents = tensor.extents or (1,)
    limit = sqrt(6 / (extents[0] + extents[-1]))
    return random.uniform(-limit, limit, tensor.extents)


def biases(program: Program) -> set[str]:
    """The names that are added and never multiplied."""
    alone, other = set[str](), set[str]()
    for equation in program.equations:
        for names, is_alone in _uses(equation.value):
            (alone if is_alone else other).update(names)
    return alone - other


def _uses(value: Any) -> Iterator[tuple[list[str], bool]]:
    """The names that stand together in a product or a function, and whether one stands alone in its term."""
    if isinstance(value, SumOfProducts):
        for term in value.terms:
            looked_up = any(factor.gathers for factor in term.factors)  # rows of a table, not biases
            yield [factor.tensor.name for factor in term.factors], len(term.factors) == 1 and not looked_up
    else:
        yield [access.tensor.name for access in value.accesses], False


def _check_size(count: int) -> None:
    if count > MOST_ELEMENTS:
        got = f"{count:,} (about {count * 8 / 1e9:.1f} GB in float64)"
        expected = f"at most {MOST_ELEMENTS:,}"
        raise BudgetError("too many parameters", expected=expected, got=got, remedy="Make the layers smaller.")
