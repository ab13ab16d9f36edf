"""A progress bar for long runs, on a terminal only; it counts and knows nothing of what is counted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Report = Callable[..., None]  # of how much is done, and of the loss there, if there is one

DELAY = 1.0  # seconds until a bar may appear, and that must then be left to go
INTERVAL = 0.1  # seconds between two looks at the bar


@contextmanager
def progress(total: int, title: str = "training") -> Iterator[Report]:
    """Gives what a long run calls after each of its `total` parts, with how many are done and, in training, the loss.

    A bar appears on standard error when that is a terminal, after a second, if at this pace another one is left; it
    vanishes at the end. A short run therefore never imports rich. NO_COLOR is honoured.

    >>> with progress(total=3) as report:
    ...     for update in (1, 2, 3):
    ...         report(update, 0.5)
    """
    if not _on_terminal():
        yield _ignore
        return
    bar = _Bar(total, title)
    try:
        yield bar.report
    finally:
        bar.close()


def _on_terminal() -> bool:
    stream = sys.stderr  # None in a process without a console
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _ignore(done: int, loss: float | None = None) -> None:
    """Report to nobody."""


class _Bar:
    """A bar that shows itself once the run turns out to be long."""

    def __init__(self, total: int, title: str) -> None:
        self._total, self._title, self._start = total, title, monotonic()
        self._next_look = self._start + DELAY
        self._shown: Progress | None = None

    def report(self, done: int, loss: float | None = None) -> None:
        now = monotonic()
        if now < self._next_look:  # nearly always, so that a fast loop stays fast
            return
        self._next_look = now + INTERVAL
        left = (now - self._start) / max(done, 1) * (self._total - done)
        if self._shown is None and left >= DELAY:
            self._shown = _show(self._total, self._title)
        if self._shown is not None:
            note = "" if loss is None else f"loss {loss:.4g}"
            self._shown.update(self._shown.task_ids[0], completed=min(done, self._total), note=note, refresh=True)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def _show(total: int, title: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"), TimeRemainingColumn())
    # Refreshed by the loop itself: a thread of its own would take turns with it.
    bar = Progress(
        TextColumn("{task.description}"), *columns, console=Console(stderr=True), auto_refresh=False, transient=True,
        redirect_stdout=False,
    )  # fmt: skip
    bar.add_task(title, total=total, note="")
    bar.start()
    return bar
