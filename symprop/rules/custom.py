"""Activations and losses that users write as expressions: read by the whitelist parser, differentiated like any other.

Spelled-out forms that overflow become the stable functions that they mean, see `patterns`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import inf, isfinite, nan
from typing import Any

import sympy

from symprop.errors import UserError, option
from symprop.ir.names import shorten, validate_name
from symprop.ir.parse import LARGEST_RESULT, MATHEMATICS, Functions, parse_expression
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS, log_probability
from symprop.rules.losses import LOSSES, Loss
from symprop.rules.patterns import stabilise
from symprop.scalar.function import ScalarFunction, X, define, differentiate
from symprop.scalar.numeric import FLOAT, evaluate

Expression = Any
Part = tuple[str, Callable[[Expression], Expression]]

REDUCTIONS = ("sum", "mean")
REFERENCE = "given by the user"
# What an expression may apply. Of two functions of one name SymPy's own is taken, which the patterns are made of.
USABLE: Functions = {**ACTIVATIONS, **{n: f for n, f in FUNCTIONS.items() if f.shown}, **MATHEMATICS}

_A, _T = sympy.Symbol("a", real=True), sympy.Symbol("t", real=True)
# What abbreviations are called: as the built-in activations and losses call them.
_STEMS = {"sigmoid": "s", "softplus": "v", "normal_density": "phi", "normal_distribution": "Phi"}
_STEMS_OF_LOSS = {"sigmoid": "p"}
_SAMPLES = (-3.43, -1.57, -0.71, -0.29, 0.14, 0.43, 0.86, 1.86, 3.57)
_FAR = (-700.0, -40.0, -9.0, 9.0, 40.0, 700.0)
_ROUNDED = 1e-9
_UNUSABLE = (sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, sympy.re, sympy.im, sympy.nan, sympy.zoo)


def activation_from_text(
    name: str, expression: str, codomain: tuple[float, float] = (-inf, inf), where: str | None = None
) -> ScalarFunction:
    """The activation ``name(x) = expression``, a function of one real `x`.

    The expression may apply every built-in activation and function. Where its derivative jumps, the slope is the one
    that the expression's own choice gives. `codomain` bounds its values, for losses that take outputs of a range only;
    whether it does is looked at where a few points lie, not proved. The same arguments give the same object. Raises
    UserError, with `where` in front, for a name that is taken or is none, for text that is no such expression, for a
    function that has no real value and slope at any of a few points between -4 and 4, and for a codomain that is none or
    that values leave.

    >>> swish = activation_from_text("swish2", "x/(1 + exp(-2*x))")
    >>> swish(X), swish.derivative
    (x*sigmoid(2*x), 2*x*(1 - sigmoid(2*x))*sigmoid(2*x) + sigmoid(2*x))
    """
    try:
        _check_name(name, ACTIVATIONS, "activation")
        return _activation(name, expression, codomain)
    except UserError as error:
        raise (error.at(where) if where else error) from None


@lru_cache(maxsize=256)
def _activation(name: str, expression: str, codomain: tuple[float, float]) -> ScalarFunction:
    body = stabilise(parse_expression(expression, ["x"], USABLE))
    _check_slope(body, X, expression)
    _check_codomain(body, codomain)
    return ScalarFunction(
        name,
        lambda x: body.xreplace({X: x}),
        latex=_latex(name),
        reference=REFERENCE,
        codomain=codomain,
        names=tuple(_abbreviations(body, X, _STEMS)),
        opaque=False,
        text=expression,
    )


def loss_from_text(name: str, expression: str, reduction: str = "sum", where: str | None = None) -> Loss:
    """The loss ``expression`` of one output `a` against its target `t`.

    `reduction` ("sum" or "mean") joins the outputs of one example. Where the expression has ``log(a)`` or
    ``log(1 - a)``, `a` must lie above 0 or below 1, as a sigmoid's output does. Raises UserError as
    `activation_from_text` does.

    >>> loss_from_text("quartic", "(t - a)**4", reduction="mean").definition(X, 1)
    (1 - x)**4
    """
    try:
        _check_name(name, LOSSES, "loss")
        if reduction not in REDUCTIONS:
            raise UserError("unknown reduction", expected=" or ".join(map(repr, REDUCTIONS)), got=repr(reduction))
        return _loss(name, expression, reduction)
    except UserError as error:
        raise (error.at(where) if where else error) from None


def _loss(name: str, expression: str, reduction: str) -> Loss:
    body = stabilise(parse_expression(expression, ["a", "t"], USABLE))
    _check_slope(body, _A, expression)
    low, high = body.has(sympy.log(_A)), body.has(sympy.log(1 - _A))
    safe = body.xreplace({sympy.log(part): log_probability(part) for part in (_A, 1 - _A)})
    return Loss(
        name,
        lambda a, t: safe.xreplace({_A: a, _T: t}),
        latex=rf"\ell_{{{_latex(name)}}}",
        reference=REFERENCE,
        reduction=reduction,
        domain=(0 if low else -inf, 1 if high else inf),
        names=tuple(_abbreviations(body, _A, _STEMS_OF_LOSS)),
        text=expression,
    )


def _check_name(name: str, known: Mapping[str, Any], kind: str) -> None:
    validate_name(name)
    if name in known:
        raise UserError(f"'{name}' is a built-in {kind}", remedy="Use it by its name, or choose another.")


def _latex(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return rf"\mathop{{\mathrm{{{escaped}}}}}"


def _check_slope(body: Expression, variable: Expression, text: str) -> None:
    """Refuses what has no derivative that can be computed: free of unevaluated parts, and real somewhere."""
    if variable not in body.free_symbols:
        raise UserError(f"the expression does not depend on {variable}", got=shorten(repr(text)))
    if _size(body) > LARGEST_RESULT:
        most = f"at most {LARGEST_RESULT} parts"
        raise UserError("the expression is too large when its functions are spelled out", expected=most)
    if not has_usable_derivative(body, variable):
        raise UserError("SymPy has no usable derivative of the expression", got=shorten(repr(text)))
    slope = sympy.diff(body, variable)
    points = [{variable: sample, _T: 0.5} for sample in _SAMPLES]
    if not any(_at(body, point) is not None and _at(slope, point) is not None for point in points):
        what = "the expression has no real value and slope at any point that was tried"
        raise UserError(what, got=shorten(repr(text)), remedy="Look for a root or a logarithm of a negative number.")


@lru_cache(maxsize=4096)
def has_usable_derivative(expression: Expression, variable: Expression) -> bool:
    """Whether SymPy's derivative is one that can be computed: real, and free of unevaluated parts.

    >>> has_usable_derivative(2**X, X), has_usable_derivative(0**X, X)
    (True, False)
    """
    return not differentiate(expression, variable).has(*_UNUSABLE)


def _check_codomain(body: Expression, codomain: tuple[float, float]) -> None:
    """Refuses bounds that are none, or beyond which the expression has values."""
    low, high = codomain if len(codomain) == 2 else (nan, nan)
    if not low < high:
        expected = "a lower bound and a larger upper one"
        raise UserError("wrong codomain", where=option("codomain"), expected=expected, got=shorten(repr(codomain)))
    for sample in (*_SAMPLES, *_FAR):
        value = _at(body, {X: sample})
        if value is not None and not low - _ROUNDED <= value <= high + _ROUNDED:
            expected, got = f"from {low:g} to {high:g}", f"{value:g} at x = {sample:g}"
            raise UserError("a value lies outside the codomain", where=option("codomain"), expected=expected, got=got)


def _size(expression: Expression) -> int:
    """The number of parts once every declared function is spelled out, without doing so."""
    sizes = [_size(argument) for argument in expression.args]
    declaration = getattr(type(expression), "declaration", None)
    if declaration is None:
        return 1 + sum(sizes)
    parts = list(sympy.preorder_traversal(define(declaration.definition(X))))
    return len(parts) + parts.count(X) * sizes[0]


def _at(expression: Expression, point: Mapping[Expression, float]) -> float | None:
    """The expression's value in float64, or None where it is not real and finite."""
    value = evaluate(expression, point, FLOAT)
    return value if isfinite(value) else None


def _abbreviations(body: Expression, variable: Expression, stems: Mapping[str, str]) -> Iterator[Part]:
    """A name for each declared function of the variable within the body, and for what its derivative is made of."""
    found: dict[Expression, str] = {}
    for part in sympy.postorder_traversal(body):
        declaration = getattr(type(part), "declaration", None)
        if declaration is None or part.free_symbols != {variable}:
            continue
        for function in (*declaration.relatives, declaration):
            meaning = function(part.args[0])
            if function.name in stems and meaning != body and meaning not in found:
                found[meaning] = _untaken(stems[function.name], list(found.values()))
    for meaning, stem in found.items():
        yield stem, _substitution(meaning, variable)


def _untaken(stem: str, taken: list[str]) -> str:
    """The stem itself, or with the first letter that makes it new: s, sb, sc, …"""
    letters = (chr(code) for code in range(ord("b"), ord("z") + 1))
    return next((s for s in (stem, *(stem + letter for letter in letters)) if s not in taken), stem * len(taken))


def _substitution(meaning: Expression, variable: Expression) -> Callable[[Expression], Expression]:
    return lambda x: meaning.xreplace({variable: x})
