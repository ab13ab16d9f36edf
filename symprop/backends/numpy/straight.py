"""Small programs on plain Python floats, through SymPy's `lambdify`: faster there than on arrays of a few numbers.

Every element is a name of its own, and there are no loops; what floats cannot hold is left to `backend`'s arrays.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from symprop.backends.executable import Arrays, Executable, Loop
from symprop.backends.numpy.lambdified import Language, compile_with
from symprop.backends.printing import PythonLines
from symprop.lowering.lowered import Lowered
from symprop.lowering.scalars import Lines, lines_of
from symprop.lowering.straight import Straight, straightened
from symprop.scalar.formats import exponent_below

Array = Any
Elements = Mapping[str, Sequence[str]]

_NOT_HELD = (ArithmeticError, ValueError)  # where an array would hold an infinity or NaN


def smallest(x: float) -> float:
    """The smallest normal float."""
    return sys.float_info.min


def largest_exponent(x: float) -> float:
    """The exponent at which exponentials saturate."""
    return exponent_below(sys.float_info.max)


def larger(x: float, y: float) -> float:
    """The larger number, NaN if one of them is: Python's own ``max`` may drop it.

    >>> larger(2.0, math.nan), larger(math.nan, 2.0)
    (nan, nan)
    """
    return y if y > x or y != y else x


def smaller(x: float, y: float) -> float:
    """The smaller number, NaN if one of them is."""
    return y if y < x or y != y else x


_HELPERS = (
    ("smallest", smallest),
    ("largest_exponent", largest_exponent),
    ("larger", larger),
    ("smaller", smaller),
)
LANGUAGE = Language(PythonLines, (("math", math),), _HELPERS)


def small(lowered: Lowered, dtype: str) -> Straight | None:
    """The program in straight lines, where they are the better code: few terms, no integers, Python's own format."""
    return straightened(lowered) if dtype == "float64" else None


def _lines(straight: Straight) -> Lines:
    numbers = straight.numbers
    arguments = [tensor.name for tensor in numbers.arguments]
    return lines_of(arguments, (*numbers.constants, *numbers.equations), numbers.outputs)


def compile_program(straight: Straight, arrays: Callable[[], Executable]) -> Executable:
    """The program as a function of arrays, whose numbers go through floats; `arrays` compiles the other way."""
    lowered, compiled = straight.whole, compile_with(LANGUAGE, _lines(straight))
    function, shapes = compiled.function, [lowered.tensors[name].extents for name in lowered.outputs]
    parts = _parts(lowered.outputs, straight.elements)
    others = cache(arrays)

    def run(*values: Any) -> list[Any]:
        try:
            found = function(*[number for value in values for number in _numbers(value)])
        except _NOT_HELD:
            return others().function(*values)
        return [np.array(found[part], float).reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    return Executable(compiled.source, tuple(t.name for t in lowered.arguments), lowered.outputs, run)


def compile_loop(straight: Straight, arrays: Callable[[], Loop]) -> Loop:
    """The loop on floats; from where floats do not hold the numbers, the other loop goes on."""
    compiled = compile_with(LANGUAGE, _lines(straight))
    return Loop(compiled.source, _Floats(straight.whole, straight.elements, compiled.function, cache(arrays)).run)


class _Floats:
    """A loop whose carried numbers are floats."""

    def __init__(
        self, lowered: Lowered, names: Elements, function: Callable[..., list[Any]], arrays: Callable[[], Loop]
    ) -> None:
        self.lowered, self.function, self.arrays = lowered, function, arrays
        self.places: dict[str, slice] = dict(
            zip([t.name for t in lowered.arguments], _parts([t.name for t in lowered.arguments], names), strict=True)
        )
        outputs = _parts(lowered.outputs, names)
        self.loss, self.shape = outputs[0], lowered.tensors[lowered.outputs[0]].extents
        new = dict(zip(lowered.outputs, outputs, strict=True))
        self.moves = [(new[name], self.places[old]) for name, old in lowered.carried.items() if old in self.places]

    def run(self, count: int, carried: Arrays, fixed: Arrays, varying: Arrays) -> tuple[Array, dict[str, Array]]:
        given = {**carried, **fixed, **{name: rows[0] for name, rows in varying.items() if count}}
        if not count:
            return np.empty((0, *self.shape)), dict(carried)
        values = [number for t in self.lowered.arguments for number in _numbers(given[t.name])]
        changing = [(self.places[name], np.asarray(rows)) for name, rows in varying.items() if name in self.places]
        losses = np.empty((count, math.prod(self.shape)))
        for update in range(count):
            for place, rows in changing:
                values[place] = _numbers(rows[update])
            try:
                found = self.function(*values)
            except _NOT_HELD:
                return self._go_on(update, losses, values, carried, fixed, varying, count)
            losses[update] = found[self.loss]
            for new, old in self.moves:
                values[old] = found[new]
        return losses.reshape(count, *self.shape), self._state(values, carried)

    def _state(self, values: Sequence[float], carried: Arrays) -> dict[str, Array]:
        return {
            name: np.array(values[self.places[name]], float).reshape(np.shape(value)) if name in self.places else value
            for name, value in carried.items()
        }

    def _go_on(
        self,
        done: int,
        losses: Array,
        values: Sequence[float],
        carried: Arrays,
        fixed: Arrays,
        varying: Arrays,
        count: int,
    ) -> tuple[Array, dict[str, Array]]:
        rest = {name: rows[done:] for name, rows in varying.items()}
        others, state = self.arrays().run(count - done, self._state(values, carried), fixed, rest)
        losses[done:] = others.reshape(count - done, -1)
        return losses.reshape(count, *self.shape), state


def _parts(tensors: Sequence[str], names: Mapping[str, Sequence[str]]) -> list[slice]:
    """Where each tensor's numbers stand when they follow each other."""
    first, found = 0, []
    for tensor in tensors:
        found.append(slice(first, first + len(names[tensor])))
        first += len(names[tensor])
    return found


def _numbers(value: Any) -> list[float]:
    return value.ravel().tolist() if isinstance(value, np.ndarray) else [float(value)]
