"""The progress bar: when it shows, where, and that a short run does not even import what draws it."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr

import pytest

from symprop.cli import progress as module
from symprop.cli.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Time that passes only when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return Terminal()


def run(clock: Clock, stream: io.StringIO | None, pace: float, total: int, updates: int = 0) -> None:
    """A run that takes `pace` seconds for each update, with `stream` as standard error."""
    with redirect_stderr(stream), progress(total) as report:
        for update in range(1, (updates or total) + 1):
            clock.now += pace
            report(update, 1 / update)


def test_a_long_run_shows_count_and_loss_and_cleans_up(clock: Clock, terminal: Terminal) -> None:
    run(clock, terminal, 0.25, total=40)
    shown = terminal.getvalue()
    assert " 4/40" not in shown.split("\x1b[?25l")[0]
    assert "20/40" in shown
    assert "loss 0.05" in shown
    assert "\x1b[?25h" in shown  # the cursor is back


def test_it_shows_only_after_a_second(clock: Clock, terminal: Terminal) -> None:
    run(clock, terminal, 0.24, total=40, updates=4)
    assert terminal.getvalue() == ""
    run(clock, terminal, 0.26, total=40, updates=4)
    assert "4/40" in terminal.getvalue()


def test_it_does_not_show_when_the_end_is_near(clock: Clock, terminal: Terminal) -> None:
    run(clock, terminal, 0.3, total=6)
    assert terminal.getvalue() == ""


def test_it_looks_seldom(clock: Clock, terminal: Terminal) -> None:
    run(clock, terminal, 0.001, total=5000)
    assert terminal.getvalue().count("/5000") <= 45


def test_it_has_a_title_and_no_loss_where_there_is_none(clock: Clock, terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress(7, "verifying") as report:
        for done in range(1, 9):  # one more than was thought
            clock.now += 0.9
            report(done)
    shown = terminal.getvalue()
    assert "verifying" in shown
    assert "loss" not in shown
    assert "7/7" in shown
    assert "8/7" not in shown


def test_no_color_is_honoured(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    run(clock, terminal, 0.25, total=40)
    assert "\x1b[38;" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.truncate(0)
    run(clock, terminal, 0.25, total=40)
    assert "20/40" in terminal.getvalue()
    assert "\x1b[38;" not in terminal.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nothing_is_shown_off_a_terminal(clock: Clock, stream: io.StringIO | None) -> None:
    run(clock, stream, 0.25, total=40)
    assert stream is None or stream.getvalue() == ""


def test_a_dumb_terminal_gets_no_bar(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    run(clock, terminal, 0.25, total=40)
    assert terminal.getvalue() == ""


def test_the_bar_goes_when_the_run_fails(clock: Clock, terminal: Terminal) -> None:
    def interrupted() -> None:
        with redirect_stderr(terminal), progress(40) as report:
            for update in range(1, 10):
                clock.now += 0.5
                report(update, 0.1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex("\x1b[?25l")


SHORT_RUN = """
import io, sys
class Terminal(io.StringIO):
    def isatty(self): return True
sys.stderr = Terminal()
from symprop.cli.progress import progress
with progress(1000) as report:
    for update in range(1, 1001):
        report(update, 0.5)
print([name for name in sys.modules if name.split(".")[0] == "rich"])
"""


def test_a_short_run_does_not_import_rich() -> None:
    done = subprocess.run([sys.executable, "-c", SHORT_RUN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
