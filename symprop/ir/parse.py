"""Reads one scalar expression, and splits ``name = expression``, by a whitelist over `ast`; text is never evaluated.

Every construct that is not named here is refused. SymPy computes with numbers as soon as it meets them, so sizes are
bounded before and after each operation: a short text such as ``9**9**9`` can neither hang nor fill the memory.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from types import FrameType
from typing import Any

import sympy

from symprop.errors import UserError, nearest
from symprop.ir.names import shorten, spell, validate_name

Expression = Any
Functions = Mapping[str, Callable[..., Expression]]
Relation = Callable[[Expression, Expression], Expression]

LONGEST_TEXT = 2000
MOST_NODES = 500  # of the syntax tree
DEEPEST = 50
LARGEST_NUMBER = 10**100
LARGEST_EXPONENT, LARGEST_ROOT = 100, 10_000
LARGEST_RESULT = 5000  # nodes of the SymPy expression
MOST_CALLS = 2_000_000  # of Python functions within SymPy, about a second
EXACT_DIGITS, MOST_DIGITS = 15, 50

_ALLOWED = "Allowed are numbers, names, + - * / **, functions such as exp(x), and 'a if x > y else b'."
_CHARACTER = re.compile(r"[A-Za-z0-9_+\-*/().,<>=! \t\r\n]")
_INSTEAD = {"^": "**", "−": "-", "·": "*", "×": "*", "÷": "/", "²": "**2", "√": "sqrt()", "≤": "<=", "≥": ">="}
EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


def split_equation(text: str, where: str | None = None) -> tuple[str, str]:
    """The name and the text of ``name = expression``; UserError where that is no equation or no name.

    >>> split_equation("E1 = (t1 - a)**2 / 2")
    ('E1', ' (t1 - a)**2 / 2')
    """
    sides = EQUALS.split(text) if isinstance(text, str) else []
    if len(sides) != 2:
        got = shorten(repr(text))
        raise UserError("an equation has exactly one equals sign", where=where, expected="name = expression", got=got)
    return validate_name(sides[0].strip(), where, scalar=True), sides[1]


def parse_expression(
    text: str, names: Collection[str], functions: Functions | None = None, where: str | None = None
) -> Expression:
    """The SymPy expression that a text means, over real symbols.

    `names` may be read; `functions` (`MATHEMATICS` by default) may be called, each with as many arguments as it takes;
    ``pi`` is the constant, and no name. A decimal of at most 15 digits is exact (0.5 is ½), a longer one keeps its
    digits. `where` is the place that a message names. Anything but a real expression within the limits above raises
    UserError; nothing else is ever raised for a text.

    >>> parse_expression("1/(1 + exp(-z))", ["z"]), parse_expression("0.01*I if I > 0 else -I", ["I"])
    (1/(1 + exp(-z)), Piecewise((I/100, I > 0), (-I, True)))
    >>> parse_expression("__import__('os')", [], where="net.toml:4")
    Traceback (most recent call last):
    symprop.errors.UserError: net.toml:4: "'" cannot stand in an expression. Allowed are numbers, names, ...
    """
    try:
        line = _readable(text)
        tree = _tree(line)
        with _bounded_effort():
            expression = _Reader(line, names, MATHEMATICS if functions is None else functions).read(tree, 1)
            if expression.is_extended_real is False:
                raise _not_real()
            return expression
    except UserError as error:
        raise (error.at(where) if where else error) from None
    except Exception as error:  # SymPy fails in many ways on what makes no sense
        what = f"{shorten(repr(text))} has no meaning that SymPy could work out"
        raise UserError(what, where=where, got=type(error).__name__, remedy=_SPLIT) from error


class _TooMuch(BaseException):
    """Passes through SymPy's own handlers."""


@contextmanager
def _bounded_effort() -> Iterator[None]:
    """Stop after `MOST_CALLS`: what SymPy asks itself about signs can take hours for a short text.

    Calls are counted, not seconds, so that a text fares alike on every machine; under somebody's profiler, nothing is.
    """
    calls = itertools.count()

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and next(calls) > MOST_CALLS:
            raise _TooMuch

    if sys.getprofile() is not None:
        yield
        return
    sys.setprofile(count)
    try:
        yield
    except _TooMuch:
        raise UserError("an expression takes too long to work out", remedy=_SPLIT) from None
    finally:
        sys.setprofile(None)


