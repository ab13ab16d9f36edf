"""The argument and the options that several commands share, with their checks, and the network that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.errors import UserError
from symprop.files import check_name

if TYPE_CHECKING:
    from symprop.face import Equations, Network

NetworkName = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK", help="An example's name, a TOML file, or sizes such as 2-3-1.", show_default=False
    ),
]
Activation = Annotated[
    str | None, typer.Option("--activation", metavar="NAME", help="Of every layer, for sizes such as 2-3-1.")
]
Loss = Annotated[str | None, typer.Option("--loss", metavar="NAME", help="The loss, for sizes such as 2-3-1.")]
NoBias = Annotated[bool, typer.Option("--no-bias", help="No biases, for sizes such as 2-3-1.")]
Notation = Annotated[
    str, typer.Option("--notation", metavar="NAME", help="classroom (w5, h1, a_h1) or textbook (w2_1_1, z1_1, a1_1).")
]
Wrt = Annotated[
    list[str] | None,
    typer.Option("--wrt", metavar="NAME", help="The gradient by an input or any other quantity, in the place of all."),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", help="Chooses the random numbers.")]
DataFile = Annotated[
    str | None,
    typer.Option("--data", metavar="FILE", help="CSV with a header row: input columns, then target columns."),
]
InputColumns = Annotated[
    str | None, typer.Option("--inputs", metavar="NAMES", help="The input columns of --data, such as age,height.")
]
TargetColumns = Annotated[str | None, typer.Option("--targets", metavar="NAMES", help="The target columns of --data.")]
Epochs = Annotated[
    int | None, typer.Option("--epochs", metavar="NUMBER", help="The number of updates; else the network file's.")
]
Plot = Annotated[str | None, typer.Option("--plot", metavar="FILE", help="Draw the losses: .png, .svg or .pdf.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def load_network(name: str, activation: str | None, loss: str | None, no_bias: bool) -> Network | Equations:
    """The network that a command line names; UserError where there is none such."""
    from symprop.face import load

    given: dict[str, Any] = {"activation": activation, "loss": loss, "bias": False if no_bias else None}
    return load(name, **{option: value for option, value in given.items() if value is not None})


def only_one(option: str, given: list[str] | None) -> str | None:
    """What an option was given, which takes one name; UserError where it was given several, of which one would be lost."""
    if given and len(given) > 1:
        remedy = "Run the command once for each."
        raise UserError(f"{option} is given several times", expected="one name", got=", ".join(given), remedy=remedy)
    return given[0] if given else None


def check_plot(path: str | None) -> None:
    """Refuses a picture that could not be drawn or written, before the work is done that it is to show."""
    if path is not None:
        from symprop.training.plots import check_suffix

        check_suffix(path)
        check_place(path)


def check_place(path: str) -> None:
    """Refuses a file that could not be written where it is to lie, before the work is done that it is to hold."""
    check_name(path)
    if Path(path).is_dir():
        raise UserError("cannot write a file here: it is a directory", where=path, remedy="Give a file name.")
    if not Path(path).parent.is_dir():
        raise UserError("cannot write the file: there is no such folder", where=path, remedy="Make the folder first.")


def examples(*lines: str) -> str:
    """The examples below a command's help, each on a line of its own.

    >>> examples("symprop examples")
    '\\x08\\nExample:\\n  symprop examples'
    """
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n  ".join([f"\b\n{title}", *lines])
