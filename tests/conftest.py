"""What the whole suite shares: the option --no-skips and the Hypothesis profiles; fixtures live beside their tests."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

collect_ignore = ["benchmarks"]  # scripts that measure, not tests

# The same examples on every run, on a machine of any speed; --hypothesis-profile=search looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile("repeatable")

# Many tests start processes; without bytecode on disk each of them would compile the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail the run if any test was skipped")


def pytest_collection_finish() -> None:
    """What was imported stays, so no later collection of garbage has to go through it: some twentieth of the whole time."""
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test has shown nothing, so with --no-skips the run has not passed."""
    if session.config.getoption("--no-skips") and _skipped(session) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped and config.getoption("--no-skips"):
        terminalreporter.write_line(f"--no-skips: {skipped} skipped, so this run has failed", red=True)


def _skipped(session: pytest.Session) -> bool:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return bool(reporter.stats.get("skipped"))
