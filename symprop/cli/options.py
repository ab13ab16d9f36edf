"""The argument and the options that several commands share, and the network that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

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
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", help="Chooses the random numbers.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def load_network(name: str, activation: str | None, loss: str | None, no_bias: bool) -> Network | Equations:
    """The network that a command line names; UserError where there is none such."""
    from symprop.face import load

    given: dict[str, Any] = {"activation": activation, "loss": loss, "bias": False if no_bias else None}
    return load(name, **{option: value for option, value in given.items() if value is not None})


def examples(*lines: str) -> str:
    """The examples below a command's help, each on a line of its own.

    >>> examples("symprop examples")
    '\\x08\\nExample:\\n  symprop examples'
    """
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n  ".join([f"\b\n{title}", *lines])
