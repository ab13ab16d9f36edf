"""Scalar expressions and nodes in Excel's formula language; which cell a quantity stands in is `grid`'s to say.

Excel's grammar differs from Python's: a sign in front binds tighter than a power (``-A1^2`` is ``(-A1)^2``), powers are read
from the left, and there is no function that Excel would let overflow: ``EXP(1000)`` is an error. Declared functions are
therefore spelled out by their stable form. It has no ``log1p`` and no ``expm1`` either: where a sum with 1 would lose the digits
of what is small, ``LN(1+y)`` is ``2*ATANH(y/(2+y))``, and ``EXP(x)-1`` is ``2*EXP(x/2)*SINH(x/2)``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from sympy.printing.codeprinter import CodePrinter
from sympy.printing.precedence import PRECEDENCE

from symprop.errors import BudgetError, UnsupportedError
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term
from symprop.rules.patterns import recognise
from symprop.scalar.formats import exponent_below
from symprop.scalar.function import X

Expression = Any
Cell = Callable[[str], str]  # what stands for a quantity, by its name: a reference to a cell or a defined name

MOST_CHARACTERS = 8_192
MOST_NESTED = 64
MOST_ARGUMENTS = 255
_EXACT = 10**15  # beyond it Excel keeps no more than 15 digits of a number in a formula

_FUNCTIONS: Mapping[str, str] = {
    "exp": "EXP", "log": "LN", "sin": "SIN", "cos": "COS", "tan": "TAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH",
    "atanh": "ATANH", "erf": "ERF", "erfc": "ERFC", "Abs": "ABS", "sign": "SIGN", "floor": "INT",
}  # fmt: skip
_RELATIONS: Mapping[str, str] = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
# Numbers of the format, float64; a power, since Excel keeps 15 digits of a number in a formula.
_FORMATS = {
    "smallest": f"2^({sys.float_info.min_exp - 1})",
    "largest_exponent": f"{exponent_below(sys.float_info.max):g}",
}


def node_text(node: Node, cell: Cell, largest: str | None = None) -> str:
    """The right-hand side of a scalar equation, without the equals sign; `checked` says whether Excel takes it.

    A logarithm of a sum refers to its `largest` operand by that, where it has a cell of its own.

    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.tensor import Tensor
    >>> w, x = Tensor("w"), Tensor("x")
    >>> node_text(single(-2, w(), x()), {"w": "K5", "x": "C5"}.__getitem__)
    '-2*K5*C5'
    """
    if isinstance(node, SumOfProducts):
        text = _sum(node.terms, cell)
    elif isinstance(node, Reduction):
        text = _reduction(node, [cell(access.tensor.name) for access in node.operands], largest)
    else:
        text = _product(node, cell)
    return text


def checked(formula: str, where: str) -> str:
    """The formula; BudgetError where Excel would not take it: too many characters, or functions nested too deep.

    >>> checked("=EXP(A1)", "a_h1")
    '=EXP(A1)'
    """
    depth = deepest = 0
    for bracket in _BRACKETS.findall(formula):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    if len(formula) > MOST_CHARACTERS or deepest > MOST_NESTED:
        raise BudgetError(
            "a formula would be too long for a workbook",
            where=where,
            expected=f"at most {MOST_CHARACTERS:,} characters, nested {MOST_NESTED} deep",
            got=f"{len(formula):,} characters, nested {deepest} deep",
            remedy="Make the layers smaller; where the network has a batch, that too.",
        )
    return formula


def _sum(terms: Sequence[Term], cell: Cell) -> str:
    text = ""
    for term in terms:
        factors = [cell(factor.tensor.name) for factor in term.factors]
        size = abs(term.coefficient)
        if size != 1 or not factors:
            factors.insert(0, _ratio(size))
        sign = "-" if term.coefficient < 0 else "+" if text else ""
        text += sign + "*".join(factors)
    return text or "0"


def _ratio(number: Fraction) -> str:
    """A positive number: exact, or to all digits of a float64 where Excel could not hold the whole numbers."""
    if max(number.numerator, number.denominator) >= _EXACT:
        return _decimal(float(number))
    return str(number)


def _decimal(number: float) -> str:
    return repr(number).upper()


def _reduction(node: Reduction, cells: Sequence[str], largest: str | None) -> str:
    """The largest cell, or the logarithm of the sum of exponentials, relative to the largest so that none overflows."""
    if not cells:
        return "-1E+308"
    most = largest or _call("MAX", cells)
    return most if node.kind == "max" else f"{most}+LN({'+'.join(f'EXP({each}-{most})' for each in cells)})"


def _call(function: str, arguments: Sequence[str]) -> str:
    """A function of any number of arguments; Excel takes no more than 255 at once."""
    while len(arguments) > MOST_ARGUMENTS:
        parts = [arguments[k : k + MOST_ARGUMENTS] for k in range(0, len(arguments), MOST_ARGUMENTS)]
        arguments = [f"{function}({','.join(part)})" for part in parts]
    return f"{function}({','.join(arguments)})"


def _product(node: Elementwise, cell: Cell) -> str:
    """The factors in their order, each in parentheses unless it binds as a product does."""
    cells = [cell(access.tensor.name) for access in node.operands]
    texts = [_factor(factor, len(node.factors) == 1) for factor in node.factors]
    return "*".join(_SLOT.sub(lambda slot: cells[int(slot[1])], text) for text in texts)


_SLOT = re.compile(r"\{(\d+)\}")
_BRACKETS = re.compile(r"[()]")


@lru_cache(maxsize=4096)
def _factor(expression: Expression, alone: bool) -> str:
    """An expression over operands, which stand as ``{0}``, ``{1}``, …; many cells have the same one."""
    printer, expression = _Excel(), recognise(expression)
    return printer.doprint(expression) if alone else printer.parenthesize(expression, PRECEDENCE["Add"])


class _Excel(CodePrinter):  # type: ignore[misc]
    """SymPy's printer for code, with Excel's operators and functions."""

    def __init__(self) -> None:
        # The order "none" keeps terms and factors as they stand.
        super().__init__({"order": "none", "strict": False})

    def doprint(self, expression: Expression) -> str:
        return self._print(expression)

    def _print(self, expression: Expression, **settings: Any) -> str:
        return str(super()._print(_meaning(expression), **settings))

    def parenthesize(self, item: Expression, level: int, strict: bool = False) -> str:
        return str(super().parenthesize(_meaning(item), level, strict))

    def _print_Symbol(self, expression: Expression) -> str:
        return f"{{{expression.name.removeprefix('x')}}}"  # an operand, by its number

    def _print_Integer(self, expression: Expression) -> str:
        return str(expression.p) if abs(expression.p) < _EXACT else _decimal(float(expression))

    def _print_Rational(self, expression: Expression) -> str:
        number = Fraction(int(expression.p), int(expression.q))
        return ("-" if number < 0 else "") + _ratio(abs(number))

    _print_Half = _print_Rational

    def _print_Float(self, expression: Expression) -> str:
        return _decimal(float(expression))

    def _print_NumberSymbol(self, expression: Expression) -> str:
        return "PI()" if expression is sympy.pi else _decimal(float(expression))

    _print_Pi = _print_Exp1 = _print_NumberSymbol

    def _print_Infinity(self, expression: Expression) -> str:
        return "1E+308"

    def _print_NegativeInfinity(self, expression: Expression) -> str:
        return "-1E+308"

    def _print_NaN(self, expression: Expression) -> str:
        return "NA()"

    def _print_Add(self, expression: Expression) -> str:
        """The terms in their order, those with a plus first."""
        terms = sorted((self._print(term) for term in expression.args), key=lambda text: text.startswith("-"))
        return "".join(text if not k or text.startswith("-") else f"+{text}" for k, text in enumerate(terms))

    def _print_Mul(self, expression: Expression) -> str:
        above, below, sign = _fraction(expression)
        factors = [self._factor(factor) for factor in above] or ["1"]
        if sign and above and above[0].is_Pow and above[0].exp != sympy.S.Half:
            factors[0] = f"({factors[0]})"  # the sign would be raised with it
        text = sign + "*".join(factors)
        return f"{text}/{self._divisor(below)}" if below else text

    def _factor(self, factor: Expression) -> str:
        if factor.is_Rational:
            return self._print(factor)
        text = self.parenthesize(factor, PRECEDENCE["Mul"])
        return f"({text})" if text.startswith("-") else text

    def _divisor(self, factors: Sequence[Expression]) -> str:
        """What stands behind a slash: a product there needs parentheses, since Excel divides from the left."""
        factors = [_meaning(factor) for factor in factors]
        text = "*".join(map(self._factor, factors))
        is_one = len(factors) == 1 and not text.startswith("1/")
        return text if is_one else f"({text})"

    def _print_Pow(self, expression: Expression, rational: bool = False) -> str:
        base, exponent = _meaning(expression.base), _meaning(expression.exp)
        if exponent.is_number and exponent.is_negative:
            return f"1/{self._divisor([_upside_down(expression)])}"
        if exponent == sympy.S.Half:
            return f"SQRT({self._print(base)})"
        below, above = (self._print(part) for part in (base, exponent))
        return f"{below if _is_atom(base) else f'({below})'}^{above if _is_atom(exponent) else f'({above})'}"

    def _print_Piecewise(self, expression: Expression) -> str:
        """Nested choices; where the sign of what stands in ``|…|`` is decided, it needs no absolute value."""
        sizes: dict[Expression, Expression] = {}
        branches = []
        for value, condition in expression.args:
            inside, below = _sizes(condition)
            branches.append((self._print(_with_sizes(value, sizes | inside)), condition))
            sizes |= below
        text = "NA()"
        for chosen, condition in reversed(branches):
            text = chosen if condition == sympy.true else f"IF({self._print(condition)},{chosen},{text})"
        return text

    def _print_Relational(self, expression: Expression) -> str:
        return f"{self._print(expression.lhs)}{_RELATIONS[expression.rel_op]}{self._print(expression.rhs)}"

    def _print_And(self, expression: Expression) -> str:
        return _call("AND", [self._print(part) for part in expression.args])

    def _print_Or(self, expression: Expression) -> str:
        return _call("OR", [self._print(part) for part in expression.args])

    def _print_Not(self, expression: Expression) -> str:
        return f"NOT({self._print(expression.args[0])})"

    def _print_BooleanTrue(self, expression: Expression) -> str:
        return "TRUE"

    def _print_BooleanFalse(self, expression: Expression) -> str:
        return "FALSE"

    def _print_Max(self, expression: Expression) -> str:
        return _call("MAX", [self._print(part) for part in expression.args])

    def _print_Min(self, expression: Expression) -> str:
        return _call("MIN", [self._print(part) for part in expression.args])

    def _print_Function(self, expression: Expression) -> str:
        name = type(expression).__name__
        if name in _FORMATS:
            return _FORMATS[name]
        if name not in _FUNCTIONS or len(expression.args) != 1:
            return self._print_not_supported(expression)
        return f"{_FUNCTIONS[name]}({self._print(expression.args[0])})"

    def _print__LogOfOnePlus(self, expression: Expression) -> str:
        (y,) = expression.args
        small, whole = self._print(_log_of_one_plus_small(y)), self._print(sympy.Add(1, y, evaluate=False))
        return f"IF(ABS({self._print(y)})<0.5,{small},LN({whole}))"

    def _print__ExpLessOne(self, expression: Expression) -> str:
        (x,) = expression.args
        small = sympy.Mul(2, sympy.exp(x / 2), sympy.sinh(x / 2, evaluate=False), evaluate=False)
        return f"IF(ABS({self._print(x)})<1,{self._print(small)},{self._print(sympy.exp(x))}-1)"

    _print_exp = _print_log = _print_Abs = _print_sign = _print_floor = _print_Function

    def _print_not_supported(self, expression: Expression) -> str:
        raise UnsupportedError(f"'{type(expression).__name__}' cannot be written in a workbook", where=str(expression))

    _print_Basic = _print_ComplexInfinity = _print_not_supported


class _LogOfOnePlus(sympy.Function):  # type: ignore[misc]
    """``log(1 + y)``, exact where y is small."""


class _ExpLessOne(sympy.Function):  # type: ignore[misc]
    """``exp(x) - 1``, exact where x is small."""


def _fraction(product: Expression) -> tuple[list[Expression], list[Expression], str]:
    """What stands above and what below the line of a product, and its sign."""
    above, below, sign = list[Expression](), list[Expression](), ""
    for factor in map(_meaning, product.args):
        if factor.is_Rational:
            sign = "-" if factor < 0 else ""
            size = abs(factor)
            exact = max(size.p, size.q) < _EXACT
            above += [] if size.p == 1 and exact else [sympy.Integer(size.p) if exact else size]
            below += [] if size.q == 1 or not exact else [sympy.Integer(size.q)]
        elif factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
            below.append(_upside_down(factor))
        else:
            above.append(factor)
    return above, below, sign


def _upside_down(power: Expression) -> Expression:
    """One over a power."""
    return power.base if power.exp == -1 else sympy.Pow(power.base, -power.exp, evaluate=False)


def _meaning(expression: Expression) -> Expression:
    """A declared function's stable form in the place of its application, and what keeps its digits near zero."""
    declaration = getattr(type(expression), "declaration", None)
    if declaration is not None:
        expression = declaration.stable_form(X).xreplace({X: expression.args[0]})
    if isinstance(expression, sympy.log):
        return _logarithm(expression)
    return _difference(expression) if expression.is_Add and len(expression.args) == 2 else expression


