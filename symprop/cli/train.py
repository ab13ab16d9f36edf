"""The command `train`: trains a network with its own gradients and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli.interruption import interruption
from symprop.cli.options import (
    Activation,
    Ascii,
    BackEnd,
    BatchSize,
    DataFile,
    Devices,
    Drawn,
    Epochs,
    InputColumns,
    Json,
    Language,
    Loss,
    NetworkName,
    NoBias,
    NoShuffle,
    NumberFormat,
    OptimizerName,
    Plot,
    ScheduleName,
    Seed,
    Settings,
    TargetColumns,
    Verbose,
    check_plot,
    checked_language,
    chosen_rule,
    compiled,
    examples,
    load_network,
)
from symprop.cli.output import say, show, show_json
from symprop.cli.progress import progress
from symprop.cli.trained import by_element, is_in_batches, remarks, summary
from symprop.cli.training_data import Rows, count, note_idle, training_data
from symprop.files import check_place

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.network import Training
    from symprop.training.model import History, Model
    from symprop.training.trace import Trace, Tracer

EXAMPLES = examples(
    "symprop train classroom --learning-rate 0.5 --epochs 100",
    "symprop train xor --optimizer adam --learning-rate 0.05 --schedule cosine --batch-size 2",
    "symprop train 2-3-1 --data points.csv --tolerance 1e-6 --save trained.toml --plot loss.png",
)
DIVERGED, INTERRUPTED = 1, 130


LearningRate = Annotated[
    float | None,
    typer.Option("--learning-rate", metavar="NUMBER", help="How far to step; else the network file's."),
]
Tolerance = Annotated[
    float | None,
    typer.Option("--tolerance", metavar="NUMBER", help="Stop when the loss changes by no more than this part of it."),
]
Save = Annotated[
    str | None,
    typer.Option("--save", metavar="FILE", help="Save the parameters: .toml (a network file), .json or .npz."),
]


def train(
    network: NetworkName,
    learning_rate: LearningRate = None,
    epochs: Epochs = None,
    tolerance: Tolerance = None,
    optimizer: OptimizerName = None,
    schedule: ScheduleName = None,
    settings: Settings = None,
    batch_size: BatchSize = None,
    no_shuffle: NoShuffle = False,
    data: DataFile = None,
    sample: Drawn = False,
    inputs: InputColumns = None,
    targets: TargetColumns = None,
    seed: Seed = None,
    backend: BackEnd = None,
    dtype: NumberFormat = None,
    plot: Plot = None,
    language: Language = None,
    save: Save = None,
    ascii_only: Ascii = False,
    json: Json = False,
    devices: Devices = None,
    verbose: Verbose = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> int:
    """Train with the derived gradients.

    By gradient descent, or another optimizer, on all examples together or in batches; all parameters are updated at once.
    Ctrl-C stops the training, not the command: the parameters so far are printed, and saved.
    """
    check_plot(plot)
    said = checked_language(language, plot)
    _check_save(save)
    derivation = load_network(network, activation, loss, no_bias).derive()
    own = derivation.spec.training
    given: dict[str, Any] = {"learning_rate": learning_rate, "epochs": epochs, "tolerance": tolerance, "seed": seed}
    given |= {"batch_size": batch_size, "shuffle": False if no_shuffle else None}
    given["update"] = chosen_rule(own.update, optimizer, schedule, settings)
    run = own.but(**given)
    declared = _declared(network, derivation, run, given) if save else {}
    rows = training_data(derivation, data, inputs, targets, draw=sample)
    note_idle(derivation)
    model = compiled(derivation, backend, dtype, devices, verbose)
    return _finish(derivation, model, run, rows, plot, said, save, declared, json=json)


def _finish(
    derivation: Derivation,
    model: Model,
    settings: Training,
    rows: tuple[Rows, Rows],
    plot: str | None,
    language: str,
    save: str | None,
    declared: Mapping[str, Any],
    *,
    json: bool,
) -> int:
    """Trains, saves, prints and draws, in this order, since drawing may take long; gives the exit code."""
    start = model.start(settings.seed)
    tracer = None if plot is None else _tracer(model, rows)
    history = _fit(model, start, rows, settings, tracer)
    if save is not None:
        from symprop.training.checkpoint import save as save_parameters

        save_parameters(save, history.parameters, declared)
    try:
        told = "" if json else summary(derivation, model, settings, start, history, rows)
    except KeyboardInterrupt:
        if save is not None:
            say(f"wrote {save}")
        raise
    if json:
        show_json(_content(derivation, history))
    else:
        show("\n".join([told, *([f"wrote {save}"] if save else [])]))
    if plot is not None and tracer is not None:
        trace = tracer.trace(history.updates, history.parameters)
        _draw(derivation, model, settings, history, rows, trace, plot, language)
        if not json:
            show(f"wrote {plot}")
    return _verdict(history, settings)


def _tracer(model: Model, rows: tuple[Rows, Rows]) -> Tracer:
    """What watches the run for its picture."""
    from symprop.training.trace import Gauge, Tracer

    return Tracer(Gauge(model, *rows))


def _draw(
    derivation: Derivation,
    model: Model,
    settings: Training,
    history: History,
    rows: tuple[Rows, Rows],
    trace: Trace,
    path: str,
    language: str,
) -> None:
    """The picture of a run."""
    from symprop.training.plots import Labels, run_panels, run_title
    from symprop.training.surface import surface

    losses = [*history.losses, *([inf] if history.stopped == "diverged" else [])]
    title = run_title(derivation.spec.name, history.updates, settings, language)
    found = surface(model, history.parameters, *rows)
    labels = Labels(derivation.names, derivation.core.forward.loss, language)
    run_panels(losses, path, title, trace, found, labels, of_batches=is_in_batches(settings, rows))


def _check_save(save: str | None) -> None:
    """Refuses what could not be written, before the training that would be lost."""
    if save is not None:
        from symprop.training.checkpoint import writer

        writer(save)
        check_place(save)


def _declared(network: str, derivation: Derivation, settings: Training, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the network's file says besides its parameters, with the settings that were `given` in place of its own.

    It is read before the training, which may outlast it.
    """
    from symprop.network_file import declared
    from symprop.network_file.training import rewritten
    from symprop.network_file.write import without_parameters

    content = without_parameters(declared(network, derivation.spec), derivation.core.forward, derivation.names)
    changed = [name for name, value in given.items() if value is not None]
    return {**content, "training": rewritten(content.get("training", {}), settings, changed)} if changed else content


