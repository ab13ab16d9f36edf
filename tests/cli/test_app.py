"""The program as a whole: help, typing errors, exit codes, what goes to which stream, interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.cli import app

Run = Callable[..., Any]
COMMANDS = ["formulas", "export", "draw", "train", "sweep", "verify", "examples", "demo"]


def test_without_arguments_it_prints_its_help(run: Run) -> None:
    result = run()
    assert (result.code, result.err) == (0, "")
    assert result.out == run("--help").out
    assert [line.split()[0] for line in result.out.split("Commands:\n")[1].splitlines()[: len(COMMANDS)]] == COMMANDS
    assert "..." not in result.out.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_help_has_an_example(run: Run, command: str, option: str) -> None:
    result = run(command, option)
    assert result.code == 0
    assert f"\n    symprop {command}" in result.out
    assert "--json" in result.out
    assert "\b" not in result.out


def test_version(run: Run) -> None:
    result = run("--version")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("symprop")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("formlas",), "unknown command 'formlas'. Did you mean 'formulas'?"),
        (("quux",), "unknown command 'quux'. Known: demo, draw, examples, export, formulas, sweep, train, verify."),
        (("formulas", "classroom", "--wtr", "w5"), "unknown option '--wtr'. Did you mean '--wrt'?"),
        (
            ("train", "classroom", "--learning-rat", "1"),
            "unknown option '--learning-rat'. Did you mean '--learning-rate'?",
        ),
        (("--jsn",), "unknown option '--jsn'. Known: --help, --version."),
        (("formulas", "clasroom"), "Did you mean 'classroom'?"),
        (("formulas",), "missing argument 'NETWORK'. See 'symprop formulas --help'."),
        (("formulas", "classroom", "w5"), "unexpected extra argument"),
        (("formulas", "classroom", "--wrt"), "option '--wrt' requires an argument"),
        (("formulas", "2-3-1", "--activation", "sigmod"), "unknown activation 'sigmod'. Did you mean 'sigmoid'?"),
        (("formulas", "2-3-1", "--loss", "hubber"), "unknown loss 'hubber'. Did you mean 'huber'?"),
        (("formulas", "classroom", "--no-bias"), "the bias of 'classroom' stands in its file"),
        (("formulas", "0-2"), "a layer needs at least one unit"),
        (("formulas", "-3-2"), "unknown option"),
        (("formulas", "2-3-"), "a size is missing beside a dash"),
        (("formulas", "2"), "a network needs inputs and at least one layer"),
        (("formulas", "2-99999999999999999999"), "a layer is too large (expected at most 1,000,000 units"),
        (("formulas", "99999-99999"), "about 80.0 GB in float64"),
        (("formulas", ""), "no such file"),
        (("formulas", "none.toml"), "none.toml: no such file"),
        (("formulas", "."), "this is a directory"),
        (("formulas", "a\nb\x1b[31m"), r"'a\nb\x1b[31m': no such file"),
    ],
)
def test_bad_command_lines(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused(*arguments)
    if arguments[0] in COMMANDS:
        assert message in refused(*arguments, "--json") or "requires an argument" in message


def test_a_bug_is_told_from_bad_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("symprop.face.load", broken)
    result = run("formulas", "classroom")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("error: ZeroDivisionError: division by zero (test_app.py:")
    assert "bug of symprop" in result.err
    assert len(result.err.splitlines()) == 1
    monkeypatch.setenv("SYMPROP_TRACEBACK", "1")
    assert "Traceback" in run("formulas", "classroom").err


@pytest.mark.parametrize(("error", "part"), [(MemoryError(), "memory"), (RecursionError(), "nesting")])
def test_what_is_too_much_for_python(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, part: str) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("symprop.face.load", broken)
    result = run("formulas", "classroom")
    assert result.code == 2
    assert part in result.err


def test_ctrl_c_ends_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symprop.face.load", interrupted)
    result = run("formulas", "classroom")
    assert (result.code, result.out, result.err) == (130, "", "interrupted: the command did not come to its end\n")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("draw", "classroom", "-o", "x.svg", "--highlight", "w1", "--highlight", "w8"), "--highlight"),
        (("export", "classroom", "-o", "a.md", "--output", "b.md"), "--output"),
        (("train", "classroom", "--epochs=1", "--epochs", "2"), "--epochs"),
    ],
)
def test_an_option_that_is_given_twice(refused: Run, arguments: tuple[str, ...], option: str) -> None:
    assert f"{option} is given several times. Give it once" in refused(*arguments)


def test_options_that_may_be_given_twice(run: Run) -> None:
    assert run("export", "2-1", "-o", "x.tex", "--wrt", "w1", "--wrt", "w2", "--json", "--json").json["file"] == "x.tex"


def test_ctrl_c_while_modules_are_imported_ends_quietly(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(60)\n")
    paths = f"{tmp_path}{os.pathsep}{environment['PYTHONPATH']}"
    with subprocess.Popen(
        interruptible(command_line("formulas", "classroom")),
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 130


def test_the_guard_leaves_ctrl_c_as_it_was() -> None:
    script = (
        "import signal; from symprop.cli import main; main(['--version']); "
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler; "
        "signal.signal(signal.SIGINT, signal.SIG_IGN); main(['--version']); "
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    subprocess.run(interruptible([sys.executable, "-c", script]), check=True, capture_output=True)


class Terminal:
    """A command whose standard error is a terminal."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._ours, theirs = os.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            interruptible(command),
            cwd=folder,
            env={**environment, "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)

    def wait_for(self, text: str) -> None:
        """Reads on until the text has appeared; fails when the command ends before."""
        while text not in self.shown:
            assert self._read(), self.shown

    def _read(self) -> bool:
        try:
            found = os.read(self._ours, 10_000).decode()
        except OSError:  # how Linux reports that nobody will write any more
            return False
        self.shown += found
        return bool(found)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        while self._read():
            pass
        os.close(self._ours)


def interruptible(command: list[str]) -> list[str]:
    """The command with Ctrl-C as usual: in a background job it may be ignored.

    Not by `preexec_fn`, which forks: JAX, which other tests import, warns of that.
    """
    script = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", script, *command]


def command_line(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "symprop", *arguments]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    root = Path(app.__file__).parents[2]
    return {**os.environ, "PYTHONPATH": str(root)}


def test_ctrl_c_in_training_keeps_what_was_reached(tmp_path: Path, environment: dict[str, str]) -> None:
    command = command_line(
        "train", "classroom", "--epochs", "10000000", "--backend", "numpy", "--save", "w.toml", "--json"
    )
    with Terminal(command, tmp_path, environment) as terminal:
        terminal.wait_for("/10000000")  # the bar, so the training is on its way
        terminal.process.send_signal(signal.SIGINT)
        out = terminal.process.communicate(timeout=60)[0]
    content = json.loads(out)
    assert terminal.process.returncode == 130
    assert content["stopped"] == "interrupted"
    assert 0 < content["epochs"] == len(content["loss"]) - 1 < 10_000_000
    assert f"interrupted after update {content['epochs']:,}; the parameters are those after it" in terminal.shown
    assert [path.name for path in tmp_path.iterdir()] == ["w.toml"]
    saved = tomllib.loads((tmp_path / "w.toml").read_text(encoding="utf-8"))["values"]
    assert [number for row in saved["W1"] + saved["W2"] for number in row] == [*content["parameters"].values()]


@pytest.mark.parametrize(("command", "bar"), [("sweep", "training at 9 rates"), ("verify", "verifying")])
def test_ctrl_c_in_a_long_run(tmp_path: Path, environment: dict[str, str], command: str, bar: str) -> None:
    long = {
        "sweep": ["classroom", "--epochs", "1000000", "--backend", "numpy"],
        "verify": ["8-8-8", "--points", "1000"],
    }[command]
    with Terminal(command_line(command, *long, "--json"), tmp_path, environment) as terminal:
        terminal.wait_for(bar)
        terminal.process.send_signal(signal.SIGINT)
        out = terminal.process.communicate(timeout=60)[0]
    assert (terminal.process.returncode, out) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early(tmp_path: Path, environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        command_line("formulas", "8-8-8-8-8", "--form", "scalar"),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), err) == (141, b"")


