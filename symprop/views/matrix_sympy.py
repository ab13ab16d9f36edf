"""Matrix formulas as SymPy matrix expressions, for people who go on in SymPy; what they say is `matrix`'s affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy
from sympy.matrices.expressions import DiagMatrix

from symprop.errors import UnsupportedError
from symprop.ir.tensor import Tensor
from symprop.notation.formula import (
    WHOLE,
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
    Symbol,
    Transpose,
)
from symprop.scalar.function import ScalarFunction, in_own_words
from symprop.views.tree import map_parts, walk

Expression = Any
Functions = Mapping[str, ScalarFunction]
_RELATIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne}
_MOST_AXES = 2  # of a matrix


def matrix_expression(
    formula: Formula, tensors: Mapping[str, Tensor], functions: Functions | None = None
) -> Expression:
    """The formula over `MatrixSymbol`; vectors are columns, a scalar stays a symbol. `functions` are the declared ones.

    What goes element by element is `applyfunc`, `HadamardProduct` or `HadamardPower`; a product that is a number stands as
    its trace. Raises UnsupportedError for a choice between elements of several matrices, and for tensors of more axes.
    """
    return _Matrices(tensors, functions or {}, {}).convert(formula)


class _Matrices:
    """`given` says what stands for some of the symbols and entries."""

    def __init__(
        self, tensors: Mapping[str, Tensor], functions: Functions, given: Mapping[Formula, Expression]
    ) -> None:
        self.tensors, self.functions, self.given = tensors, functions, given

    def convert(self, formula: Formula) -> Expression:
        if formula in self.given:
            return self.given[formula]
        match formula:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value
            case Symbol(name):
                return self._entry(name, ())
            case Entry(tensor, indices):
                return self._entry(tensor, indices)
            case Ones(length):
                return sympy.OneMatrix(length, 1)
            case Transpose(operand):
                return sympy.transpose(self.convert(operand))
            case Negative(operand):
                return -self.convert(operand)
            case Sum(terms):
                return _total_of([self.convert(term) for term in terms])
            case Product(factors, sign):
                converted = [self.convert(factor) for factor in factors]
                return reduce(_times, converted) if sign is Sign.JUXTAPOSED else _hadamard(converted)
            case Quotient(numerator, denominator):
                return _hadamard([self.convert(numerator), _power(self.convert(denominator), sympy.Integer(-1))])
            case Power(base, exponent):
                return _power(self.convert(base), self.convert(exponent))
            case Call(function, (argument,)):
                return self._call(function, self.convert(argument))
            case Cases():
                return self._choice(formula)
        raise _no_matrix()

    def _entry(self, name: str, indices: tuple[str, ...]) -> Expression:
        """A tensor of two axes at most, or what is left of it at numbered places."""
        if name == "pi" and name not in self.tensors:
            return sympy.pi
        extents = self.tensors[name].extents
        if len(extents) > _MOST_AXES or not all(text == WHOLE or text.isdigit() for text in indices):
            raise _no_matrix()
        if not extents:
            return sympy.Symbol(name)
        whole = sympy.MatrixSymbol(name, *extents, *[1] * (_MOST_AXES - len(extents)))
        texts = (*indices, *[WHOLE] * (_MOST_AXES - len(indices)))
        row, column = (None if text == WHOLE else int(text) - 1 for text in texts)
        if row is None:
            return whole if column is None else whole[:, column]
        if column is None and len(extents) == _MOST_AXES:
            return whole[row, :].T
        return whole[row, column or 0]

    def _call(self, function: str, argument: Expression) -> Expression:
        if function in _OF_MATRICES:
            return _OF_MATRICES[function](argument) if _is_matrix(argument) else argument
        x = sympy.Dummy("x", real=True)
        if function in self.functions:
            value = in_own_words(self.functions[function](x))
        elif (known := getattr(sympy, _RENAMED.get(function, function), None)) is not None:
            value = known(x)
        else:
            raise _no_matrix()
        return _applied(x, value, argument)

    def _choice(self, cases: Cases) -> Expression:
        """A choice for each element of the one matrix that it depends on, be it a sum of others."""
        x = sympy.Dummy("x", real=True)
        parts = (part for part in walk(cases) if not isinstance(part, Comparison | Compound) and part != cases)
        found = next((part for part in parts if self._is_of_numbers(_without(cases, part))), None)
        if found is None:
            raise _no_matrix()
        inner = _Matrices(self.tensors, self.functions, {**self.given, found: x})
        branches = [(inner.convert(value), inner.condition(condition)) for value, condition in cases.branches]
        return _applied(x, sympy.Piecewise(*branches), self.convert(found))

    def _is_of_numbers(self, formula: Formula) -> bool:
        """Whether nothing in a formula is a matrix."""
        return not any(
            isinstance(part, Ones) or (isinstance(part, Symbol | Entry) and _is_matrix(self.convert(part)))
            for part in walk(formula)
        )

    def condition(self, condition: Condition | None) -> Expression:
        """A condition between numbers; None is what holds otherwise."""
        if condition is None:
            return sympy.true
        if isinstance(condition, Compound):
            joined = sympy.And if condition.word == "and" else sympy.Or
            return joined(*map(self.condition, condition.conditions))
        return _RELATIONS[condition.relation](self.convert(condition.left), self.convert(condition.right))


def _without(formula: Formula, part: Formula) -> Formula:
    """The formula with 0 for one of its parts, wherever it stands."""
    if formula == part:
        return Number(Fraction(0))
    return map_parts(formula, lambda inner: _without(inner, part))


def _no_matrix() -> UnsupportedError:
    return UnsupportedError("SymPy has no matrix for this formula", remedy='Use form="index".')


def _is_matrix(expression: Expression) -> bool:
    return isinstance(expression, sympy.MatrixExpr)


def _row_sums(matrix: Expression) -> Expression:
    return matrix if matrix.cols == 1 else matrix * sympy.OneMatrix(matrix.cols, 1)


def _total(matrix: Expression) -> Expression:
    return sympy.Trace(_row_sums(_row_sums(matrix).T))


_OF_MATRICES: Mapping[str, Callable[[Expression], Expression]] = {
    "diag": DiagMatrix,
    "rowsum": _row_sums,
    "colsum": lambda matrix: _row_sums(matrix.T),
    "total": _total,
}
_RENAMED = {"abs": "Abs"}


def _applied(x: Expression, value: Expression, argument: Expression) -> Expression:
    """A function of x for each element; SymPy would put a matrix of one element itself in the place of x."""
    argument = _number(argument) if _is_matrix(argument) else argument
    return argument.applyfunc(sympy.Lambda(x, value)) if _is_matrix(argument) else value.xreplace({x: argument})


def _number(matrix: Expression) -> Expression:
    """The number that a matrix of one element holds; any other matrix itself."""
    if matrix.shape != (1, 1):
        return matrix
    return matrix[0, 0] if isinstance(matrix, sympy.MatrixSymbol) else sympy.Trace(matrix)


def _apart(parts: Sequence[Expression]) -> tuple[list[Expression], list[Expression]]:
    """Numbers, and matrices of one shape; a matrix of one element beside another shape is the number that it holds."""
    matrices = [part for part in parts if _is_matrix(part)]
    if len({matrix.shape for matrix in matrices}) > 1:
        parts = [_number(part) if _is_matrix(part) else part for part in parts]
        matrices = [part for part in parts if _is_matrix(part)]
    return [part for part in parts if not _is_matrix(part)], matrices


def _times(left: Expression, right: Expression) -> Expression:
    if _is_matrix(left) and _is_matrix(right) and left.cols != right.rows:
        left, right = _number(left), _number(right)
    return left * right


def _hadamard(factors: Sequence[Expression]) -> Expression:
    numbers, matrices = _apart(factors)
    if not matrices:
        return sympy.Mul(*numbers)
    joined = matrices[0] if len(matrices) == 1 else sympy.HadamardProduct(*matrices)
    return sympy.Mul(*numbers) * joined if numbers else joined


def _power(base: Expression, exponent: Expression) -> Expression:
    return sympy.HadamardPower(base, exponent) if _is_matrix(base) else base**exponent


def _total_of(terms: Sequence[Expression]) -> Expression:
    """A sum in which a number beside a matrix stands for a matrix of that number."""
    numbers, matrices = _apart(terms)
    if not matrices:
        return sympy.Add(*numbers)
    ones = sympy.OneMatrix(*matrices[0].shape)
    return sympy.MatAdd(*(number * ones for number in numbers), *matrices)
