"""What a comparison of learning rates tries and shows where nobody says: rates about a usual one, and updates; trains nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symprop.training.sweep import Run

# Of an optimizer's usual rate. For plain descent the workbook has the seven of the worked example, and a sweep two between.
SWEEP = (0.2, 0.4, 1, 1.6, 2, 4, 20, 200, 2000)
WORKBOOK = (0.2, 0.4, 1, 1.6, 2, 4, 2000)
PAGE = (0.2, 1, 5)  # of the network's own rate

_MILESTONES = tuple(10**power for power in range(7))


def rates_about(usual: float, multiples: Sequence[float]) -> list[float]:
    """Multiples of a rate, without the last digits that a product leaves.

    >>> rates_about(0.001, SWEEP)
    [0.0002, 0.0004, 0.001, 0.0016, 0.002, 0.004, 0.02, 0.2, 2.0]
    """
    return [float(f"{usual * multiple:.6g}") for multiple in multiples]


def milestones(updates: int) -> list[int]:
    """The updates after which losses are shown of a run of so many: none, 1, 10, …, and the last.

    >>> milestones(250)
    [0, 1, 10, 100, 250]
    """
    return [0, *(update for update in _MILESTONES if update < updates), updates]


def of_one_seed(runs: Iterable[Run]) -> bool:
    """Whether all runs start from the same parameters, so that a rate alone names a run."""
    return len({run.seed for run in runs}) == 1
