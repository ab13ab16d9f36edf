"""Scalar functions by declaration: a definition to differentiate and print, a stable form to compute; no table of them here.

A declaration never carries a derivative. `ScalarFunction.symbol` is a SymPy function class whose derivative SymPy takes from
the definition, and `forms` then writes through the function's own value where that is simpler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from typing import Any

import sympy

from symprop.scalar.forms import output_form

Expression = Any  # a SymPy expression; SymPy ships no types
X = sympy.Symbol("x", real=True)
_BASE = sympy.Symbol("base", positive=True)


@dataclass(frozen=True)
class Kink:
    """A point where the derivative jumps, and the value that is used there."""

    at: float
    slope: float


@dataclass(frozen=True)
class ScalarFunction:
    """One function of a real variable `x`.

    `definition` and `stable` map an argument to a SymPy expression; they are called at the first use, since building
    all of them costs more than deriving a net. `stable` must equal `definition` and stay finite for x up to ±1000 in
    float64; leave it out where the definition already does. `overflows_well` says that the definition is right all the
    same wherever its exponentials become infinite, as they do in compiled code without a word. `relatives` are
    functions that the derivative may be written through. `names` abbreviates parts of the definition that deserve an
    equation of their own, innermost first. An `opaque` function stands in expressions under its name, others as their
    definition; a function that is not `shown` prints as its definition all the same, and has a name only so that its
    stable form is found. `also` is what others call it. `text` is the expression of `x` that a user's own function was read from.
    """

    name: str
    definition: Callable[[Expression], Expression]
    latex: str
    reference: str
    stable: Callable[[Expression], Expression] | None = None
    overflows_well: bool = False
    kinks: tuple[Kink, ...] = ()
    domain: tuple[float, float] = (-inf, inf)
    codomain: tuple[float, float] = (-inf, inf)
    relatives: tuple[ScalarFunction, ...] = ()
    names: tuple[tuple[str, Callable[[Expression], Expression]], ...] = ()
    opaque: bool = True
    shown: bool = True
    text: str = ""
    also: tuple[str, ...] = ()

    def __call__(self, argument: Expression) -> Expression:
        """The function applied, as a SymPy expression; the definition itself where it is not `opaque`."""
        return self.symbol(argument) if self.opaque else self.definition(argument)

    def stable_form(self, argument: Expression) -> Expression:
        """What the function is computed by: `stable`, or the definition where that already is."""
        return (self.stable or self.definition)(argument)

    def compiled_form(self, argument: Expression) -> Expression:
        """What compiled code computes the function by, in which an overflow is an infinity and no error."""
        return self.definition(argument) if self.overflows_well else self.stable_form(argument)

    @cached_property
    def symbol(self) -> Any:
        """The SymPy function class of this name."""
        return _sympy_class(self)

    @cached_property
    def derivative(self) -> Expression:
        """The derivative at `X`, through the function's own value or its relatives where a short form exists."""
        slope = differentiate(self.definition(X), X)
        return output_form(
            slope, X, [(self(X), self.definition(X)), *((r(X), r.definition(X)) for r in self.relatives)]
        )


def _sympy_class(function: ScalarFunction) -> Any:
    def fdiff(self: Any, argindex: int = 1) -> Expression:
        return function.derivative.xreplace({X: self.args[0]})

    def evaluate_real(self: Any) -> bool:
        return bool(self.args[0].is_real)

    # SymPy's own functions keep their names to themselves: code that applies both must tell them apart.
    name = f"{function.name}_unit" if hasattr(sympy, function.name) else function.name
    body = {"nargs": 1, "fdiff": fdiff, "_eval_is_real": evaluate_real, "declaration": function}
    return type(sympy.Function)(name, (sympy.Function,), body)


def differentiate(expression: Expression, x: Expression) -> Expression:
    """SymPy's derivative, with functions for its distributions: at a jump nothing is infinite, at Max's kink the slope is 0.

    >>> differentiate(sympy.sign(X) + sympy.Max(0, X), X)
    Piecewise((1, x > 0), (0, True))
    """
    slope = _chained(expression, x)
    jumps = slope.atoms(sympy.DiracDelta, sympy.Heaviside)
    return slope.xreplace({jump: _height(jump) for jump in jumps}) if jumps else slope


