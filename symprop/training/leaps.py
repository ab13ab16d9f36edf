"""Where the losses of a run leap up on the way, and what that says about their last digits; `verdict` judges the run.

The limit behind it is `curvature`'s: beyond it an update multiplies what parameters are off, rounding errors among it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symprop.network import Training
from symprop.prose import Prose, Value
from symprop.prose.text import Text
from symprop.rules.update_rule import UpdateRule
from symprop.training.saturation import Figures, in_figures
from symprop.training.verdict import FAR

LEAST = 1e-4  # of the first loss: leaps below it are among what is next to nothing


@dataclass(frozen=True)
class Leap:
    """A climb of the loss by a factor of ten or more, with the updates after which it begins and ends."""

    start: int
    low: float
    end: int
    high: float


def leaps(losses: Sequence[float]) -> list[Leap]:
    """The climbs of a run, in order; the start of the run, which may throw it far, begins none.

    Losses that are not above 0 have no factor between them, and end the search.

    >>> leaps([1, 0.5, 0.01, 2, 0.3, 0.4, 0.02, 0.5])
    [Leap(start=2, low=0.01, end=3, high=2), Leap(start=6, low=0.02, end=7, high=0.5)]
    """
    found: list[Leap] = []
    low = high = 0  # the places of the lowest loss since the last leap, and of the highest of the leap that goes on
    for place, loss in enumerate(losses):
        if loss <= 0:
            break
        if high > low:
            high = place if loss > losses[high] else high
            if loss * FAR > losses[high]:
                continue
            found.append(Leap(low, losses[low], high, losses[high]))
            low = high = place
        elif loss < losses[low]:
            low = high = place
        elif loss >= FAR * losses[low]:
            high = place
    if high > low:
        found.append(Leap(low, losses[low], high, losses[high]))
    return [leap for leap in found if leap.start > 0 and leap.high > LEAST * losses[0]]


def told(losses: Sequence[float], settings: Training, words: Prose, number: Figures = in_figures) -> Text:
    """One sentence on the leaps of a run, and one on what follows from them; nothing where there are none.

    Nothing is said of runs in batches, whose losses are those of other examples each time, nor of other rules than plain
    gradient descent, whose losses swing as they fall.
    """
    found = leaps(losses) if settings.update == UpdateRule() and settings.batch_size is None else []
    if not found:
        return ()
    most = max(found, key=lambda leap: leap.high / leap.low)
    values: dict[str, Value] = {"start": f"{most.start:,}", "end": f"{most.end:,}"}
    values |= {"low": number(most.low, 3), "high": number(most.high, 3)}
    return words.sentences_of(words.counted("reason.leaps", len(found), **values), words.say("reason.leaps_why"))
