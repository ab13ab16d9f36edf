"""The table of activations: one declaration each, no derivative anywhere; functions they are made of are in `functions`."""

from __future__ import annotations

from math import inf

from sympy import Abs, Min, Piecewise, Rational, exp, pi, sin, sqrt, tanh

from symprop.rules.functions import HALF, hyperbolic_tangent, normal_density, normal_distribution, sigmoid, softplus
from symprop.scalar.formats import largest_exponent
from symprop.scalar.function import Expression, Kink, ScalarFunction

# Klambauer et al. give the two constants of selu to more digits; these are what a float64 holds.
_SELU_SCALE = Rational("1.0507009873554805")
_SELU_ALPHA = Rational("1.6732632423543772")
_GELU_CUBIC = Rational(44715, 1000000)


def _exponential_unit(x: Expression, alpha: Expression, scale: Expression) -> Expression:
    return Piecewise((scale * x, x > 0), (scale * alpha * (exp(x) - 1), True))


def _stable_exponential_unit(x: Expression, alpha: Expression, scale: Expression) -> Expression:
    return Piecewise((scale * x, x > 0), (scale * alpha * (exp(Min(x, 0)) - 1), True))


_DECLARED = (
    ScalarFunction(
        "identity",
        lambda x: x,
        latex=r"\mathop{\mathrm{id}}",
        reference="the linear unit",
        opaque=False,
        also=("linear", "none"),
    ),
    sigmoid,
    hyperbolic_tangent,
    ScalarFunction(
        "relu",
        lambda x: Piecewise((x, x > 0), (0, True)),
        latex=r"\mathop{\mathrm{ReLU}}",
        reference="Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010",
        kinks=(Kink(0, 0),),
        codomain=(0, inf),
    ),
    ScalarFunction(
        "leaky_relu",
        lambda x: Piecewise((x, x > 0), (x / 100, True)),
        latex=r"\mathop{\mathrm{LReLU}}",
        reference="Maas et al., Rectifier nonlinearities improve neural network acoustic models, ICML 2013",
        kinks=(Kink(0, 0.01),),
    ),
    ScalarFunction(
        "elu",
        lambda x: _exponential_unit(x, Rational(1), Rational(1)),
        stable=lambda x: _stable_exponential_unit(x, Rational(1), Rational(1)),
        latex=r"\mathop{\mathrm{ELU}}",
        reference="Clevert et al., Fast and accurate deep network learning by exponential linear units, ICLR 2016",
        codomain=(-1, inf),
        also=("exponential_linear",),
    ),
    ScalarFunction(
        "selu",
        lambda x: _exponential_unit(x, _SELU_ALPHA, _SELU_SCALE),
        stable=lambda x: _stable_exponential_unit(x, _SELU_ALPHA, _SELU_SCALE),
        latex=r"\mathop{\mathrm{SELU}}",
        reference="Klambauer et al., Self-normalizing neural networks, NIPS 2017",
        kinks=(Kink(0, 1.7580993408473766),),
        codomain=(-1.7580993408473766, inf),
    ),
    softplus,
    ScalarFunction(
        "softsign",
        lambda x: x / (1 + Abs(x)),
        latex=r"\mathop{\mathrm{softsign}}",
        reference="Bergstra et al., Quadratic polynomials learn better image features, Université de Montréal, 2009",
        codomain=(-1, 1),
    ),
    ScalarFunction(
        "silu",
        lambda x: x * sigmoid(x),
        latex=r"\mathop{\mathrm{SiLU}}",
        reference="Elfwing et al., Sigmoid-weighted linear units, Neural Networks 107, 2018",
        names=(("s", sigmoid),),
        opaque=False,
        also=("swish",),
    ),
    ScalarFunction(
        "mish",
        lambda x: x * tanh(softplus(x)),
        latex=r"\mathop{\mathrm{Mish}}",
        reference="Misra, Mish: a self regularized non-monotonic activation function, BMVC 2020",
        names=(("s", sigmoid), ("v", softplus), ("u", lambda x: tanh(softplus(x)))),
        opaque=False,
    ),
    ScalarFunction(
        "gelu",
        lambda x: x * normal_distribution(x),
        latex=r"\mathop{\mathrm{GELU}}",
        reference="Hendrycks and Gimpel, Gaussian error linear units, 2016",
        names=(("phi", normal_density), ("Phi", normal_distribution)),
        opaque=False,
    ),
    ScalarFunction(
        "gelu_tanh",
        lambda x: x * sigmoid(2 * sqrt(2 / pi) * (x + _GELU_CUBIC * x**3)),  # where ½(1 + tanh) would cancel
        latex=r"\mathop{\mathrm{GELU}}_{\tanh}",
        reference="Hendrycks and Gimpel, Gaussian error linear units, 2016, eq. 2",
        names=(("s", lambda x: sigmoid(2 * sqrt(2 / pi) * (x + _GELU_CUBIC * x**3))),),
        opaque=False,
    ),
    ScalarFunction(
        "hard_sigmoid",
        lambda x: Piecewise((0, x <= -3), (1, x >= 3), (x / 6 + HALF, True)),
        latex=r"\mathop{\mathrm{hard}\,\sigma}",
        reference="Howard et al., Searching for MobileNetV3, ICCV 2019",
        kinks=(Kink(-3, 0), Kink(3, 0)),
        codomain=(0, 1),
    ),
    ScalarFunction(
        "hard_tanh",
        lambda x: Piecewise((-1, x <= -1), (1, x >= 1), (x, True)),
        latex=r"\mathop{\mathrm{hard\,tanh}}",
        reference="Collobert, Large scale machine learning, Université Paris VI, 2004",
        kinks=(Kink(-1, 0), Kink(1, 0)),
        codomain=(-1, 1),
    ),
    ScalarFunction(
        "exp",
        exp,
        # Above the domain the computed form saturates, since a float64 cannot hold the square of a larger value; other
        # formats have bounds of their own.
        stable=lambda x: exp(Min(x, largest_exponent(x))),
        latex=r"\exp",
        reference="the exponential unit, for Poisson regression",
        domain=(-inf, 350),
        codomain=(0, inf),
    ),
    ScalarFunction(
        "sin",
        sin,
        latex=r"\sin",
        reference="Sitzmann et al., Implicit neural representations with periodic activation functions, NeurIPS 2020",
        codomain=(-1, 1),
        opaque=False,
    ),
)

ACTIVATIONS: dict[str, ScalarFunction] = {activation.name: activation for activation in _DECLARED}
