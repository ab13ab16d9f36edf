"""Evaluates formulas as they stand on the page, so that what is printed can be checked; what is printed is other modules'.

A formula's value is a number, or a matrix with as many rows and columns as it has; a column has one column. Named
indices count from 1, and an entry out of range is zero, as readers take them; a maximum and a logsumexp leave it out.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
import sympy

from symprop.errors import InternalError, UnsupportedError
from symprop.ir.evaluate import reduced
from symprop.ir.program import Program
from symprop.ir.tensor import Integers, Tensor
from symprop.notation.formula import (
    WHOLE,
    Call,
    Cases,
    Compound,
    Condition,
    Entry,
    Fold,
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
from symprop.scalar.function import ScalarFunction, X
from symprop.scalar.numeric import Arithmetic, evaluate
from symprop.views.functions import declared_functions

Array = Any
Value = Any
Position = Mapping[str, int]  # of the named indices, counted from 1

_RELATIONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@dataclass(frozen=True)
class Setting:
    """What names stand for: the program's tensors and their arrays at one point, its functions, and an arithmetic."""

    program: Program
    known: Mapping[str, Array]
    arithmetic: Arithmetic
    scalar: Callable[[str], Value] | None = None  # what a symbol stands for where it names an element

    def value(self, formula: Formula, position: Position | None = None) -> Value:
        """The formula's value; UnsupportedError for what has no value by itself, such as a partial derivative."""
        return self._evaluation.value(formula, position or {})

    def functions(self) -> Mapping[str, ScalarFunction]:
        """What formulas may apply, by name: the declared functions that the equations apply."""
        return declared_functions(self.program)

    @cached_property
    def _evaluation(self) -> _Evaluation:
        return _Evaluation(self)


class _Evaluation:
    def __init__(self, setting: Setting) -> None:
        self.setting, self.arithmetic = setting, setting.arithmetic
        self.functions = setting.functions()

    def value(self, formula: Formula, at: Position) -> Value:
        match formula:
            case Number(value):
                return self.arithmetic.given(_printed(value))
            case Symbol(name):
                return self._symbol(name)
            case Ones(length):
                return _as_number(np.full((length, 1), self.arithmetic.rational(1, 1), dtype=object))
            case Entry(tensor, indices):
                return _as_column(self._entry(self.setting.program.tensors[tensor], indices, at))
            case Sum(terms):
                return reduce(_plus, (self.value(term, at) for term in terms))
            case Negative(operand):
                return -self.value(operand, at)
            case Product(factors, sign):
                return reduce(_product(sign), (self.value(factor, at) for factor in factors))
            case Quotient(numerator, denominator):
                return _elementwise(lambda a, b: a / b, self.value(numerator, at), self.value(denominator, at))
            case Power(base, exponent):
                return self._power(self.value(base, at), self.value(exponent, at))
            case Transpose(operand):
                inner = self.value(operand, at)
                return inner.T if isinstance(inner, np.ndarray) else inner
            case Summation(index, upper, body, first) if upper is not None:
                places = range(1 if first is None else first, upper + 1)
                return reduce(_plus, (self.value(body, {**at, index: place}) for place in places))
            case Call(function, arguments):
                return self._call(function, [self.value(argument, at) for argument in arguments])
            case Fold(_, _, indices, uppers) if len(indices) == len(uppers):
                return self._fold(formula, at)
            case Cases(branches):
                return self._choice(branches, at)
        raise UnsupportedError("this formula has no value by itself", got=type(formula).__name__)

    def _symbol(self, name: str) -> Value:
        if name == "pi":
            return evaluate(sympy.pi, {}, self.arithmetic)
        if self.setting.scalar is not None:
            return self.setting.scalar(name)
        if name not in self.setting.known:
            raise UnsupportedError(f"'{name}' stands for no tensor, so it has no value")
        return _as_column(self.setting.known[name])

    def _fold(self, fold: Fold, at: Position) -> Value:
        """Over all positions of its indices; what is out of range is left out."""
        runs = product(*(range(1, upper + 1) for upper in fold.uppers))
        places = [{**at, **dict(zip(fold.indices, run, strict=True))} for run in runs]
        pairs = [(operand, here) for here in places for operand in fold.operands]
        numbers = [self.value(operand, here) for operand, here in pairs if not self._is_outside(operand, here)]
        return reduced(fold.kind, numbers, self.arithmetic)

    def _is_outside(self, formula: Formula, at: Position) -> bool:
        """Whether a formula is an entry out of its tensor's range."""
        if not isinstance(formula, Entry):
            return False
        extents = self.setting.program.tensors[formula.tensor].extents
        return any(
            text != WHOLE and not 0 <= place(text, at, self.setting.program.integers) < extent
            for text, extent in zip(formula.indices, extents, strict=False)
        )

    def _entry(self, tensor: Tensor, indices: tuple[str, ...], at: Position) -> Array:
        """One entry, or, where axes are left whole, the vector or matrix over them."""
        integers = self.setting.program.integers
        places = [slice(None) if text == WHOLE else place(text, at, integers) for text in indices]
        array = self.setting.known[tensor.name]
        for p, extent in zip(places, array.shape, strict=False):  # the last axes may be left whole without a word
            if not isinstance(p, slice) and not 0 <= p < extent:
                return self.arithmetic.rational(0, 1)
        return array[tuple(places)]

    def _power(self, base: Value, exponent: Value) -> Value:
        return _elementwise(self.arithmetic.power, base, exponent)

    def _call(self, function: str, arguments: list[Value]) -> Value:
        if function in _OF_MATRICES:
            return _as_number(_OF_MATRICES[function](*arguments))
        if len(arguments) != 1:
            raise UnsupportedError(f"'{function}' of several arguments cannot be evaluated")
        return _elementwise(self._function(function), arguments[0])

    def _function(self, name: str) -> Callable[[Value], Value]:
        if name in self.functions:
            definition = self.functions[name].definition(X)
            return lambda x: evaluate(definition, {X: x}, self.arithmetic)
        if name == "sqrt":
            return lambda x: self.arithmetic.power(x, self.arithmetic.rational(1, 2))
        known = self.arithmetic.functions.get("Abs" if name == "abs" else name)
        if known is None:
            raise UnsupportedError(f"'{name}' cannot be evaluated")
        return known

    def _choice(self, branches: tuple[tuple[Formula, Condition | None], ...], at: Position) -> Value:
        """The first branch whose condition holds, entry by entry."""
        *earlier, (otherwise, _) = branches
        result = self.value(otherwise, at)
        for formula, condition in reversed(earlier):
            assert condition is not None
            sides = self._condition(condition, at), self.value(formula, at), result
            result = _elementwise(lambda holds, value, rest: value if holds else rest, *sides)
        return result

    def _condition(self, condition: Condition, at: Position) -> Value:
        if isinstance(condition, Compound):
            joined = all if condition.word == "and" else any
            parts = [self._condition(part, at) for part in condition.conditions]
            return _elementwise(lambda *holds: joined(holds), *parts)
        sides = self.value(condition.left, at), self.value(condition.right, at)
        return _elementwise(_RELATIONS[condition.relation], *sides)


