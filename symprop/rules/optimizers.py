"""The table of optimizers: how a parameter is updated from its gradient; no loop here, and no derivative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symprop.scalar.function import Expression

LEARNING_RATE = "eta"


@dataclass(frozen=True)
class Optimizer:
    """A rule ``w' = update(w, gradient, learning rate)``, applied to every element of every trained parameter at once."""

    name: str
    update: Callable[[Expression, Expression, Expression], Expression]
    reference: str


_DECLARED = (
    Optimizer(
        "sgd",
        lambda w, gradient, eta: w - eta * gradient,
        reference="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in _DECLARED}
