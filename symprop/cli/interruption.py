"""Ctrl-C in a run that is to end in good order; everywhere else it ends the program at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Gives what says whether Ctrl-C was pressed; a second one ends the program as ever.

    Where Ctrl-C is ignored, as in a background job, or another's affair, it stays so.

    >>> with interruption() as interrupted:
    ...     interrupted()
    False
    """
    pressed = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    # Python lets only the main thread choose a handler.
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
