"""Matrix formulas as SymPy matrix expressions, for people who go on in SymPy; what they say is `matrix`'s affair."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy
from sympy.matrices.expressions import DiagMatrix

from symprop.errors import UnsupportedError
from symprop.ir.tensor import Tensor
from symprop.notation.formula import Call, Formula, Negative, Number, Ones, Power, Product, Sign, Sum, Symbol, Transpose

Expression = Any


def matrix_expression(formula: Formula, tensors: Mapping[str, Tensor]) -> Expression:
    """The formula over `MatrixSymbol`; vectors are columns, a scalar stays a symbol.

    Raises UnsupportedError for a function that acts elementwise, which SymPy's matrices cannot hold with several
    arguments.
    """
    return _Matrices(tensors).convert(formula)


class _Matrices:
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = tensors

    def convert(self, formula: Formula) -> Expression:
        match formula:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value
            case Symbol(name):
                return self._symbol(name)
            case Ones(length):
                return sympy.OneMatrix(length, 1)
            case Transpose(operand):
                return self.convert(operand).T
            case Negative(operand):
                return -self.convert(operand)
            case Sum(terms):
                return reduce(_plus, (self.convert(term) for term in terms))
            case Call("diag", (vector,)):
                return DiagMatrix(self.convert(vector))
            case Product(factors, sign):
                return self._product([self.convert(factor) for factor in factors], sign)
            case Power(base, Number(value)) if value == 2:
                converted = self.convert(base)
                return self._product([converted, converted], Sign.HADAMARD)
        raise UnsupportedError("SymPy has no matrix for this formula", remedy='Use form="index".')

    def _symbol(self, name: str) -> Expression:
        extents = self.tensors[name].extents
        if not extents:
            return sympy.Symbol(name)
        return sympy.MatrixSymbol(name, *(extents if len(extents) == 2 else (*extents, 1)))

    def _product(self, factors: list[Expression], sign: Sign) -> Expression:
        if sign is Sign.HADAMARD and all(isinstance(f, sympy.MatrixExpr) for f in factors):
            return sympy.HadamardProduct(*factors)
        try:
            return reduce(lambda left, right: left * right, factors)
        except sympy.ShapeError:  # a number, as a matrix of one row and one column, beside a matrix
            raise UnsupportedError("SymPy has no matrix for this formula", remedy='Use form="index".') from None


def _plus(left: Expression, right: Expression) -> Expression:
    """A sum in which a number beside a matrix stands for a matrix of that number."""
    shaped = next((side for side in (left, right) if isinstance(side, sympy.MatrixExpr)), None)
    if shaped is None:
        return left + right
    ones = sympy.OneMatrix(*shaped.shape)
    sides = (side if isinstance(side, sympy.MatrixExpr) else side * ones for side in (left, right))
    return sympy.MatAdd(*sides)
