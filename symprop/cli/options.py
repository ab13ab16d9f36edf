"""The argument and the options that several commands share, with their checks, and the network that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli.output import say, want_ascii
from symprop.errors import UserError
from symprop.files import check_place
from symprop.ir.names import spell
from symprop.notation.packs import PACKS

if TYPE_CHECKING:
    from symprop.face import Derivation, Equations, Network
    from symprop.rules.update_rule import UpdateRule
    from symprop.training.model import Model

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
    str,
    typer.Option(
        "--notation",
        metavar="NAME",
        help="; ".join(f"{pack.name} ({', '.join(pack.shows)})" for pack in PACKS) + ".",
    ),
]


def output_file(what: str) -> Any:
    """The option for the file that a command writes; the help says what it may be."""
    return typer.Option("--output", "-o", metavar="FILE", help=what, show_default=False)


def typed(names: list[str] | None) -> list[str] | None:
    """Names as they are typed, where they were given as formulas show them.

    >>> typed(["φ_h1", "w5"])
    ['phi_h1', 'w5']
    """
    return names and list(map(_typed, names))


def _typed(name: str) -> str:
    return name if name.isascii() else spell(name) or name


Wrt = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt",
        metavar="NAME",
        callback=typed,
        help="The gradient by an input or any other quantity, in the place of all.",
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", help="Chooses the random numbers.")]
DataFile = Annotated[
    str | None,
    typer.Option("--data", metavar="FILE", help="CSV with a header row: input columns, then target columns."),
]
Drawn = Annotated[
    bool, typer.Option("--sample", help="Without data, draw one example at random, to try the training out.")
]
InputColumns = Annotated[
    str | None, typer.Option("--inputs", metavar="NAMES", help="The input columns of --data, such as age,height.")
]
TargetColumns = Annotated[str | None, typer.Option("--targets", metavar="NAMES", help="The target columns of --data.")]
Epochs = Annotated[
    int | None,
    typer.Option("--epochs", metavar="NUMBER", help="How often to go through the examples; else the network file's."),
]
OptimizerName = Annotated[
    str | None, typer.Option("--optimizer", metavar="NAME", help="sgd, momentum, adam, …; else the network file's.")
]
ScheduleName = Annotated[
    str | None,
    typer.Option(
        "--schedule", metavar="NAME", help="Of the learning rate: constant, cosine, …; else the network file's."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=NUMBER", help="A setting of them, such as beta1=0.8 or clip_norm=1; repeatable."
    ),
]
BatchSize = Annotated[
    int | None, typer.Option("--batch-size", metavar="NUMBER", help="The examples of one update; else all of them.")
]
NoShuffle = Annotated[
    bool, typer.Option("--no-shuffle", help="Batches in the order of the examples, not drawn anew for each epoch.")
]
BackEnd = Annotated[
    str | None,
    typer.Option(
        "--backend",
        metavar="NAME",
        help="What computes: numpy, numba, jax or c; else auto, the quickest that is there.",
    ),
]
NumberFormat = Annotated[
    str | None, typer.Option("--dtype", metavar="NAME", help="float64 or float32; with jax also bfloat16.")
]
Devices = Annotated[
    int | None, typer.Option("--devices", metavar="NUMBER", help="Divide each batch over so many devices (jax).")
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say what computes, and in which number format.")]
Plot = Annotated[str | None, typer.Option("--plot", metavar="FILE", help="Draw the training: .png, .svg or .pdf.")]
Ascii = Annotated[
    bool, typer.Option("--ascii", callback=want_ascii, help="Plain ASCII; formulas as Python writes them.")
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="NAME",
        help="Of what is written: en, or a catalogue of your own, a .toml file.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def load_network(name: str, activation: str | None, loss: str | None, no_bias: bool) -> Network | Equations:
    """The network that a command line names; UserError where there is none such."""
    from symprop.face import load

    given: dict[str, Any] = {"activation": activation, "loss": loss, "bias": False if no_bias else None}
    return load(name, **{option: value for option, value in given.items() if value is not None})


# What is no setting of an optimizer or a schedule, but has an option of its own.
_OPTIONS = ("learning_rate", "batch_size", "epochs", "seed", "tolerance", "optimizer", "schedule")


def chosen_rule(
    own: UpdateRule, optimizer: str | None, schedule: str | None, settings: list[str] | None
) -> UpdateRule | None:
    """The network's own rule with what is given in its place; None where nothing is.

    Raises UserError for an unknown name and for a setting that is none, or out of its domain.
    """
    if optimizer is None and schedule is None and not settings:
        return None
    pairs = list(map(_setting, settings or []))
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"--set gives '{twice}' twice", remedy="Give each setting once.")
    other = next((name for name in names if name in _OPTIONS), None)
    if other is not None:
        raise UserError(f"'{other}' is not given by --set", remedy=f"Use --{other.replace('_', '-')}.")
    return own.but(optimizer, schedule, dict(pairs))


def _setting(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    expected = "a name and a number, such as beta1=0.8"
    if not name.strip():
        raise UserError("--set has no name", expected=expected, got=repr(text))
    try:
        return _typed(name.strip()), float(number)
    except ValueError:
        raise UserError("--set has no number", expected=expected, got=repr(text)) from None


def compiled(
    derivation: Derivation, backend: str | None, dtype: str | None, devices: int | None, verbose: bool
) -> Model:
    """The model, by the back end and in the number format that are asked for; says which, and why, if `verbose`.

    Where none is asked for, it is the quickest for what is to be trained; of several devices, jax.
    """
    chosen = "jax" if devices is not None and backend in (None, "auto") else backend or "auto"
    given: dict[str, Any] = {"backend": chosen, "dtype": dtype, "devices": devices}
    model = derivation.compile(**{name: value for name, value in given.items() if value is not None})
    if verbose:
        model.tell(lambda choice: say(f"back end {choice.backend.name}, {choice.why}; numbers are {model.dtype}"))
    return model


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


def checked_language(language: str | None, *files: str | None) -> str:
    """The language of the files; refused where there are none, or where it cannot be had, before the work is done."""
    from symprop.prose import ENGLISH, prose

    if language is None:
        return ENGLISH
    if not any(files):
        what = "--language goes with what is written, and nothing is"
        raise UserError(what, remedy="Leave it out, or give a file: --plot.")
    prose(language)
    return language


def examples(*lines: str) -> str:
    """The examples below a command's help, each on a line of its own.

    >>> examples("symprop examples")
    '\\x08\\nExample:\\n  symprop examples'
    """
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n  ".join([f"\b\n{title}", *lines])
