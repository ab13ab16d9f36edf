"""The entry of the command line, which stands ready for Ctrl-C before anything large is imported; commands are `app`'s affair.

The commands parse, call the library and print; each has a module, and nothing is worked out here.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from types import FrameType

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, as `app.main` does; Ctrl-C ends it without a word, even while its modules are imported."""
    # Within an import, an exception could be taken for a missing module, or be reported and forgotten.
    guarded = signal.getsignal(signal.SIGINT) is signal.default_int_handler and _answer(_leave)
    try:
        from symprop.cli.app import main as run

        if guarded:
            _answer(signal.default_int_handler)
        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)  # nothing is open yet that would have to be closed


def _answer(handler: Callable[[int, FrameType | None], object]) -> bool:
    """Lets a handler answer Ctrl-C, and says whether that could be done: Python lets only the main thread choose one."""
    try:
        signal.signal(signal.SIGINT, handler)
    except ValueError:
        return False
    return True