def test_a_full_device(tmp_path: Path, environment: dict[str, str]) -> None:
    if not Path("/dev/full").exists():
        return
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command_line("examples"),
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot read or write: ")
    assert "Traceback" not in done.stderr


def test_as_a_process(symprop: Run, tmp_path: Path) -> None:
    good = symprop("formulas", "classroom", "--json")
    assert (good.code, good.err) == (0, "")
    assert json.loads(good.out)["network"] == "classroom"
    bad = symprop("formulas", "clasroom")
    assert (bad.code, bad.out) == (2, "")
    assert len(bad.err.splitlines()) == 1
    exported = symprop("export", "classroom", "-o", "x.md")
    assert (exported.code, exported.out) == (0, "wrote x.md and x.network.svg\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.md", "x.network.svg"]


def test_output_that_lacks_letters(symprop: Run) -> None:
    result = symprop("sweep", "classroom", "--learning-rates", "1000", environment={"PYTHONIOENCODING": "ascii"})
    assert (result.code, result.err) == (0, "")
    assert "the factor da_o1/do1 = a_o1*(1 - a_o1)" in result.out
    assert result.out.isascii()


@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR"])
def test_no_colour_outside_a_terminal(symprop: Run, name: str) -> None:
    for arguments in (("formulas", "classroom"), ("--help",), ("formlas",), ("train", "classroom")):
        result = symprop(*arguments, environment={name: "1"})
        assert "\x1b" not in result.out + result.err


def test_no_heavy_import(tmp_path: Path, environment: dict[str, str]) -> None:
    heavy = {"numpy", "jinja2", "matplotlib", "rich", "pydantic", "click"}
    script = "import sys; from symprop.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    for arguments in (
        ["--help"],
        ["formulas", "classroom", "--wrt", "w1", "--numbers"],
        ["formulas", "3-2", "--json"],
        ["formlas"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert heavy & set(done.stderr.split()) == set(), arguments
    assert "symprop.face" not in done.stderr.split()
