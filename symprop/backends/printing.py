"""Printers for the expressions of lowered lines, in plain Python and in NumPy; names are checked where code is made.

SymPy's own printers fail on a mixture of scalars and arrays: ``amin((a, b), axis=0)`` makes a ragged array, ``select``
wants arrays. Here a minimum, a maximum and a choice are nested ufuncs, which broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter

from symprop.errors import UnsupportedError
from symprop.scalar.function import ScalarFunction

Expression = Any

LARGEST_EXACT = 2**53  # beyond it, an integer is not a float64
LONGEST_SUM = 50  # Python's compiler recurses once for each term


class _Lines:
    """What both languages share; comes before a SymPy printer in the order of inheritance."""

    module: str  # that has exp and the like

    def __init__(self, names: Mapping[ScalarFunction | str, str]) -> None:
        # The order "none" keeps terms and factors as they stand, and saves SymPy's sorting.
        super().__init__({"order": "none", "strict": False})  # type: ignore[call-arg]
        self.names = names

    def doprint(self, expression: Expression) -> str:
        return self._print(expression)  # SymPy's own would first walk the expression, twice

    def _print(self, expression: Expression, **settings: Any) -> str:
        declaration = getattr(type(expression), "declaration", None)
        if declaration is not None:
            return f"{self.names[declaration]}({self._print(expression.args[0])})"
        return str(super()._print(expression, **settings))  # type: ignore[misc]

    def parenthesize(self, item: Expression, level: int, strict: bool = False) -> str:
        if item.is_Rational and item >= 0:
            return self._print(item)  # a literal here, a quotient to SymPy
        return str(super().parenthesize(item, level, strict))  # type: ignore[misc]

    def _module_format(self, name: str, register: bool = True) -> str:
        if "." in name and not name.startswith(f"{self.module}."):
            raise UnsupportedError(f"'{name}' is not in the module '{self.module}'")
        return name  # qualified, so that no local name can hide it

    def _print_not_supported(self, expression: Expression) -> str:
        raise UnsupportedError(f"'{type(expression).__name__}' cannot be compiled", where=str(expression))

    _print_Function = _print_not_supported

    def _print_smallest(self, expression: Expression) -> str:
        return f"{self.names['smallest']}({self._print(expression.args[0])})"

    def _print_largest_exponent(self, expression: Expression) -> str:
        return f"{self.names['largest_exponent']}({self._print(expression.args[0])})"

    def _print_Integer(self, expression: Expression) -> str:
        return str(expression.p) if abs(expression.p) <= LARGEST_EXACT else repr(expression.p / 1)

    def _print_Rational(self, expression: Expression) -> str:
        return repr(expression.p / expression.q)

    _print_Half = _print_Rational

    def _print_Float(self, expression: Expression) -> str:
        return repr(float(expression))

    def _print_Add(self, expression: Expression) -> str:
        constant, rest = expression.as_two_terms()
        if constant == -1 and isinstance(rest, sympy.exp):  # near zero the difference would lose its digits
            return f"{self.module}.expm1({self._print(rest.args[0])})"
        return self._sum([self._print(term) for term in expression.args])

    def _print_log(self, expression: Expression) -> str:
        (argument,) = expression.args
        if argument.is_Add and sympy.S.One in argument.args:  # as above
            rest = sympy.Add(*(term for term in argument.args if term != 1), evaluate=False)
            return f"{self.module}.log1p({self._print(rest)})"
        return f"{self.module}.log({self._print(argument)})"

    def _sum(self, terms: Sequence[str]) -> str:
        if len(terms) > LONGEST_SUM:
            size = -(-len(terms) // LONGEST_SUM)
            return " + ".join(f"({self._sum(terms[k : k + size])})" for k in range(0, len(terms), size))
        return " + ".join(terms).replace(" + -", " - ")

    def _nested(self, function: str, expressions: Sequence[Expression]) -> str:
        """``f(f(a, b), f(c, d))``: balanced, since Python reads brackets no more than 200 deep."""
        if len(expressions) == 1:
            return self._print(expressions[0])
        half = len(expressions) // 2
        left, right = self._nested(function, expressions[:half]), self._nested(function, expressions[half:])
        return f"{function}({left}, {right})"


class PythonLines(_Lines, PythonCodePrinter):  # type: ignore[misc]
    """Prints for Python's floats and its module `math`."""

    module = "math"

    def _print_Pow(self, expression: Expression, rational: bool = False) -> str:
        base, exponent = expression.base, expression.exp
        if abs(exponent) == sympy.S.Half or exponent.is_Integer:
            return str(super()._print_Pow(expression))
        # The operator would give a complex number for a negative base.
        return f"math.pow({self._print(base)}, {self._print(exponent)})"

    def _print_Max(self, expression: Expression) -> str:
        return self._nested(self.names["larger"], expression.args)  # Python's max may drop NaN

    def _print_Min(self, expression: Expression) -> str:
        return self._nested(self.names["smaller"], expression.args)


class NumpyLines(_Lines, NumPyPrinter):  # type: ignore[misc]
    """Prints for NumPy's arrays, and for scalars beside them."""

    module = "numpy"

    def _print_Pow(self, expression: Expression, rational: bool = False) -> str:
        exponent = expression.exp
        if exponent.is_Integer and exponent.is_negative:
            power = self.parenthesize(sympy.Pow(expression.base, -exponent), PRECEDENCE["Mul"])
            return f"1/{power}"
        return str(self._hprint_Pow(expression, sqrt="numpy.sqrt"))

    def _print_Max(self, expression: Expression) -> str:
        return self._nested("numpy.maximum", expression.args)

    def _print_Min(self, expression: Expression) -> str:
        return self._nested("numpy.minimum", expression.args)

    def _print_And(self, expression: Expression) -> str:
        return self._nested("numpy.logical_and", expression.args)

    def _print_Or(self, expression: Expression) -> str:
        return self._nested("numpy.logical_or", expression.args)

    def _print_Relational(self, expression: Expression) -> str:
        return f"({self._print(expression.lhs)} {expression.rel_op} {self._print(expression.rhs)})"

    def _print_BooleanTrue(self, expression: Expression) -> str:
        return "True"

    def _print_Piecewise(self, expression: Expression) -> str:
        text = "numpy.nan"
        for value, condition in reversed(expression.args):
            chosen = self._print(value)
            text = chosen if condition == sympy.true else f"numpy.where({self._print(condition)}, {chosen}, {text})"
        return text

    def _print_erf(self, expression: Expression) -> str:
        return f"{self.names['erf']}({self._print(expression.args[0])})"

    def _print_erfc(self, expression: Expression) -> str:
        return f"{self.names['erfc']}({self._print(expression.args[0])})"
