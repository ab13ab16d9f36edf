"""A progress bar for long runs, on a terminal only; it counts updates and knows nothing of the training."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Report = Callable[[int, float], None]

DELAY = 1.0  # seconds until a bar may appear, and that must then be left to go
INTERVAL = 0.1  # seconds between two looks at the bar


@contextmanager
def progress(total: int, enabled: bool = True) -> Iterator[Report]:
    """Gives what a training loop calls after each update, with how many there were and the loss.

    A bar appears on standard error when that is a terminal, after a second, if at this pace another one is left; it
    vanishes at the end. A short run therefore never imports rich. NO_COLOR is honoured.

    >>> with progress(total=3) as report:
    ...     for update in (1, 2, 3):
    ...         report(update, 0.5)
    """
    if not (enabled and _on_terminal()):
        yield _ignore
        return
    bar = _Bar(total)
    try:
        yield bar.report
    finally:
        bar.close()


def _on_terminal() -> bool:
    stream = sys.stderr  # None in a process without a console
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _ignore(updates: int, loss: float) -> None:
    """Report to nobody."""


class _Bar:
    """A bar that shows itself once the run turns out to be long."""

    def __init__(self, total: int) -> None:
        self._total, self._start = total, monotonic()
        self._next_look = self._start + DELAY
        self._shown: Progress | None = None

    def report(self, updates: int, loss: float) -> None:
        now = monotonic()
        if now < self._next_look:  # nearly always, so that a fast loop stays fast
            return
        self._next_look = now + INTERVAL
        left = (now - self._start) / max(updates, 1) * (self._total - updates)
        if self._shown is None and left >= DELAY:
            self._shown = _show(self._total)
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=updates, loss=f"{loss:.4g}", refresh=True)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def _show(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"), TimeRemainingColumn())
    # Refreshed by the loop itself: a thread of its own would take turns with it.
    bar = Progress(
        TextColumn("training"), *columns, console=Console(stderr=True), auto_refresh=False, transient=True,
        redirect_stdout=False,
    )  # fmt: skip
    bar.add_task("training", total=total, loss="")
    bar.start()
    return bar
