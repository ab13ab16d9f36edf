"""Gradient descent step by step, until the epochs are over, the loss settles, or it is no longer finite; owns no formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from symprop.errors import UserError

_TINY = 2.0**-1022

Step = Callable[[Sequence[float]], list[float]]
Progress = Callable[[int, float], bool | None]


@dataclass(frozen=True)
class Descent:
    """How a run went. `losses` has the loss before the first update, after 1, …; `values` are those of its last entry.

    `stopped` is "epochs", "converged", "diverged" or "interrupted"; `diverged_at` is the update that made the loss or a
    value infinite or NaN, which is undone.
    """

    losses: list[float]
    values: list[float]
    stopped: str
    diverged_at: int | None = None


def descend(
    step: Step,
    start: Sequence[float],
    epochs: int,
    tolerance: float = 0.0,
    progress: Progress | None = None,
    why: Callable[[], str | None] = lambda: None,
) -> Descent:
    """Takes steps from `start`: a step maps values to the loss there, followed by the next values.

    Stops early where the loss changes by no more than `tolerance` times the loss; a tolerance of 0 never does. `progress`
    is told, after each update, how many there were and the loss; where it returns True, the run is interrupted. Raises
    UserError where the loss is not finite before the first update, with what `why` then says.

    >>> descend(lambda w: [w[0]**2, w[0] / 2], [4.0], epochs=3).losses
    [16.0, 4.0, 1.0, 0.25]
    """
    losses: list[float] = []
    kept, values = list(start), list(start)
    for update in range(epochs + 1):
        loss, *proposed = step(values)
        if not (isfinite(loss) and all(map(isfinite, values))):
            if not update:
                raise not_finite(loss, why())
            return Descent(losses, kept, "diverged", update)
        losses.append(float(loss))
        kept = values
        if progress is not None and update and progress(update, losses[-1]):
            return Descent(losses, kept, "interrupted")
        if _settled(losses, tolerance):
            return Descent(losses, kept, "converged")
        values = proposed
    return Descent(losses, kept, "epochs")


def _settled(losses: Sequence[float], tolerance: float) -> bool:
    if not tolerance or len(losses) < 2:
        return False
    return abs(losses[-1] - losses[-2]) <= tolerance * max(abs(losses[-1]), _TINY)


def not_finite(loss: float, remedy: str | None) -> UserError:
    """The error for a loss that training cannot start from."""
    return UserError("the loss is not finite before the first update", got=str(float(loss)), remedy=remedy)