def _readable(text: str) -> str:
    """The text on one line, when it has a sensible length and no character but those of expressions."""
    if not isinstance(text, str):
        raise UserError("an expression must be text", got=f"{type(text).__name__} {shorten(repr(text))}")
    if len(text) > LONGEST_TEXT:
        raise UserError("an expression is too long", expected=f"at most {LONGEST_TEXT} characters", got=str(len(text)))
    for character in text:
        if not _CHARACTER.fullmatch(character):
            shown = repr(character) if character.isascii() else f"{character!r} (U+{ord(character):04X})"
            raise UserError(f"{shown} cannot stand in an expression", remedy=_instead(character))
    line = " ".join(text.split())
    if not line:
        raise UserError("an expression is empty", remedy=_ALLOWED)
    return line


def _instead(character: str) -> str:
    known = _INSTEAD.get(character) or (None if character.isascii() else spell(character))
    return f"Write {known}." if known else _ALLOWED


def _tree(line: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of '1if' while it reads
            tree = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        remedy = "Write == to compare." if EQUALS.search(line) else "Write * to multiply, and close every bracket."
        what = f"cannot read {shorten(repr(line))} at character {error.offset}: {error.msg}"
        raise UserError(what, remedy=remedy) from None
    except (ValueError, MemoryError, RecursionError):
        raise UserError(f"{shorten(repr(line))} is nested too deeply", remedy=_SPLIT) from None
    count = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if count > MOST_NODES:
        raise _too_large(MOST_NODES, str(count))
    return tree


_SPLIT = "Give parts of it names of their own."
_SUM: tuple[type[ast.operator], type[ast.operator]] = (ast.Add, ast.Sub)
_PRODUCT: tuple[type[ast.operator], type[ast.operator]] = (ast.Mult, ast.Div)


class _Reader:
    """Turns syntax nodes into SymPy expressions, from the leaves up."""

    def __init__(self, line: str, names: Collection[str], functions: Functions) -> None:
        self._line, self._names, self._functions = line, frozenset(names), functions
        self._bounds = _Bounds()

    def read(self, node: ast.expr, depth: int) -> Expression:
        if depth > DEEPEST:
            raise UserError(f"{self._shown(node)} is nested more than {DEEPEST} deep", remedy=_SPLIT)
        return self._bounds.admit(self._read(node, depth + 1))

    def _read(self, node: ast.expr, depth: int) -> Expression:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node.id)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, depth)
            case ast.UnaryOp(op=ast.USub()):
                return -self.read(node.operand, depth)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                terms = [(self.read(operand, depth), minus) for operand, minus in _chain(node, _SUM)]
                return sympy.Add(*(-term if minus else term for term, minus in terms))
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                factors = [(self.read(operand, depth), under) for operand, under in _chain(node, _PRODUCT)]
                return sympy.Mul(*(_power(factor, sympy.Integer(-1)) if under else factor for factor, under in factors))
            case ast.BinOp(op=ast.Pow()):
                return _power(self.read(node.left, depth), self.read(node.right, depth))
            case ast.IfExp():
                return self._choice(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Compare():
                what = f"the comparison {self._shown(node)} cannot stand alone"
                raise UserError(what, remedy="Write 'a if x > y else b'.")
        raise UserError(f"{self._shown(node)} cannot stand in an expression", remedy=_ALLOWED)

    def _shown(self, node: ast.AST) -> str:
        return shorten(repr(ast.get_source_segment(self._line, node) or self._line))

    def _number(self, node: ast.Constant) -> Expression:
        if type(node.value) is int:
            return sympy.Integer(node.value)
        if type(node.value) is not float:
            raise UserError(f"{self._shown(node)} is not a real number", remedy=_ALLOWED)
        return _decimal(ast.get_source_segment(self._line, node) or repr(node.value), node.value)

    def _name(self, name: str) -> Expression:
        if name == "pi":
            return sympy.pi
        if name in self._names:
            return sympy.Symbol(name, real=True)
        shown = shorten(repr(name))
        if name in self._functions:
            raise UserError(f"{shown} is a function", remedy=f"Write {name}(…).")
        remedy = "Euler's number is exp(1)." if name == "e" else nearest(name, {*self._names, "pi"})
        raise UserError(f"unknown name {shown}", remedy=remedy)

    def _choice(self, node: ast.IfExp, depth: int) -> Expression:
        test = node.test
        relation = _RELATIONS.get(type(test.ops[0])) if isinstance(test, ast.Compare) and len(test.ops) == 1 else None
        if relation is None or not isinstance(test, ast.Compare):
            what = f"the condition {self._shown(test)} is not a single comparison"
            raise UserError(what, remedy="Compare with one of < <= > >= == !=, and nest choices for more.")
        left, right = self.read(test.left, depth), self.read(test.comparators[0], depth)
        return _choose(relation, left, right, self.read(node.body, depth), self.read(node.orelse, depth))

    def _call(self, node: ast.Call, depth: int) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise UserError(f"{self._shown(node.func)} is not a function", remedy="Write * to multiply.")
        name = node.func.id
        if name not in self._functions:
            near = nearest(name, self._functions)
            remedy = f"{near if 'mean' in near else ''} Write * to multiply.".lstrip() if name in self._names else near
            raise UserError(f"unknown function {shorten(repr(name))}", remedy=remedy)
        if node.keywords:
            raise UserError(f"{self._shown(node)} names an argument", remedy="Give arguments by position.")
        arguments = [self.read(argument, depth) for argument in node.args]
        function = self._functions[name]
        _check_count(name, function, len(arguments))
        if function is not MATHEMATICS.get(name) or name == "exp":  # a caller's function may apply exp
            for argument in arguments:
                _check_exponent(sympy.E, argument)
        return function(*arguments)


def _chain(node: ast.expr, operators: tuple[type[ast.operator], type[ast.operator]]) -> list[tuple[ast.expr, bool]]:
    """The operands of ``a + b - c`` in order, each with whether the second operator precedes it.

    Read in one go, a long sum is neither deep nor slow.
    """
    found: list[tuple[ast.expr, bool]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
        found.append((node.right, isinstance(node.op, operators[1])))
        node = node.left
    return [(node, False), *reversed(found)]


def _decimal(text: str, value: float) -> Expression:
    """A decimal literal without the rounding of binary floating point."""
    digits = text.lower().replace("_", "").partition("e")[0].replace(".", "").strip("0")
    if not digits:
        return sympy.Integer(0)
    if len(digits) > MOST_DIGITS:
        raise UserError(f"{shorten(text)} has too many digits", expected=f"at most {MOST_DIGITS}", got=str(len(digits)))
    if not 1e-100 <= value <= 1e100:  # before the exact number, which could fill the memory
        raise _out_of_range(shorten(text))
    if len(digits) > EXACT_DIGITS:
        return sympy.Float(text.replace("_", ""), max(len(digits), 17))
    exact = Fraction(text)
    return sympy.Rational(exact.numerator, exact.denominator)


def _power(base: Expression, exponent: Expression) -> Expression:
    _check_exponent(base, exponent)
    if base.is_Pow or isinstance(base, sympy.exp):  # SymPy joins the exponents of (b**x)**y
        _check_exponent(base.base, base.exp * exponent)
    return base**exponent


def _check_exponent(base: Expression, exponent: Expression) -> None:
    """Refuse exponents with which SymPy would make a huge number; a plain symbol can be rooted as one likes."""
    if base is sympy.E and not exponent.has(sympy.log):  # exp(c*log(n)) is computed as n**c
        return
    for number in exponent.atoms(sympy.Number):
        if abs(number) > LARGEST_EXPONENT or (getattr(number, "q", 1) > LARGEST_ROOT and not base.is_Symbol):
            expected = f"numbers up to {LARGEST_EXPONENT} and fractions of at most 1/{LARGEST_ROOT}"
            raise UserError("an exponent is too large", expected=expected, got=shorten(str(exponent)))


def _check_count(name: str, function: Callable[..., Expression], count: int) -> None:
    signature = inspect.signature(function)
    try:
        signature.bind(*range(count))
    except TypeError:
        takes = signature.parameters.values()
        least = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in takes)
        more = any(p.kind is p.VAR_POSITIONAL for p in takes)
        expected = f"{'at least ' if more else ''}{least} argument{'s' if least != 1 else ''}"
        raise UserError(f"wrong number of arguments for {name}", expected=expected, got=str(count)) from None


class _Bounds:
    """Refuses numbers, exponents and expressions that are too large, and what is not finite and real."""

    def __init__(self) -> None:
        self._sizes: dict[Expression, int] = {}

    def admit(self, expression: Expression) -> Expression:
        """The expression itself; each distinct part is looked at once, smaller parts first."""
        if self._size(expression) > LARGEST_RESULT:
            raise _too_large(LARGEST_RESULT)
        return expression

    def _size(self, expression: Expression) -> int:
        if expression not in self._sizes:
            size = 1 + sum(self._size(part) for part in expression.args)
            _check_value(expression)
            self._sizes[expression] = size
        return self._sizes[expression]


def _check_value(expression: Expression) -> None:
    """Refuse what is out of bounds at the top of an expression whose parts are within them."""
    if expression in (sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
        raise UserError("an expression has no finite value", remedy="Look for a division by zero, or log(0).")
    if expression is sympy.I:
        raise _not_real()
    if expression.is_Rational:
        if max(abs(expression.p), expression.q) > LARGEST_NUMBER:
            raise _out_of_range()
    elif expression.is_number:
        value = expression.evalf(EXACT_DIGITS)  # cheap, since its parts are within bounds
        if value.has(sympy.I):
            raise _not_real()
        if value.is_Float and abs(value) > LARGEST_NUMBER:
            raise _out_of_range()
    elif expression.is_Pow or isinstance(expression, sympy.exp):
        _check_exponent(expression.base, expression.exp)


def _not_real() -> UserError:
    return UserError("an expression is not real", remedy="Look for a root or a logarithm of a negative number.")


def _too_large(limit: int, got: str | None = None) -> UserError:
    return UserError("an expression is too large", expected=f"at most {limit} parts", got=got, remedy=_SPLIT)


def _out_of_range(got: str | None = None) -> UserError:
    return UserError("a number is too large or too small", expected="between 1e-100 and 1e100 in size", got=got)


def _choose(relation: Relation, left: Expression, right: Expression, yes: Expression, no: Expression) -> Expression:
    """``yes if relation(left, right) else no``, as a Piecewise in which every condition is a single comparison.

    A choice within `left` or `right` is moved out of the condition: SymPy would make and, or and not of it.
    """
    parts = [_Bounds().admit(part) for part in (left, right, yes, no)]
    inner = next((p for side in parts[:2] for p in sympy.preorder_traversal(side) if p.is_Piecewise), None)
    if inner is None:
        return sympy.Piecewise((yes, relation(left, right)), (no, True))
    inside = [[part.xreplace({inner: value}) for part in parts] for value, _ in inner.args]
    return sympy.Piecewise(*((_choose(relation, *case), on) for case, (_, on) in zip(inside, inner.args, strict=True)))


def _first_by(relation: Relation) -> Callable[..., Expression]:
    # SymPy's Max differentiates to Heaviside, ½ at the kink; here the later argument's derivative holds there.
    def extreme(first: Expression, second: Expression, *rest: Expression) -> Expression:
        best = _choose(relation, first, second, first, second)
        return extreme(best, *rest) if rest else best

    return extreme


def _sign(x: Expression) -> Expression:
    # SymPy's sign differentiates to a delta function.
    return _by_sign(x, sympy.Integer(1), sympy.Integer(-1))


def _absolute(x: Expression) -> Expression:
    # SymPy's Abs differentiates to re and im where it does not know that x is real, as for log(x).
    return sympy.Abs(x) if x.is_extended_real else _by_sign(x, x, -x)


def _by_sign(x: Expression, positive: Expression, negative: Expression) -> Expression:
    zero = sympy.Integer(0)
    return _choose(sympy.Gt, x, zero, positive, _choose(sympy.Lt, x, zero, negative, zero))


MATHEMATICS: Functions = {
    "exp": sympy.exp, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "erf": sympy.erf, "erfc": sympy.erfc,
    "log": lambda x: sympy.log(x), "sqrt": lambda x: sympy.sqrt(x),  # of one argument; SymPy's own take two
    "abs": _absolute, "sign": _sign, "min": _first_by(sympy.Lt), "max": _first_by(sympy.Gt),
}  # fmt: skip
_RELATIONS: dict[type[ast.cmpop], Relation] = {
    ast.Lt: sympy.Lt, ast.LtE: sympy.Le, ast.Gt: sympy.Gt, ast.GtE: sympy.Ge, ast.Eq: sympy.Eq, ast.NotEq: sympy.Ne,
}  # fmt: skip