def _logarithm(logarithm: Expression) -> Expression:
    """``log(1 + y)`` without the sum, where y can be small."""
    (argument,) = logarithm.args
    if not argument.is_Add or sympy.S.One not in argument.args:
        return logarithm
    y = sympy.Add(*(term for term in argument.args if term != 1), evaluate=False)
    is_below_one = isinstance(y, sympy.exp) and y.args[0].is_nonpositive
    return _log_of_one_plus_small(y) if is_below_one else _LogOfOnePlus(y)


def _log_of_one_plus_small(y: Expression) -> Expression:
    below = sympy.Pow(sympy.Add(2, y, evaluate=False), -1, evaluate=False)
    return sympy.Mul(2, sympy.atanh(sympy.Mul(y, below, evaluate=False), evaluate=False), evaluate=False)


def _difference(total: Expression) -> Expression:
    """``c·exp(x) - c`` without the difference; any other sum as it is."""
    for constant, term in (total.args, total.args[::-1]):
        number, power = term.as_coeff_Mul()
        if constant == -number and isinstance(power, sympy.exp):
            found = _ExpLessOne(power.args[0])
            return found if number == 1 else sympy.Mul(number, found, evaluate=False)
    return total


def _is_atom(expression: Expression) -> bool:
    """Whether an expression prints as one thing that no power can tear apart."""
    is_call = expression.is_Function and not expression.is_Piecewise
    return bool(expression.is_Symbol or is_call or (expression.is_Integer and expression >= 0))


def _sizes(condition: Expression) -> tuple[dict[Expression, Expression], dict[Expression, Expression]]:
    """What ``|x|`` and the like are where a condition holds that compares with zero, and what where it does not."""
    if not condition.is_Relational or condition.rhs != 0 or condition.rel_op not in ("<", "<=", ">", ">="):
        return {}, {}
    x = condition.lhs
    positive = {sympy.Abs(x): x, sympy.Max(0, x): x}
    negative = {sympy.Abs(x): -x, sympy.Min(0, x): x}
    return (positive, negative) if condition.rel_op in (">", ">=") else (negative, positive)


def _with_sizes(expression: Expression, sizes: Mapping[Expression, Expression]) -> Expression:
    """The expression with those absolute values replaced; SymPy is not asked, which would write erfc(-x) as 2 - erfc(x)."""
    if expression in sizes:
        return sizes[expression]
    if not sizes or not expression.args:
        return expression
    arguments = [_with_sizes(argument, sizes) for argument in expression.args]
    if isinstance(expression, sympy.Function) and not expression.is_Piecewise:
        return expression.func(*arguments, evaluate=False)
    return expression.func(*arguments)
