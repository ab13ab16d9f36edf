"""The command `train`: trains a network with its own gradients and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli.options import Activation, Json, Loss, NetworkName, NoBias, Seed, examples, load_network
from symprop.cli.output import number, say, show, show_json, table
from symprop.cli.training_data import DataFile, InputColumns, TargetColumns, check_folder, training_data

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.training.model import History

EXAMPLES = examples(
    "symprop train classroom --learning-rate 0.5 --epochs 100",
    "symprop train 2-3-1 --data points.csv --tolerance 1e-6 --save trained.toml --plot loss.png",
)
DIVERGED = 1
MOST_SHOWN = 40  # parameters


def train(
    network: NetworkName,
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", metavar="NUMBER", help="How far to step; else the network file's."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", metavar="NUMBER", help="The number of updates; else the network file's.")
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance", metavar="NUMBER", help="Stop when the loss changes by no more than this part of it."
        ),
    ] = None,
    data: DataFile = None,
    inputs: InputColumns = None,
    targets: TargetColumns = None,
    seed: Seed = None,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="Draw the loss: .png, .svg or .pdf.")
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="FILE", help="Save the parameters: .toml, .json or .npz.")
    ] = None,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> int:
    """Train with the derived gradients.

    By gradient descent on all examples together; all parameters are updated at once.
    """
    _check_files(plot, save)
    derivation = load_network(network, activation, loss, no_bias).derive()
    examples = training_data(derivation, data, inputs, targets)
    settings = _settings(derivation, learning_rate=learning_rate, epochs=epochs, tolerance=tolerance, seed=seed)
    start, history = _fit(derivation, examples, settings)
    _write(derivation, history, plot, save)
    if json:
        show_json(_content(derivation, history))
    else:
        show(summary(derivation, settings["learning_rate"], start, history))
        for file in filter(None, (save, plot)):
            show(f"wrote {file}")
    if history.stopped != "diverged":
        return 0
    say(f"diverged: the loss or a parameter was not finite after update {history.diverged_at}, which is undone")
    return DIVERGED


def _check_files(plot: str | None, save: str | None) -> None:
    """Refuses what could not be written, before the training that would be lost."""
    if plot is not None:
        from symprop.training.plots import check_suffix

        check_suffix(plot)
    if save is not None:
        from symprop.training.checkpoint import writer

        writer(save)
    check_folder(plot)
    check_folder(save)


def _settings(derivation: Derivation, **given: Any) -> dict[str, Any]:
    """Each setting as the command line gives it, else as the network's file does."""
    training = derivation.spec.training
    return {name: getattr(training, name) if value is None else value for name, value in given.items()}


def _fit(derivation: Derivation, examples: tuple[Any, Any], settings: Mapping[str, Any]) -> tuple[Any, History]:
    """The starting parameters, and the run."""
    from symprop.training.progress import progress

    model = derivation.compile()
    start = model.start(settings["seed"])
    with progress(settings["epochs"]) as report:
        return start, model.fit(*examples, **settings, parameters=start, progress=report)


def _write(derivation: Derivation, history: History, plot: str | None, save: str | None) -> None:
    if save is not None:
        from symprop.training.checkpoint import save as save_parameters

        save_parameters(save, history.parameters)
    if plot is not None:
        from symprop.training.plots import loss_curve

        loss_curve(history.losses, plot, derivation.spec.name)


def _content(derivation: Derivation, history: History) -> dict[str, Any]:
    return {
        "loss": history.losses,
        "parameters": by_element(derivation, history.parameters),
        "epochs": history.epochs,
        "stopped": history.stopped,
    }


def by_element(derivation: Derivation, parameters: Mapping[str, Any]) -> dict[str, float]:
    """Parameters by the names of their elements, as numbers."""
    tensors = derivation.core.forward.tensors
    return {
        name: float(value)
        for tensor, array in parameters.items()
        for name, value in zip(derivation.scalars.identifiers(tensors[tensor]), array.ravel().tolist(), strict=True)
    }


def summary(derivation: Derivation, rate: float, start: Mapping[str, Any], history: History) -> str:
    """A run in a few lines, with the parameters before and after where they are not too many."""
    count = history.epochs
    why = {"epochs": "", "converged": ", until the loss settled", "diverged": ", until it diverged"}[history.stopped]
    updates = f"{count:,} update{'' if count == 1 else 's'}"
    lines = [
        f"{derivation.spec.name}: {updates} at learning rate {rate:g}{why}",
        f"loss before: {number(history.losses[0])}",
        f"loss after:  {number(history.losses[-1])}",
    ]
    before, after = by_element(derivation, start), by_element(derivation, history.parameters)
    if len(after) <= MOST_SHOWN:
        rows = [[name, number(before[name]), number(after[name])] for name in after]
        lines += ["", table(["Parameter", "Before", "After"], rows, [False, True, True])]
    return "\n".join(lines)
