"""The table of scalar functions that activations and losses are made of; activations proper are in `activations`."""

from __future__ import annotations

from math import inf

from sympy import Abs, Max, Min, Piecewise, Rational, cosh, erf, erfc, exp, log, pi, sinh, sqrt, tanh

from symprop.scalar.formats import smallest
from symprop.scalar.function import Expression, ScalarFunction


def _stable_sigmoid(x: Expression) -> Expression:
    small = exp(-Abs(x))  # never above 1, so it cannot overflow
    return Piecewise((1 / (1 + small), x >= 0), (small / (1 + small), True))


sigmoid = ScalarFunction(
    "sigmoid",
    definition=lambda x: 1 / (1 + exp(-x)),
    stable=_stable_sigmoid,
    overflows_well=True,  # 1/∞ is 0, and what it should be is smaller than any number
    latex=r"\sigma",
    reference="Verhulst, Recherches mathématiques sur la loi d'accroissement de la population, 1845",
    codomain=(0, 1),
    also=("logistic", "expit"),
)
softplus = ScalarFunction(
    "softplus",
    definition=lambda x: log(1 + exp(x)),
    stable=lambda x: Piecewise((x, x > 0), (0, True)) + log(1 + exp(-Abs(x))),
    latex=r"\mathop{\mathrm{softplus}}",
    reference="Dugas et al., Incorporating second-order functional knowledge for better option pricing, NIPS 2000",
    codomain=(0, inf),
    relatives=(sigmoid,),
    names=(("s", sigmoid),),
)
normal_density = ScalarFunction(
    "normal_density",
    definition=lambda x: exp(-(x**2) / 2) / sqrt(2 * pi),
    latex=r"\varphi",
    reference="Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.2.1",
    codomain=(0, 0.4),
)


def _stable_normal_distribution(x: Expression) -> Expression:
    tail = erfc(Abs(x) / sqrt(2)) / 2  # 1 + erf would cancel; of a negative argument SymPy makes 2 - erfc
    return Piecewise((1 - tail, x >= 0), (tail, True))


normal_distribution = ScalarFunction(
    "normal_distribution",
    definition=lambda x: (1 + erf(x / sqrt(2))) / 2,
    stable=_stable_normal_distribution,
    latex=r"\Phi",
    reference="Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.2.29",
    codomain=(0, 1),
    relatives=(normal_density,),
)
hyperbolic_tangent = ScalarFunction(
    "tanh",
    definition=tanh,
    latex=r"\tanh",
    reference="LeCun et al., Efficient BackProp, 1998",
    codomain=(-1, 1),
    opaque=False,
)


def _stable_log_cosh(x: Expression) -> Expression:
    near_zero = log(1 + sinh(Min(Abs(x), 1)) ** 2) / 2  # the other form would cancel there
    return Piecewise((near_zero, Abs(x) < 1), (Abs(x) + log(1 + exp(-2 * Abs(x))) - log(2), True))


log_cosh = ScalarFunction(
    "log_cosh",
    definition=lambda x: log(cosh(x)),
    stable=_stable_log_cosh,
    latex=r"\log\cosh",
    reference="Saleh and Saleh, Statistical properties of the log-cosh loss function, 2022",
    codomain=(0, inf),
    relatives=(hyperbolic_tangent,),
)


def _held(x: Expression) -> Expression:
    """A probability that has been rounded to zero counts as the smallest normal number of its format.

    So a cross-entropy and its gradient stay finite, as other frameworks do it with a coarser bound.
    """
    return Max(x, smallest(x))


reciprocal = ScalarFunction(
    "reciprocal",
    definition=lambda x: 1 / x,
    stable=lambda x: 1 / _held(x),
    latex="1/",
    reference="the derivative of the logarithm",
    domain=(0, inf),
    shown=False,
)
log_probability = ScalarFunction(
    "log_probability",
    definition=log,
    stable=lambda x: log(_held(x)),
    latex=r"\log",
    reference="Good, Rational decisions, JRSS B 14, 1952",
    domain=(0, inf),
    relatives=(reciprocal,),
    shown=False,
)
negative_entropy = ScalarFunction(
    "negative_entropy",
    definition=lambda x: x * log(x),
    stable=lambda x: x * log(_held(x)),
    latex=r"\mathop{\mathrm{xlogx}}",
    reference="Shannon, A mathematical theory of communication, Bell System Technical Journal 27, 1948",
    domain=(0, inf),
    shown=False,
)
HALF = Rational(1, 2)

_DECLARED = (
    sigmoid,
    softplus,
    normal_density,
    normal_distribution,
    log_cosh,
    reciprocal,
    log_probability,
    negative_entropy,
)
FUNCTIONS: dict[str, ScalarFunction] = {function.name: function for function in _DECLARED}