def _chained(expression: Expression, x: Expression) -> Expression:
    """The derivative, with the chain rule for a power taken here: SymPy's works out log(base) to multiply it by 0."""
    number, rest = expression.as_coeff_Mul()
    if rest.is_Pow and rest.exp.is_Rational and not rest.base.is_Symbol:
        return number * sympy.diff(_BASE**rest.exp, _BASE).xreplace({_BASE: rest.base}) * _chained(rest.base, x)
    return sympy.diff(expression, x)


def _height(jump: Expression) -> Expression:
    if isinstance(jump, sympy.DiracDelta):
        return sympy.S.Zero
    return sympy.Piecewise((1, jump.args[0] > 0), (0, True))


@lru_cache(maxsize=1024)
def declarations(expression: Expression) -> Mapping[str, ScalarFunction]:
    """The declared functions that an expression applies, those inside their definitions too, by name."""
    found: dict[str, ScalarFunction] = {}
    for application in expression.atoms(sympy.Function):
        declaration = getattr(type(application), "declaration", None)
        if declaration is not None and declaration.name not in found:
            found[declaration.name] = declaration
            found.update(declarations(declaration.definition(X)))
    return found


def applied(expressions: Iterable[Expression]) -> list[ScalarFunction]:
    """The declared functions that are computed with expressions, those inside their stable forms before them.

    >>> half = ScalarFunction("half", lambda x: x / 2, latex="", reference="")
    >>> mean = ScalarFunction("mean", lambda x: half.symbol(x + 1), latex="", reference="")
    >>> [function.name for function in applied([sympy.exp(mean.symbol(X))])]
    ['half', 'mean']
    """
    found: dict[ScalarFunction, None] = {}
    for expression in expressions:
        for application in sorted(expression.atoms(sympy.Function), key=str):
            declaration = getattr(type(application), "declaration", None)
            if declaration is not None and declaration not in found:
                found |= dict.fromkeys(applied([declaration.stable_form(X)]))
                found[declaration] = None
    return list(found)


@lru_cache(maxsize=4096)
def in_own_words(expression: Expression) -> Expression:
    """The expression as SymPy's users read it: its own function, or the definition, where a declared one has no name.

    >>> exp_unit = ScalarFunction("exp", sympy.exp, latex="", reference="")
    >>> exp_unit(X), in_own_words(exp_unit(X))
    (exp_unit(x), exp(x))
    """
    declared = [a for a in expression.atoms(sympy.Function) if hasattr(type(a), "declaration")]
    nameless = [a for a in declared if type(a).__name__ != type(a).declaration.name or not type(a).declaration.shown]
    if not nameless:
        return expression
    return in_own_words(expression.xreplace({a: type(a).declaration.definition(a.args[0]) for a in nameless}))


def renamed(expression: Expression, names: Mapping[Expression, Expression]) -> Expression:
    """The expression with symbols, or entries of arrays, in the place of its symbols; as `xreplace`, but never slow.

    SymPy would ask of each function whether it is another with the new names, and of nested hyperbolic functions of what is
    not known to be real it takes minutes to answer.

    >>> renamed(sympy.tanh(X) * X, {X: sympy.Symbol("a")})
    a*tanh(a)
    """
    if not expression.args:
        return names.get(expression, expression)
    arguments = [renamed(argument, names) for argument in expression.args]
    if isinstance(expression, sympy.Function) and not expression.is_Piecewise:
        return expression.func(*arguments, evaluate=False)
    return expression.func(*arguments)


@lru_cache(maxsize=4096)
def define(expression: Expression) -> Expression:
    """The expression with every declared function replaced by its definition, for exact evaluation and proofs."""
    while True:
        found = [a for a in expression.atoms(sympy.Function) if hasattr(type(a), "declaration")]
        if not found:
            return expression
        expression = expression.xreplace({a: type(a).declaration.definition(a.args[0]) for a in found})
