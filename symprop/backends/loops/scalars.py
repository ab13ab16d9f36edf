"""Prints scalar expressions as code over floats, for languages with functions and choices; where they stand is for `writer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy
from sympy.printing.c import C99CodePrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter

from symprop.errors import UnsupportedError
from symprop.scalar.formats import exponent_below
from symprop.scalar.function import ScalarFunction, X

Expression = Any

LONGEST_POWER = 64  # whole powers up to here are products
LARGEST = {"float64": 1.7976931348623157e308, "float32": 3.4028234663852886e38}
SMALLEST = {"float64": 2.2250738585072014e-308, "float32": 1.1754943508222875e-38}
FUNCTIONS = (
    "exp",
    "expm1",
    "log",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "erf",
    "erfc",
    "sqrt",
    "floor",
)


@dataclass(frozen=True)
class Power:
    """A whole power, as a function of its own."""

    exponent: int


Helper = ScalarFunction | Power | str  # the last by name: sign, larger, smaller, exponential


@dataclass(frozen=True)
class Logic:
    """How a language writes truth and what joins it."""

    both: str
    either: str
    negated: str  # with {} for what it negates
    true: str
    false: str


class ScalarPrinter:
    """What the languages share; comes before a SymPy printer in the order of inheritance.

    `texts` are what stands for symbols. Every helper that is printed is asked for by `called`, which gives its name. With
    `quick`, the exponential function is such a helper.
    """

    logic: Logic

    def __init__(
        self, dtype: str, called: Callable[[Helper], str], texts: Mapping[str, str], quick: bool = False
    ) -> None:
        super().__init__({"order": "none", "strict": False})  # type: ignore[call-arg]
        self.dtype, self.called, self.texts, self.quick = dtype, called, texts, quick

    def number(self, value: float) -> str:
        """A literal."""
        raise UnsupportedError("no literal for this language")

    def function(self, name: str, *arguments: str) -> str:
        """A call of one of `FUNCTIONS`, `fabs` or `pow`."""
        raise UnsupportedError("no functions in this language")

    def choice(self, condition: str, chosen: str, other: str) -> str:
        raise UnsupportedError("no choices in this language")

    def doprint(self, expression: Expression) -> str:
        return self._print(expression)

    def within_product(self, expression: Expression) -> str:
        """In brackets, where it would fall apart as a factor."""
        return str(self.parenthesize(expression, PRECEDENCE["Mul"]))

    def _print(self, expression: Expression, **settings: Any) -> str:
        declaration = getattr(type(expression), "declaration", None)
        if declaration is not None:
            return f"{self.called(declaration)}({self._print(expression.args[0])})"
        if type(expression).__name__ in FUNCTIONS and len(expression.args) == 1 and expression.is_Function:
            return self._function(type(expression).__name__, expression.args[0])
        return str(super()._print(expression, **settings))  # type: ignore[misc]

    def _function(self, name: str, argument: Expression) -> str:
        if name == "log" and argument.is_Add and sympy.S.One in argument.args:  # near one digits would be lost
            rest = sympy.Add(*(term for term in argument.args if term != 1), evaluate=False)
            return self.function("log1p", self._print(rest))
        if name == "exp" and self.quick:
            return f"{self.called('exponential')}({self._print(argument)})"
        return self.function(name, self._print(argument))

    def parenthesize(self, item: Expression, level: int, strict: bool = False) -> str:
        if item.is_Rational and item >= 0:
            return self._print(item)
        return str(super().parenthesize(item, level, strict))  # type: ignore[misc]

    def _print_not_supported(self, expression: Expression) -> str:
        raise UnsupportedError(f"'{type(expression).__name__}' cannot be compiled", where=str(expression))

    _print_Function = _print_not_supported

    def _print_Symbol(self, expression: Expression) -> str:
        return self.texts[expression.name]

    def _print_smallest(self, expression: Expression) -> str:
        return self.number(SMALLEST[self.dtype])

    def _print_largest_exponent(self, expression: Expression) -> str:
        return self.number(exponent_below(LARGEST[self.dtype]))

    def _print_number(self, expression: Expression) -> str:
        return self.number(float(expression))

    _print_Integer = _print_Rational = _print_Half = _print_Float = _print_number
    _print_Zero = _print_One = _print_NegativeOne = _print_NumberSymbol = _print_number
    _print_Pi = _print_Exp1 = _print_Infinity = _print_NegativeInfinity = _print_NaN = _print_number

    def _print_Abs(self, expression: Expression) -> str:
        return self.function("fabs", self._print(expression.args[0]))

    def _print_sign(self, expression: Expression) -> str:
        return f"{self.called('sign')}({self._print(expression.args[0])})"

    def _print_Pow(self, expression: Expression, rational: bool = False) -> str:
        base, exponent = expression.base, expression.exp
        if exponent.is_Rational and exponent < 0:
            return f"{self.number(1.0)}/{self._factor(sympy.Pow(base, -exponent))}"
        if exponent == sympy.S.Half:
            return self.function("sqrt", self._print(base))
        if exponent.is_Integer and exponent <= LONGEST_POWER:
            return f"{self.called(Power(int(exponent)))}({self._print(base)})"
        return self.function("pow", self._print(base), self._print(exponent))

    def _factor(self, expression: Expression) -> str:
        text = self._print(expression)
        return f"({text})" if expression.is_Add or expression.is_Mul or expression.is_Number else text

    def _print_Mul(self, expression: Expression) -> str:
        over = [a for a in expression.args if a.is_Pow and a.exp.is_Rational and a.exp < 0 and a.func is not sympy.exp]
        rest = [a for a in expression.args if a not in over]
        negative = bool(rest) and rest[0] == -1 and len(rest) > 1
        shown = [self.within_product(each) for each in (rest[1:] if negative else rest)] or [self.number(1.0)]
        text = "*".join(shown) + "".join(f"/{self._factor(sympy.Pow(a.base, -a.exp))}" for a in over)
        return f"-{text}" if negative else text

    def _print_Add(self, expression: Expression) -> str:
        if len(expression.args) == 2 and expression.args[0] == -1 and isinstance(expression.args[1], sympy.exp):
            return self.function("expm1", self._print(expression.args[1].args[0]))
        terms = [self._print(term) for term in sorted(expression.args, key=_starts_with_minus)]
        return terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:])

    def _nested(self, name: str, arguments: Sequence[Expression]) -> str:
        if len(arguments) == 1:
            return self._print(arguments[0])
        half = len(arguments) // 2
        return f"{self.called(name)}({self._nested(name, arguments[:half])}, {self._nested(name, arguments[half:])})"

    def _print_Max(self, expression: Expression) -> str:
        return self._nested("larger", expression.args)

    def _print_Min(self, expression: Expression) -> str:
        return self._nested("smaller", expression.args)

    def _print_Relational(self, expression: Expression) -> str:
        return f"({self._print(expression.lhs)} {expression.rel_op} {self._print(expression.rhs)})"

    def _joined(self, sign: str, expression: Expression) -> str:
        return "(" + f" {sign} ".join(self._print(part) for part in expression.args) + ")"

    def _print_And(self, expression: Expression) -> str:
        return self._joined(self.logic.both, expression)

    def _print_Or(self, expression: Expression) -> str:
        return self._joined(self.logic.either, expression)

    def _print_Not(self, expression: Expression) -> str:
        return self.logic.negated.format(self._print(expression.args[0]))

    def _print_BooleanTrue(self, expression: Expression) -> str:
        return self.logic.true

    def _print_BooleanFalse(self, expression: Expression) -> str:
        return self.logic.false

    def _print_Piecewise(self, expression: Expression) -> str:
        text = self.number(float("nan"))
        for value, condition in reversed(expression.args):
            chosen = self._print(value)
            text = chosen if condition == sympy.true else self.choice(self._print(condition), chosen, text)
        return text


def _starts_with_minus(term: Expression) -> bool:
    return bool(term.could_extract_minus_sign())


class CScalars(ScalarPrinter, C99CodePrinter):  # type: ignore[misc]
    """Prints for C99, by SymPy's own printer where it serves."""

    logic = Logic(both="&&", either="||", negated="!{}", true="1", false="0")

    def number(self, value: float) -> str:
        if value != value:
            return "NAN"
        if value in (float("inf"), -float("inf")):
            return "INFINITY" if value > 0 else "-INFINITY"
        return repr(value) + ("f" if self.dtype == "float32" else "")

    def function(self, name: str, *arguments: str) -> str:
        return f"{name}{'f' if self.dtype == 'float32' else ''}({', '.join(arguments)})"

    def choice(self, condition: str, chosen: str, other: str) -> str:
        return f"({condition} ? {chosen} : {other})"


class NumbaScalars(ScalarPrinter, PythonCodePrinter):  # type: ignore[misc]
    """Prints for Python as numba reads it, in which a literal has a type too."""

    logic = Logic(both="and", either="or", negated="(not {})", true="True", false="False")

    def number(self, value: float) -> str:
        text = "math.nan" if value != value else repr(value).replace("inf", "math.inf")
        return f"real({text})" if self.dtype == "float32" or "math" in text else text

    def function(self, name: str, *arguments: str) -> str:
        if name == "fabs":
            return f"abs({arguments[0]})"
        text = f"math.{name}({', '.join(arguments)})"
        return f"real({text})" if self.dtype == "float32" or name == "floor" else text

    def choice(self, condition: str, chosen: str, other: str) -> str:
        return f"({chosen} if {condition} else {other})"


@lru_cache(maxsize=512)
def in_parts(function: ScalarFunction) -> tuple[tuple[tuple[str, Expression], ...], Expression]:
    """A declared function's compiled form at `X`: what it repeats, by name, and the result."""
    symbols = sympy.numbered_symbols("part", real=True, start=1)
    parts, (result,) = sympy.cse([function.compiled_form(X)], symbols=symbols)
    return tuple((symbol.name, part) for symbol, part in parts), result
