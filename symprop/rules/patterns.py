"""Finds spelled-out forms that overflow, such as ``1/(1 + exp(-u))``, and puts the stable function in their place.

The rewriting keeps the meaning at every real point; which functions there are is `functions`' affair.
"""

from __future__ import annotations

from typing import Any

import sympy

from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import log_cosh, normal_distribution, sigmoid, softplus

Expression = Any
Pair = tuple[Expression, Expression, Expression]

saturating = ACTIVATIONS["exp"]
_MOST_TERMS = 32  # of a numerator, multiplied out
_ORDERS = 4  # how far a numerator's exponentials may go beyond the denominator's


def stabilise(expression: Expression) -> Expression:
    """An expression of the same meaning that does not overflow in float64 where its value does not.

    Logistic, hyperbolic and softplus patterns become the functions that they are; an exponential that is left saturates
    outside the domain of the activation `exp`, so that the idle side of a choice cannot overflow either.

    >>> x = sympy.Symbol("x", real=True)
    >>> stabilise(x / (1 + sympy.exp(-x)) + sympy.log(1 + sympy.exp(2*x)))
    x*sigmoid(x) + softplus(2*x)
    """
    found = recognise(expression)
    return found.xreplace({power: saturating(power.args[0]) for power in found.atoms(sympy.exp)})


def recognise(expression: Expression) -> Expression:
    """The expression with logistic, hyperbolic and softplus patterns written by the functions that they are.

    >>> x = sympy.Symbol("x", real=True)
    >>> recognise(x / (1 + sympy.exp(-x))), recognise(sympy.log(1 + sympy.exp(2*x)))
    (x*sigmoid(x), softplus(2*x))
    """
    if not expression.args:
        return expression
    if expression.is_Mul or expression.is_Pow:
        return _product([_inside(factor) for factor in sympy.Mul.make_args(expression)])
    rebuilt = _rebuilt(expression)
    if isinstance(rebuilt, sympy.log):
        return _logarithm(rebuilt)
    return _distribution(rebuilt)


def _rebuilt(expression: Expression) -> Expression:
    """The expression over recognised arguments."""
    arguments = [recognise(argument) for argument in expression.args]
    changed = any(new is not old for new, old in zip(arguments, expression.args, strict=True))
    return expression.func(*arguments) if changed else expression


def _inside(factor: Expression) -> Expression:
    """A factor with all but its own power looked through: a denominator is read together with the numerator."""
    return _rebuilt(factor) if factor.is_Pow else recognise(factor)


def _product(factors: list[Expression]) -> Expression:
    """``N/(eᵛ + eʷ)ⁿ`` by sigmoids, and ``sinh(u)/cosh(u)`` as tanh(u), wherever they stand in a product."""
    for position, factor in enumerate(factors):
        base, exponent = factor.as_base_exp()
        rest = [*factors[:position], *factors[position + 1 :]]
        if not exponent.is_Integer or exponent > 0:
            continue
        pair = _pair(base)
        if pair is not None:
            sums = [other for other in rest if _is_sum_of_exponentials(other)]
            others = [other for other in rest if other not in sums]
            found = _over(pair, int(-exponent), sums)
            if found is None:
                found, others = _over(pair, int(-exponent), []), rest
            if found is not None:
                return found * _product(others)
        if exponent == -1 and isinstance(base, sympy.cosh) and sympy.sinh(base.args[0]) in rest:
            return sympy.tanh(base.args[0]) * _product([o for o in rest if o != sympy.sinh(base.args[0])])
    return sympy.Mul(*factors)


def _pair(base: Expression) -> Pair | None:
    """The number c, v and w of a base ``c·(eᵛ + eʷ)``, where w may be 0; None for any other."""
    if not base.is_Add or len(base.args) != 2:
        return None
    (c, v), (d, w) = (_exponential(term) for term in base.args)
    if c is None or c != d or v == w:
        return None
    return (c, v, w) if v != 0 else (c, w, v)


def _exponential(term: Expression) -> tuple[Expression | None, Expression]:
    """The number c and the v of a term ``c·eᵛ``; None and 0 for any other."""
    number, rest = term.as_coeff_Mul()
    exponents = [_exponent(factor) for factor in sympy.Mul.make_args(rest)]
    if any(exponent is None for exponent in exponents):
        return None, sympy.S.Zero
    return number, sympy.Add(*exponents)


def _exponent(factor: Expression) -> Expression | None:
    if factor == 1:
        return sympy.S.Zero
    return factor.args[0] if isinstance(factor, sympy.exp) else None


def _is_sum_of_exponentials(factor: Expression) -> bool:
    terms = sympy.Add.make_args(factor)
    return factor.has(sympy.exp) and all(_exponential(term)[0] is not None for term in terms)


def _over(pair: Pair, power: int, numerator: list[Expression]) -> Expression | None:
    """The numerator's factors over the pair's power; None where an exponential is no whole power of the pair's."""
    scale, v, w = pair
    argument = v - w
    terms = [sympy.exp(-power * w)]
    for factor in numerator:
        terms = [term * part for term in terms for part in sympy.Add.make_args(factor)][: _MOST_TERMS + 1]
    coefficients: dict[int, Expression] = {}
    for term in terms:
        number, exponent = _exponential(term)
        order = next((k for k in range(-_ORDERS, power + _ORDERS + 1) if exponent == k * argument), None)
        if number is None or order is None or len(terms) > _MOST_TERMS:
            return None
        coefficients[order] = coefficients.get(order, sympy.S.Zero) + number
    if power == 1 and set(coefficients) == {0, 1} and coefficients[0] == -coefficients[1]:
        result = coefficients[1] * sympy.tanh(argument / 2)
    else:
        result = sympy.Add(*(c * _bounded(argument, order, power) for order, c in coefficients.items()))
    return result / scale**power


def _bounded(v: Expression, order: int, power: int) -> Expression:
    """``eᵏᵛ/(1 + eᵛ)ⁿ``: sigmoids, times the power of eᵛ that the denominator does not bound."""
    inside = min(max(order, 0), power)
    return sympy.exp((order - inside) * v) * sigmoid(v) ** inside * sigmoid(-v) ** (power - inside)


def _distribution(expression: Expression) -> Expression:
    """``c·(1 ± erf(u))``, ``c·erfc(u)`` and ``c·(1 - Φ(u))`` by Φ, since sums would cancel far from 0."""
    if isinstance(expression, sympy.erfc):
        return 2 * normal_distribution(-sympy.sqrt(2) * expression.args[0])
    if not expression.is_Add:
        return expression
    constant, rest = expression.as_coeff_Add()
    number, function = rest.as_coeff_Mul()
    if isinstance(function, normal_distribution.symbol) and constant == -number:
        return constant * normal_distribution(-function.args[0])
    if isinstance(function, sympy.erf) and abs(constant) == abs(number):
        return 2 * constant * normal_distribution(sympy.sign(constant * number) * sympy.sqrt(2) * function.args[0])
    return expression


def _logarithm(logarithm: Expression) -> Expression:
    inner = logarithm.args[0]
    pair = _pair(inner)
    if pair is not None and pair[0].is_positive:
        scale, v, w = pair
        return sympy.log(scale) + w + softplus(v - w)
    if isinstance(inner, sigmoid.symbol):
        return -softplus(-inner.args[0])
    if isinstance(1 - inner, sigmoid.symbol):
        return -softplus((1 - inner).args[0])
    scale, rest = inner.as_coeff_Mul()
    if isinstance(rest, sympy.cosh) and scale.is_positive:
        return sympy.log(scale) + log_cosh(rest.args[0])
    return logarithm
