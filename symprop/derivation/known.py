"""A derivation worked out at one random point, to many digits; what the numbers are compared with is for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from symprop.derivation.point import Point, draw_point, with_integers
from symprop.derivation.step import Derivation
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import needed
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import Arithmetic

Array = Any
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Known:
    """The numbers at a point: `base` of the forward program alone, `values` of what the gradients depend on and of themselves.

    The derivation has integers for tensors that index others. `random` stands where drawing the point left it.
    """

    derivation: Derivation
    point: Point
    base: Arrays
    values: Arrays
    random: Random


def first_known(derivation: Derivation, digits: int, seed: int) -> Known:
    """What is known at the first point of a seed; UnsupportedError where there is no point.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> known = first_known(derive(NetworkSpec(3, [Dense(2)]).elaborate()), 20, 0)
    >>> "E_total" in known.base, "dE_total_dW1" in known.base, known.values["dE_total_dW1"].shape
    (True, False, (2, 3))
    """
    random = Random(seed)
    with decimals(digits) as arithmetic:
        derivation = with_integers(derivation, random)
        return known_at(derivation, draw_point(derivation.forward, random), arithmetic, random)


def known_at(derivation: Derivation, point: Point, arithmetic: Arithmetic, random: Random) -> Known:
    """The numbers at a point; the derivation's copy of the forward equations is worked out again only where it differs."""
    forward, program = derivation.forward, derivation.program
    given = {name: as_numbers(array, arithmetic) for name, array in point.values.items()}
    equations = needed(forward.equations, [forward.loss, *derivation.gradients])
    base = evaluate_arrays(forward, given, arithmetic, equations)
    wanted = needed(program.equations, [program.loss, *derivation.gradients.values()])
    if all(program.by_name.get(equation.name) == equation for equation in equations):
        given, wanted = base, tuple(equation for equation in wanted if equation.name not in base)
    return Known(derivation, point, base, evaluate_arrays(program, given, arithmetic, wanted), random)


def as_numbers(array: Array, arithmetic: Arithmetic) -> Array:
    """An array of rationals in the numbers of an arithmetic."""
    numbers = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        numbers[place] = arithmetic.given(array[place])
    return numbers