def _printed(value: float | Fraction) -> float | Fraction:
    """A number by the decimals that stand for it: 0.00001 is a hundred-thousandth, and not the float next to it."""
    return Fraction(str(value)) if isinstance(value, float) and isfinite(value) else value


def _product(sign: Sign) -> Callable[[Value, Value], Value]:
    return _times if sign is Sign.JUXTAPOSED else _times_each


def _times(left: Value, right: Value) -> Value:
    """The product of matrices; a number scales."""
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        if left.shape[1] != right.shape[0]:
            raise InternalError(f"a matrix product of shapes {left.shape} and {right.shape}")
        return _as_number(left @ right)
    return left * right


def _times_each(left: Value, right: Value) -> Value:
    is_array = isinstance(left, np.ndarray) or isinstance(right, np.ndarray)
    return _elementwise(operator.mul, left, right) if is_array else left * right


def _plus(left: Value, right: Value) -> Value:
    is_array = isinstance(left, np.ndarray) or isinstance(right, np.ndarray)
    return _elementwise(operator.add, left, right) if is_array else left + right


def _elementwise(function: Callable[..., Value], *operands: Value) -> Value:
    """A function applied entry by entry; a number stands beside every entry, but shapes have to be the same."""
    shapes = [operand.shape for operand in operands if isinstance(operand, np.ndarray)]
    if not shapes:
        return function(*operands)
    if len(set(shapes)) > 1:
        raise InternalError("a formula joins different shapes entry by entry", got=str(sorted(set(shapes))))
    return np.frompyfunc(function, len(operands), 1)(*operands)


def _as_number(value: Value) -> Value:
    """A matrix of one entry as that entry."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def _as_column(value: Value) -> Value:
    return _as_number(value.reshape(-1, 1) if isinstance(value, np.ndarray) and value.ndim == 1 else value)


def _diagonal(column: Value) -> Value:
    if not isinstance(column, np.ndarray):
        return column
    matrix = np.full((len(column), len(column)), 0 * column[0, 0], dtype=object)
    np.fill_diagonal(matrix, column)
    return matrix


def _row_sums(matrix: Value) -> Value:
    return matrix.sum(axis=1, keepdims=True) if isinstance(matrix, np.ndarray) else matrix


_OF_MATRICES: Mapping[str, Callable[..., Value]] = {
    "diag": _diagonal,
    "rowsum": _row_sums,
    "colsum": lambda matrix: _row_sums(matrix.T) if isinstance(matrix, np.ndarray) else matrix,
    "total": lambda matrix: matrix.sum() if isinstance(matrix, np.ndarray) else matrix,
}


def place(text: str, at: Mapping[str, Any], integers: Integers) -> Any:
    """The element, counted from 0, that a printed index means, which counts from 1; `at` may have arrays of numbers.

    >>> place("2*j + u - 3", {"j": 2, "u": 1}, {})
    1
    """
    return (at[text] if text in at else _number(_parsed(text), at, integers)) - 1


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _number(node: ast.expr, at: Mapping[str, Any], integers: Integers) -> Any:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return at[name] if name in at else integers[name, ()]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, at, integers)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _number(left, at, integers), _number(right, at, integers)
            return a * b if isinstance(op, ast.Mult) else a - b if isinstance(op, ast.Sub) else a + b
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _looked_up(name, [_number(part, at, integers) - 1 for part in _parts(inner)], integers)
    raise InternalError("an index that cannot be read", got=ast.dump(node))


def _looked_up(name: str, places: list[Any], integers: Integers) -> Any:
    def at(*here: int) -> int:
        return integers[name, tuple(map(int, here))]

    found = np.frompyfunc(at, len(places), 1)(*places)
    return found.astype(int) if isinstance(found, np.ndarray) else found


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    yield from node.elts if isinstance(node, ast.Tuple) else [node]
