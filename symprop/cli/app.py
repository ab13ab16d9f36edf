"""The program `symprop`: its commands, and what becomes of whatever goes wrong in one; the commands have their own modules."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from symprop.cli.options import examples as example_lines
from symprop.cli.output import complain, say, show, want_ascii
from symprop.errors import SympropError, UserError, nearest

FINE, BAD_INPUT, INTERNAL, INTERRUPTED, READER_GONE = 0, 2, 3, 130, 141
_EXAMPLES = example_lines("symprop formulas classroom", "symprop formulas --help", "symprop demo")
_COMMANDS = (
    "formulas",
    "export",
    "draw",
    "train",
    "sweep",
    "verify",
    "examples",
    "demo",
)  # each in a module of its name
_PLAIN = {
    "not a valid int": "not a whole number",
    "not a valid float": "not a number",
}  # as Typer says it, as people do
_DECIMAL_COMMA = re.compile(r".*'([+-]?\d*),(\d+)' is not a number.*", re.DOTALL)
# Typer has changed where it takes this class from; what it shows of it has stayed.
_USAGE_ERROR: type[Any] = typer.BadParameter.__bases__[0]


class Commands(TyperGroup):
    """The commands in the order of the list above; an unknown one is answered with the nearest."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            raise UserError(f"unknown command '{cmd_name}'", remedy=nearest(cmd_name, self.commands))
        return super().get_command(ctx, cmd_name)


class Command(TyperCommand):
    """A command that refuses an option which is given twice, where all but the last would be lost."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given: list[Any] = self.make_parser(ctx).parse_args([*args])[2]
        options = [parameter for parameter in given if parameter.param_type_name == "option"]
        once = [option for option in options if not option.multiple and not option.is_flag]
        twice = next((option for option in once if once.count(option) > 1), None)
        if twice is not None:
            raise UserError(
                f"{twice.opts[0]} is given several times", remedy="Give it once, or run the command for each."
            )
        return super().parse_args(ctx, args)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, 1 for a finding, 2 for bad input, 3 for a bug, 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(
            stream, "reconfigure"
        ):  # a console that lacks a letter shows its code instead
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted: the command did not come to its end")
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more as it exits, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception as error:
        return _explain(error, given)


def _run(arguments: list[str]) -> int:
    want_ascii(False)  # unless an option of this command says otherwise
    asked = [name for name in _COMMANDS if [name] == arguments[:1]]
    command = typer.main.get_command(_application(asked or _COMMANDS))
    try:
        with command.make_context("symprop", arguments or ["--help"]) as context:
            code = command.invoke(context)
    except typer.Exit as finished:
        return finished.exit_code
    return code if isinstance(code, int) else FINE


def _application(commands: Sequence[str]) -> typer.Typer:
    """The program with these commands: only the one that is asked for need be imported."""
    app = typer.Typer(
        cls=Commands,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(epilog=_EXAMPLES)(_symprop)
    for name in commands:
        module = import_module(f"symprop.cli.{name}")
        app.command(cls=Command, epilog=module.EXAMPLES)(getattr(module, name))
    return app


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        show(f"symprop {version('symprop')}")
    except PackageNotFoundError:
        show("symprop, not installed: it runs from its source")
    raise typer.Exit


def _symprop(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Turns a neural network into its gradient formulas, writes them up, and trains the network with them.

    A NETWORK is an example's name, a TOML file, or sizes such as 2-3-1.
    """


def _explain(error: Exception, arguments: Sequence[str]) -> int:
    """One message for what went wrong, and its exit code."""
    if isinstance(error, SympropError):
        complain(str(error))
        return error.exit_code
    if isinstance(error, _USAGE_ERROR):
        complain(_usage(error, arguments))
        return BAD_INPUT
    if isinstance(error, OSError):
        complain(f"cannot read or write: {error}")
        return BAD_INPUT
    if isinstance(error, MemoryError | RecursionError):
        lack = "memory" if isinstance(error, MemoryError) else "depth of nesting"
        complain(f"the network is too large: Python has not the {lack} for it. Make it smaller, or use --form index.")
        return BAD_INPUT
    if os.environ.get("SYMPROP_TRACEBACK"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
    complain(f"{what}. This is a bug of symprop: please report it, with what SYMPROP_TRACEBACK=1 adds to this message")
    return INTERNAL


def _usage(error: Any, arguments: Sequence[str]) -> str:
    """What is wrong with a command line, with the nearest option for an unknown one."""
    known = [option for parameter in error.ctx.command.params for option in parameter.opts] if error.ctx else []
    if type(error).__name__ == "NoSuchOption":
        options = [option for option in (*known, "--help") if option.startswith("--")]
        return str(
            UserError(f"unknown option '{error.option_name}'", remedy=_nearest_option(error.option_name, options))
        )
    message = error.format_message().rstrip(".")
    for technical, plain in _PLAIN.items():
        message = message.replace(technical, plain)
    # An option without its argument is complained of by what knows no command.
    command = next((f"symprop {name}" for name in _COMMANDS if [name] == [*arguments[:1]]), "symprop")
    hint = _DECIMAL_COMMA.sub(r"Write \1.\2. ", message) if _DECIMAL_COMMA.search(message) else ""
    return f"{message[:1].lower()}{message[1:]}. {hint}See '{command} --help'."


def _nearest_option(unknown: str, options: Sequence[str]) -> str:
    """The dashes, which all options share, count for nothing."""
    found = get_close_matches(unknown.lstrip("-"), [option.lstrip("-") for option in options], n=1)
    return nearest(f"--{found[0]}" if found else "", options)
