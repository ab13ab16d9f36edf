"""How the tests of the command line run it: in this process, in an empty folder, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from symprop.cli import main

WITH_ASCII = ("formulas", "train", "sweep", "verify", "demo")
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Result:
    """What a command did: its exit code, and what it wrote to standard output and to standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object that is all of standard output."""
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYMPROP_TRACEBACK", raising=False)

    def command(*arguments: str) -> Result:
        code = main(arguments)
        return Result(code, *capsys.readouterr())

    return command


def in_ascii(run: Run) -> Run:
    """Runs commands with `--ascii`, where they have it: what they print then is easily compared, and Python reads it."""

    def command(*arguments: str) -> Result:
        extra = ["--ascii"] if arguments[:1] and arguments[0] in WITH_ASCII else []
        result: Result = run(*arguments, *extra)
        return result

    return command


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Runs a command that must be refused: exit code 2, one message, no output, no file. Gives the message."""

    def command(*arguments: str) -> str:
        before = sorted(tmp_path.rglob("*"))
        result = run(*arguments)
        assert result.code == 2, result
        assert result.out == ""
        assert "Traceback" not in result.err
        assert result.err.startswith("error: ")
        assert len(result.err.splitlines()) == 1
        assert sorted(tmp_path.rglob("*")) == before
        return result.err

    return command


def process(*arguments: str, environment: Mapping[str, str] | None = None, **options: Any) -> Result:
    """Runs a command as a process of its own."""
    command = [sys.executable, "-m", "symprop", *arguments]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(
        command, env=surroundings, capture_output=True, text=True, check=False, timeout=120, **options
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def symprop(tmp_path: Path) -> Run:
    """Runs a command as a process of its own, in an empty folder."""
    return lambda *arguments, **options: process(*arguments, cwd=tmp_path, **options)