def _fit(
    model: Model, start: Mapping[str, Any], rows: tuple[Rows, Rows], settings: Training, watch: Tracer | None
) -> History:
    """The run, which Ctrl-C stops after the update that it is at."""
    with interruption() as interrupted, progress(settings.updates(count(rows))) as report:

        def after_update(update: int, loss: float) -> bool:
            report(update, loss)
            return interrupted()

        return model.fit(
            *rows,
            learning_rate=settings.learning_rate,
            epochs=settings.epochs,
            tolerance=settings.tolerance,
            parameters=start,
            seed=settings.seed,
            progress=after_update,
            update=settings.update,
            batch_size=settings.batch_size,
            shuffle=settings.shuffle,
            watch=watch,
        )


def _content(derivation: Derivation, history: History) -> dict[str, Any]:
    return {
        "loss": history.losses,
        "parameters": by_element(derivation, history.parameters),
        "epochs": history.epochs,
        "updates": history.updates,
        "stopped": history.stopped,
    }


def _verdict(history: History, settings: Training) -> int:
    """The exit code; says where the loss leapt, and why the training did not end by itself."""
    if history.stopped == "diverged":
        say(f"diverged: the loss or a parameter was not finite after update {history.diverged_at}, which is undone")
        return DIVERGED
    if history.stopped == "interrupted":
        say(f"interrupted after update {history.updates:,}; the parameters are those after it")
        return INTERRUPTED
    for line in remarks(history, settings):
        say(line)
    return 0
