"""The table of optimizers: how a parameter is updated from its gradient, as equations; no loop here, and no derivative.

The conventions are PyTorch's, which most people expect: moments start from 0, and ε is added to the root, not below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from inspect import signature

import sympy
from sympy import Abs, Max, sign, sqrt

from symprop.rules.settings import FROM_0, POSITIVE, SHARE, Setting
from symprop.scalar.function import Expression

LEARNING_RATE = "eta"
UPDATE_NUMBER = "tau"
"""Counted from 1."""
PARAMETER, GRADIENT, NEXT_PARAMETER = "w", "g", "next_w"

Formula = Callable[..., Expression]


@dataclass(frozen=True)
class Optimizer:
    """One rule of updates: `equations` in order, that of ``next_w`` among them, for every trained parameter by itself.

    Each is a function of SymPy symbols whose arguments say what it reads: the parameter ``w``, its gradient ``g``, the
    learning rate ``eta``, the number of the update ``tau``, symbols of the `settings`, `states` and what earlier equations
    define. `states` have the value that they start from; ``next_`` and a state is its value for the next update. All are
    taken element by element. An equation that reads neither ``w``, ``g`` nor a state is a number that the parameters share.
    `learning_rate` is the usual one.
    """

    name: str
    equations: Mapping[str, Formula] = field(hash=False)
    reference: str
    settings: tuple[Setting, ...] = ()
    states: Mapping[str, float] = field(default_factory=dict, hash=False)
    learning_rate: float = 0.001

    @property
    def lines(self) -> tuple[tuple[str, Expression], ...]:
        """The equations as names and SymPy expressions over real symbols.

        >>> OPTIMIZERS["sgd"].lines
        (('next_w', -eta*g + w),)
        """
        return tuple((name, expression_of(formula)) for name, formula in self.equations.items())


@lru_cache(maxsize=256)
def expression_of(formula: Formula) -> Expression:
    """What a formula gives for real symbols, called as its arguments are.

    >>> expression_of(lambda m, beta1: beta1 * m)
    beta1*m
    """
    return formula(*(sympy.Symbol(name, real=True) for name in signature(formula).parameters))


def _beta(number: int, default: float) -> Setting:
    return Setting(f"beta{number}", f"beta{number}", default, SHARE)


def _epsilon(default: float) -> Setting:
    return Setting("epsilon", "epsilon", default, POSITIVE)


_MOMENTUM = Setting("momentum", "mu", 0.9, SHARE)
WEIGHT_DECAY = Setting("weight_decay", "lambda_", 0.0, FROM_0)
"""An optimizer that has it among its settings takes the decay apart from the gradient; for others it adds to the gradient."""


def _first_moment(m: Expression, g: Expression, beta1: Expression) -> Expression:
    return beta1 * m + (1 - beta1) * g


def _second_moment(v: Expression, g: Expression, beta2: Expression) -> Expression:
    return beta2 * v + (1 - beta2) * g**2


_MOMENTS: Mapping[str, Formula] = {
    "next_m": _first_moment,
    "next_v": _second_moment,
    "c_m": lambda beta1, tau: 1 - beta1**tau,
    "c_v": lambda beta2, tau: 1 - beta2**tau,
}
_VELOCITY: Mapping[str, Formula] = {"next_v": lambda v, g, mu: mu * v + g}

_DECLARED = (
    Optimizer(
        "sgd",
        {"next_w": lambda w, g, eta: w - eta * g},
        reference="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
        learning_rate=0.5,
    ),
    Optimizer(
        "momentum",
        {**_VELOCITY, "next_w": lambda w, next_v, eta: w - eta * next_v},
        reference="Polyak, Some methods of speeding up the convergence of iteration methods, 1964",
        settings=(_MOMENTUM,),
        states={"v": 0.0},
        learning_rate=0.05,
    ),
    Optimizer(
        "nesterov",
        {**_VELOCITY, "next_w": lambda w, g, next_v, eta, mu: w - eta * (g + mu * next_v)},
        reference=(
            "Nesterov, A method for solving the convex programming problem with convergence rate O(1/k²), 1983; in the "
            "form of Sutskever et al., On the importance of initialization and momentum in deep learning, 2013"
        ),
        settings=(_MOMENTUM,),
        states={"v": 0.0},
        learning_rate=0.05,
    ),
    Optimizer(
        "adagrad",
        {
            "next_s": lambda s, g: s + g**2,
            "next_w": lambda w, g, next_s, eta, epsilon: w - eta * g / (sqrt(next_s) + epsilon),
        },
        reference=(
            "Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic optimization, "
            "JMLR 12, 2011"
        ),
        settings=(_epsilon(1e-10),),
        states={"s": 0.0},
        learning_rate=0.01,
    ),
    Optimizer(
        "rmsprop",
        {
            "next_v": lambda v, g, alpha: alpha * v + (1 - alpha) * g**2,
            "next_w": lambda w, g, next_v, eta, epsilon: w - eta * g / (sqrt(next_v) + epsilon),
        },
        reference="Tieleman and Hinton, Lecture 6.5: rmsprop, Neural Networks for Machine Learning, 2012",
        settings=(Setting("alpha", "alpha", 0.99, SHARE), _epsilon(1e-8)),
        states={"v": 0.0},
        learning_rate=0.01,
    ),
    Optimizer(
        "adam",
        {
            **_MOMENTS,
            "next_w": lambda w, next_m, next_v, c_m, c_v, eta, epsilon: (
                w - eta * next_m / c_m / (sqrt(next_v / c_v) + epsilon)
            ),
        },
        reference="Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1",
        settings=(_beta(1, 0.9), _beta(2, 0.999), _epsilon(1e-8)),
        states={"m": 0.0, "v": 0.0},
    ),
    Optimizer(
        "adamw",
        {
            **_MOMENTS,
            "next_w": lambda w, next_m, next_v, c_m, c_v, eta, epsilon, lambda_: (
                w - eta * (next_m / c_m / (sqrt(next_v / c_v) + epsilon) + lambda_ * w)
            ),
        },
        reference="Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2",
        settings=(_beta(1, 0.9), _beta(2, 0.999), _epsilon(1e-8), replace(WEIGHT_DECAY, default=0.01)),
        states={"m": 0.0, "v": 0.0},
    ),
    Optimizer(
        "adamax",
        {
            "next_m": _first_moment,
            # The paper has no ε, and so divides by 0 where the gradient has always been 0.
            "next_u": lambda u, g, beta2, epsilon: Max(beta2 * u, Abs(g) + epsilon),
            "c_m": _MOMENTS["c_m"],
            "next_w": lambda w, next_m, next_u, c_m, eta: w - eta * next_m / (c_m * next_u),
        },
        reference="Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 2",
        settings=(_beta(1, 0.9), _beta(2, 0.999), _epsilon(1e-8)),
        states={"m": 0.0, "u": 0.0},
        learning_rate=0.002,
    ),
    Optimizer(
        "lion",
        {
            "next_m": lambda m, g, beta2: beta2 * m + (1 - beta2) * g,
            "next_w": lambda w, m, g, beta1, eta, lambda_: w - eta * (sign(beta1 * m + (1 - beta1) * g) + lambda_ * w),
        },
        reference="Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, algorithm 2",
        settings=(_beta(1, 0.9), _beta(2, 0.99), WEIGHT_DECAY),
        states={"m": 0.0},
        learning_rate=0.0001,
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in _DECLARED}
