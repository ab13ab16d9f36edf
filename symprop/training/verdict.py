"""Judges a training run by its losses and what its last gradient promises; why a run is stuck is explained elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise

from symprop.errors import UserError

FALLEN = 0.9  # of the start: a run that levels off after such a fall has reached its floor
FALLING = 0.9  # of the peaks before: what counts as falling in spite of swings
MOSTLY = 4.0  # falls outweigh rises so many times: what counts as a direction
STILL = 1e-4  # of the level, over the window
STILL_PER_UPDATE = 1e-6
QUIVER = 1e-2  # of the level: an up and down that is too small to be called oscillation
FAR = 10.0  # times the start, or the losses just before
TINY = 1e-30  # nothing is left to learn: the square of rounding errors


class Verdict(StrEnum):
    """What became of a training run."""

    CONVERGED = "converged"
    CONVERGING = "converging"
    OSCILLATING = "oscillating"
    STUCK = "stuck"
    DIVERGED = "diverged"


def judge(losses: Sequence[float], tolerance: float = 1e-4, promised: Callable[[], float] = lambda: 0.0) -> Verdict:
    """The verdict on a run; `losses` has the loss before the first update, then one after each.

    `promised` gives the fall of the loss that the gradient promises for one more update, the learning rate times the
    square of the gradient's norm; it is asked where the losses alone would say that nothing moves.

    Judged is mostly the window, the second half of the run (three losses at least), by the first of these that holds:

    1. diverged: a loss is not finite.
    2. converged: the last tenth of the run (two losses at least) is below `tolerance` times the first loss, or 1e-30.
    3. The window is still: its losses differ by at most 1e-4 of their size, and by 1e-6 for each update; or they go up
       and down by at most 1e-2 of it. Then oscillating if an update promises more than 1e-2 of it, for the weights are
       thrown from side to side; else converged if the loss has fallen by nine tenths, else stuck.
    4. converging: the window's last losses peak at nine tenths of its first ones or less, or its falls outweigh its
       rises four times, or the last two losses are below `tolerance` times the first; unless the losses leap: those of
       a quarter of the window peak above ten times those of as many updates before it, and `tolerance` times the first.
    5. diverged: the run ends above its first loss, and the rises outweigh the falls four times; or it ends ten times
       above, and the window's first losses peak at nine tenths of its last ones or less.
    6. oscillating: anything else, for it goes up and down and gets no lower, or does not stay there.

    Scaling all losses changes nothing, as long as they stay above 1e-30. Raises UserError without an update.

    >>> judge([0.5**k for k in range(20)])
    <Verdict.CONVERGED: 'converged'>
    >>> judge([0.014, *[0.25 - k * 1e-9 for k in range(100)]])
    <Verdict.STUCK: 'stuck'>
    >>> judge([50.0] * 10, promised=lambda: 200.0)
    <Verdict.OSCILLATING: 'oscillating'>
    """
    if len(losses) < 2:
        raise UserError("a run without an update cannot be judged", remedy="Train for one epoch at least.")
    if not all(math.isfinite(loss) for loss in losses):
        return Verdict.DIVERGED
    scale = max(abs(loss) for loss in losses)
    if _arrived(losses, tolerance):
        return Verdict.CONVERGED
    return _judge_window([loss / scale for loss in losses], tolerance, lambda: promised() / scale)


def _arrived(losses: Sequence[float], tolerance: float) -> bool:
    last_tenth = losses[-max(min(2, len(losses) - 1), len(losses) // 10) :]
    return all(abs(loss) <= max(tolerance * abs(losses[0]), TINY) for loss in last_tenth)


def _judge_window(losses: Sequence[float], tolerance: float, promised: Callable[[], float]) -> Verdict:
    window = losses[-max(3, len(losses) - (len(losses) - 1) // 2) :]
    rises = sum(max(after - before, 0.0) for before, after in pairwise(window))
    falls = sum(max(before - after, 0.0) for before, after in pairwise(window))
    first, last = losses[0], losses[-1]
    if _still(window, rises, falls):
        if promised() > QUIVER * abs(last):
            return Verdict.OSCILLATING
        return Verdict.CONVERGED if first - last >= FALLEN * abs(first) else Verdict.STUCK
    half = len(window) // 2
    before, after = max(window[:half]), max(window[half:])
    arriving = max(losses[-2:]) <= tolerance * abs(first)
    lower = arriving or before - after >= (1 - FALLING) * abs(before) or falls >= MOSTLY * rises
    if lower and not _leaps(losses, len(window) // 4 or 1, tolerance):
        return Verdict.CONVERGING
    rising = rises >= MOSTLY * falls
    growing = after - before >= (1 - FALLING) * abs(after) and last - first >= (FAR - 1) * abs(first)
    return Verdict.DIVERGED if last > first and (rising or growing) else Verdict.OSCILLATING


def _leaps(losses: Sequence[float], size: int, tolerance: float) -> bool:
    """Whether the losses of one of the last four stretches peak by far above those of the stretch before it."""
    ends = range(len(losses), max(0, len(losses) - 5 * size), -size)
    peaks = [max(losses[max(0, end - size) : end]) for end in ends]
    least = tolerance * abs(losses[0])
    return any(after > max(FAR * before, least) and before >= 0 for after, before in pairwise(peaks))


def _still(window: Sequence[float], rises: float, falls: float) -> bool:
    spread = max(window) - min(window)
    level = max(abs(loss) for loss in window)
    directed = max(rises, falls) >= MOSTLY * min(rises, falls)
    allowed = min(STILL, STILL_PER_UPDATE * (len(window) - 1)) if directed else QUIVER
    return spread <= allowed * level
