"""Ctrl-C in a run that ends in good order: the first is noted, the second ends it, and what ignored it goes on to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from symprop.cli.interruption import interruption


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    """Python's own, which a test run in the background lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_is_noted_and_the_second_ends_the_run() -> None:
    def run() -> None:
        with interruption() as interrupted:
            assert not interrupted()
            signal.raise_signal(signal.SIGINT)
            assert interrupted()
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_afterwards_all_is_as_before() -> None:
    with interruption():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def other(*arguments: Any) -> None:
    """Somebody else's handler."""


@pytest.mark.parametrize("handler", [signal.SIG_IGN, other])
def test_what_others_have_chosen_stays(handler: Any) -> None:
    signal.signal(signal.SIGINT, handler)
    with interruption() as interrupted:
        assert signal.getsignal(signal.SIGINT) is handler
        signal.raise_signal(signal.SIGINT)
        assert not interrupted()
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_thread_leaves_it_alone() -> None:
    found: list[bool] = []

    def run() -> None:
        with interruption() as interrupted:
            found.append(interrupted())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [False]
