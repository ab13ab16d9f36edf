"""Evaluates a scalar expression at every position of arrays in one walk, choices included; single numbers are `numeric`'s."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import sympy

from symprop.ir.nodes import operand
from symprop.scalar.numeric import RELATIONS, Arithmetic, Evaluation

Array = Any
Expression = Any


def evaluate_everywhere(expression: Expression, numbers: Sequence[Array], arithmetic: Arithmetic) -> Array:
    """A scalar expression over `operand(0)`, …, at each position of arrays of numbers, which broadcast.

    Of a choice, each position takes the branch that holds there, and works out no other.

    >>> from symprop.scalar.numeric import FLOAT
    >>> x = operand(0)
    >>> evaluate_everywhere(sympy.Piecewise((sympy.log(x), x > 1), (0, True)), [np.array([1.0, -2.0], object)], FLOAT)
    array([0.0, 0.0], dtype=object)
    """
    values = {operand(k): array for k, array in enumerate(numbers)}
    return _Everywhere(values, _over_arrays(arithmetic)).value(expression)


class _Everywhere(Evaluation):
    """One walk over an expression, whose symbols stand for arrays; what has no symbol stays a number."""

    folds: ClassVar[Mapping[type, Callable[..., Any]]] = {
        **Evaluation.folds,
        **{kind: np.frompyfunc(Evaluation.folds[kind], 2, 1) for kind in (sympy.Max, sympy.Min)},
    }

    def _piecewise(self, expression: Expression) -> Array:
        """Each branch at the positions that no branch before it took."""
        symbols = sorted(expression.free_symbols, key=str)
        arrays = np.broadcast_arrays(*(self._values[symbol] for symbol in symbols))
        flat = dict(zip(symbols, (np.ravel(array) for array in arrays), strict=True))
        rest = np.arange(arrays[0].size)
        result = np.full(rest.shape, self._arithmetic.given(math.nan), dtype=object)
        for value, condition in expression.args:
            holds = np.broadcast_to(self._at(flat, rest)._where(condition), rest.shape)
            taken, rest = rest[holds], rest[~holds]
            if taken.size and value is not sympy.nan:
                result[taken] = self._at(flat, taken).value(value)
        return result.reshape(arrays[0].shape)

    def _at(self, flat: dict[Expression, Array], positions: Array) -> _Everywhere:
        return _Everywhere({symbol: array[positions] for symbol, array in flat.items()}, self._arithmetic)

    def _where(self, condition: Expression) -> Array:
        """Where a condition holds."""
        if condition in (sympy.true, sympy.false):
            return np.array(bool(condition))
        if isinstance(condition, (sympy.And, sympy.Or)):
            join = np.logical_and if isinstance(condition, sympy.And) else np.logical_or
            parts = np.broadcast_arrays(*(self._where(part) for part in condition.args))
            return join.reduce(parts)
        if isinstance(condition, sympy.Not):
            return ~self._where(condition.args[0])
        sides = self.value(condition.lhs), self.value(condition.rhs)
        return np.asarray(RELATIONS[condition.rel_op](*sides), dtype=bool)


def _over_arrays(arithmetic: Arithmetic) -> Arithmetic:
    """The arithmetic with functions that take arrays."""
    return replace(
        arithmetic,
        given=lambda value: value if isinstance(value, np.ndarray) else arithmetic.given(value),
        power=np.frompyfunc(arithmetic.power, 2, 1),
        functions={name: np.frompyfunc(function, 1, 1) for name, function in arithmetic.functions.items()},
    )
