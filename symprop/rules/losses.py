"""The table of losses: what one output contributes, and how the outputs are put together; no derivative anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from sympy import Abs, Piecewise

from symprop.rules.functions import HALF, log_cosh, log_probability, sigmoid, softplus
from symprop.scalar.function import Expression, Kink


def _error(a: Expression, t: Expression) -> Expression:
    return a - t


@dataclass(frozen=True)
class Loss:
    """The loss of one output `a` against its target `t`; `reduction` ("sum" or "mean") joins the outputs of one example.

    `latex` is its name in formulas. `domain` is where `a` may lie, `targets` where `t` may lie. `after` names, for an
    activation whose composition with this loss is not stable, the loss on the pre-activation that means the same. `names`
    abbreviates functions of `a` that the gradient is to be written through. `kinks` are values of the `residual`, a − t
    unless another is given, with the derivative by `a` that is used there. `text` is the expression that a user's own loss
    was read from, `also` what others call the loss.
    """

    name: str
    definition: Callable[[Expression, Expression], Expression]
    latex: str
    reference: str
    reduction: str = "sum"
    kinks: tuple[Kink, ...] = ()
    residual: Callable[[Expression, Expression], Expression] = _error
    domain: tuple[float, float] = (-inf, inf)
    targets: tuple[float, float] = (-inf, inf)
    after: Mapping[str, str] = field(default_factory=dict)
    names: tuple[tuple[str, Callable[[Expression], Expression]], ...] = ()
    text: str = ""
    also: tuple[str, ...] = ()


def _huber(a: Expression, t: Expression) -> Expression:
    error = Abs(a - t)
    return Piecewise(((a - t) ** 2 / 2, error <= 1), (error - HALF, True))


_DECLARED = (
    Loss(
        "half_squared_error",
        lambda a, t: (t - a) ** 2 / 2,
        latex=r"\ell_{\mathrm{HSE}}",
        reference="Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 323, 1986",
    ),
    Loss(
        "squared_error",
        lambda a, t: (t - a) ** 2,
        latex=r"\ell_{\mathrm{SE}}",
        reference="Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805",
    ),
    Loss(
        "mean_squared_error",
        lambda a, t: (t - a) ** 2,
        latex=r"\ell_{\mathrm{MSE}}",
        reference="Bishop, Pattern Recognition and Machine Learning, 2006, §1.1",
        reduction="mean",
        also=("mse", "l2", "mse_loss"),
    ),
    Loss(
        "absolute_error",
        lambda a, t: Abs(a - t),
        latex=r"\ell_{\mathrm{AE}}",
        reference="Laplace, Mémoire sur la probabilité des causes par les événements, 1774",
        kinks=(Kink(0, 0),),
        also=("mae", "l1", "l1_loss", "mean_absolute_error"),
    ),
    Loss(
        "huber",
        _huber,
        latex=r"\ell_{\mathrm{Huber}}",
        reference="Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964",
        also=("smooth_l1", "smooth_l1_loss"),
    ),
    Loss(
        "log_cosh",
        lambda a, t: log_cosh(a - t),
        latex=r"\ell_{\log\cosh}",
        reference="Saleh and Saleh, Statistical properties of the log-cosh loss function, 2022",
    ),
    Loss(
        "binary_cross_entropy_from_logits",
        lambda a, t: softplus(a) - t * a,
        latex=r"\ell_{\mathrm{BCE,\,logits}}",
        reference="Cox, The regression analysis of binary sequences, JRSS B 20, 1958",
        targets=(0, 1),
        names=(("p", sigmoid),),
        also=("bce_with_logits", "sigmoid_cross_entropy"),
    ),
    Loss(
        "binary_cross_entropy",
        lambda a, t: -t * log_probability(a) - (1 - t) * log_probability(1 - a),
        latex=r"\ell_{\mathrm{BCE}}",
        reference="Good, Rational decisions, JRSS B 14, 1952",
        domain=(0, 1),
        targets=(0, 1),
        after={"sigmoid": "binary_cross_entropy_from_logits"},
        also=("bce", "bce_loss", "log_loss", "cross_entropy", "crossentropy", "binary_crossentropy"),
    ),
    Loss(
        "hinge",
        lambda a, t: Piecewise((1 - t * a, t * a < 1), (0, True)),
        latex=r"\ell_{\mathrm{hinge}}",
        reference="Cortes and Vapnik, Support-vector networks, Machine Learning 20, 1995",
        kinks=(Kink(1, 0),),
        residual=lambda a, t: t * a,
        targets=(-1, 1),
    ),
)

LOSSES: dict[str, Loss] = {loss.name: loss for loss in _DECLARED}
