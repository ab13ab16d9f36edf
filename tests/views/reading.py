"""Formulas read back as numbers: their text by Python itself, their trees with indices by loops, with matrices by NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symprop.ir.program import Program
from symprop.notation.formula import (
    Call,
    Cases,
    Comparison,
    Compound,
    Condition,
    Entry,
    Formula,
    Negative,
    Number,
    Ones,
    Power,
    Product,
    Quotient,
    Sign,
    Sum,
    Summation,
    Symbol,
    Transpose,
)
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.scalar.function import ScalarFunction, X
from symprop.scalar.numeric import FLOAT, evaluate

Values = Mapping[str, Any]


def _by_stable_form(function: ScalarFunction) -> Callable[[Any], Any]:
    return np.vectorize(lambda x: evaluate(function(X), {X: float(x)}, FLOAT), otypes=[float])


CALLS: dict[str, Callable[..., Any]] = {
    **{name: _by_stable_form(function) for name, function in {**FUNCTIONS, **ACTIVATIONS}.items()},
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "log": np.log,
    "cosh": np.cosh,
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "erf": math.erf,
}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def number_of(formula: Formula, values: Values) -> float:
    """The formula's text, evaluated by Python over the names in it."""
    return float(eval(plain(formula), {"__builtins__": {}, "pi": math.pi, **CALLS}, dict(values)))


def arrays(program: Program, names: Names, values: Values) -> dict[str, Any]:
    """Every tensor of an index program as an array, from its elements' numbers."""
    found = {}
    for tensor in program.tensors.values():
        array = np.empty(tensor.extents)
        for position in np.ndindex(*tensor.extents):
            array[position] = float(values[_identifier(program, names, tensor, position)])
        found[tensor.name] = array
    return found


def _identifier(program: Program, names: Names, tensor: Any, position: tuple[int, ...]) -> str:
    if tensor.primal is None:
        return names.element(tensor.name, position, tensor.extents)
    prefix = tensor.name[: -len(tensor.primal)]
    return prefix + _identifier(program, names, program.tensors[tensor.primal], position)


def entry_of(formula: Formula, tensors: Values, indices: Mapping[str, int]) -> float:
    """An index formula at one position; `indices` are counted from 0, sums from 0 to one below their upper limit."""
    match formula:
        case Entry(tensor, names):
            return float(tensors[tensor][tuple(indices[name] for name in names)])
        case Symbol(name):
            return math.pi if name == "pi" else float(tensors[name])
        case Summation(index, upper, body):
            assert index not in indices, f"{index} is bound already"
            assert upper is not None
            return sum(entry_of(body, tensors, {**indices, index: n}) for n in range(upper))
    return float(_combined(formula, lambda part: entry_of(part, tensors, indices)))


def matrix_of(formula: Formula, tensors: Values) -> Any:
    """A matrix formula as an array with two axes: vectors are columns, and a scalar has the shape (1, 1)."""

    def inner(part: Formula) -> Any:
        return matrix_of(part, tensors)

    match formula:
        case Ones(length):
            return np.ones((length, 1))
        case Symbol(name):
            array = np.asarray(math.pi if name == "pi" else tensors[name])
            return array if array.ndim == 2 else array.reshape(-1, 1)
        case Transpose(operand):
            return inner(operand).T
        case Product(factors, Sign.JUXTAPOSED):
            return _matrix_product([inner(factor) for factor in factors])
        case Product(factors, _):
            return math.prod((inner(factor) for factor in factors[1:]), start=inner(factors[0]))
        case Number(value):
            return np.full((1, 1), float(value))
    return _combined(formula, inner)


def _matrix_product(factors: list[Any]) -> Any:
    result = factors[0]
    for factor in factors[1:]:
        scalar = result.shape == (1, 1) or factor.shape == (1, 1)
        result = result * factor if scalar else result @ factor
    return result


def _combined(formula: Formula, inner: Callable[[Formula], Any]) -> Any:
    match formula:
        case Number(value):
            return float(value)
        case Negative(operand):
            return -inner(operand)
        case Sum(terms):
            return sum((inner(term) for term in terms[1:]), start=inner(terms[0]))
        case Product(factors, _):
            return math.prod((inner(factor) for factor in factors[1:]), start=inner(factors[0]))
        case Quotient(numerator, denominator):
            return inner(numerator) / inner(denominator)
        case Power(base, exponent):
            return inner(base) ** inner(exponent)
        case Call(function, arguments):
            return CALLS[function](*(inner(argument) for argument in arguments))
        case Cases(branches):
            return _chosen(branches, inner)
    raise AssertionError(f"cannot read {formula}")


def _chosen(branches: tuple[tuple[Formula, Condition | None], ...], inner: Callable[[Formula], Any]) -> Any:
    """The first branch that holds, entry by entry."""
    result: Any = None
    for value, condition in reversed(branches):
        result = inner(value) if condition is None else np.where(_holds(condition, inner), inner(value), result)
    return result


def _holds(condition: Condition, inner: Callable[[Formula], Any]) -> Any:
    match condition:
        case Comparison(relation, left, right):
            return _RELATIONS[relation](inner(left), inner(right))
        case Compound(word, conditions):
            join = np.logical_and if word == "and" else np.logical_or
            return join.reduce(np.broadcast_arrays(*(_holds(c, inner) for c in conditions)))
