"""The command `sweep`: trains at several learning rates and prints how each run went; the verdicts are `training`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from symprop.cli.output import number, say, show, show_json, table
from symprop.cli.progress import progress
from symprop.cli.reported import check_report, document, tracers
from symprop.cli.trained import manner
from symprop.cli.training_data import Rows, count, note_idle, training_data
from symprop.errors import BudgetError, UserError
from symprop.prose import ENGLISH
from symprop.training.compared import SWEEP, milestones, of_one_seed, rates_about

if TYPE_CHECKING:
    from symprop.document.blocks import Document
    from symprop.face import Derivation
    from symprop.network import Training
    from symprop.training.model import Model
    from symprop.training.sweep import Run
    from symprop.training.trace import Tracer

MOST_LOSSES = 20_000_000
FEW_UPDATES = 5  # by which a run may still change its course
EXAMPLES = examples(
    "symprop sweep classroom --learning-rates 0.1,0.5,2,1000 --epochs 100",
    "symprop sweep 2-3-1 --data points.csv --optimizer adam --seeds 0,1,2 --plot rates.png",
)


LearningRates = Annotated[
    str | None,
    typer.Option(
        "--learning-rates",
        metavar="RATES",
        help="Numbers with commas between them; else about the optimizer's usual one.",
    ),
]
Report = Annotated[
    str | None,
    typer.Option(
        "--report", metavar="FILE", help="Write curves, table and the reasons for each verdict: .html or .md."
    ),
]
Seeds = Annotated[
    str | None, typer.Option("--seeds", metavar="SEEDS", help="Train at each rate with each of these, such as 0,1,2.")
]


def sweep(
    network: NetworkName,
    learning_rates: LearningRates = None,
    seeds: Seeds = None,
    epochs: Epochs = None,
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
    report: Report = None,
    language: Language = None,
    ascii_only: Ascii = False,
    json: Json = False,
    devices: Devices = None,
    verbose: Verbose = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Show the effect of the learning rate.

    Trains from the same start at each rate, and judges each run: converged, converging, oscillating, stuck, diverged.
    The exit code is 0 for all of them: a rate that diverges is what a sweep looks for, and no failure as in train.
    """
    check_plot(plot)
    check_report(report)
    said = checked_language(language, plot, report)
    derivation = load_network(network, activation, loss, no_bias).derive()
    own = derivation.spec.training
    rule = chosen_rule(own.update, optimizer, schedule, settings)
    run = own.but(epochs=epochs, seed=seed, batch_size=batch_size, shuffle=False if no_shuffle else None, update=rule)
    rates = rates_about(run.update.rule.learning_rate, SWEEP) if learning_rates is None else _rates(learning_rates)
    several = _seeds(seeds, seed, run.seed)
    rows = training_data(derivation, data, inputs, targets, draw=sample)
    note_idle(derivation)
    model = compiled(derivation, backend, dtype, devices, verbose)
    watched = [] if report is None else tracers(model, rows, len(rates) * len(several))
    runs = _trained(model, rows, rates, several, run, watched)
    _print(derivation, runs, run, run.updates(count(rows)), plot, said, json=json)
    if report is not None:
        _write(document(derivation, model, rows, runs, watched, run, said), report, json=json)


def _trained(
    model: Model,
    rows: tuple[Rows, Rows],
    rates: Sequence[float],
    seeds: Sequence[int],
    settings: Training,
    watched: Sequence[Tracer],
) -> list[Run]:
    """All runs, with a bar if they take long."""
    from symprop.training.sweep import sweep as train_all

    updates, runs = settings.updates(count(rows)), len(rates) * len(seeds)
    _check_size(runs, updates)
    what = f"{len(rates)} rates" if len(seeds) == 1 else f"{len(rates)} rates with {len(seeds)} seeds"
    with progress(updates, f"training at {what}") as report_to:
        return train_all(
            model,
            *rows,
            rates,
            settings.epochs,
            progress=report_to,
            seeds=seeds,
            update=settings.update,
            batch_size=settings.batch_size,
            shuffle=settings.shuffle,
            watches=watched,
        )


def _print(
    derivation: Derivation,
    runs: Sequence[Run],
    settings: Training,
    updates: int,
    plot: str | None,
    language: str,
    *,
    json: bool,
) -> None:
    _note_little_said(runs, updates)
    if plot is not None:
        draw(derivation, runs, plot, language)
    if json:
        show_json({"runs": [_described(run) for run in runs]})
        for line in reasons(runs):
            say(line)
        return
    where = "each learning rate" if of_one_seed(runs) else "each learning rate and seed"
    show(f"{derivation.spec.name}: {manner(updates, settings, where)}\n")
    show(summary(runs, updates))
    if plot is not None:
        show(f"wrote {plot}")


def _note_little_said(runs: Sequence[Run], updates: int) -> None:
    """Says so where seeds make no difference, and where runs are too short to be judged."""
    losses = {
        rate: {repr(run.losses) for run in runs if run.learning_rate == rate}
        for rate in (run.learning_rate for run in runs)
    }
    if not of_one_seed(runs) and all(len(found) == 1 for found in losses.values()):
        say("note: the seeds make no difference: nothing that these runs use is drawn at random.")
    if updates < FEW_UPDATES:
        say(f"note: after {updates} update{'s' * (updates > 1)} a verdict says little; give more epochs.")


def _write(content: Document, path: str, *, json: bool) -> None:
    from symprop.renderers.output import export

    for file in export(content, path):
        if not json:
            show(f"wrote {file}")


def _described(run: Run) -> dict[str, Any]:
    return {"learning_rate": run.learning_rate, "seed": run.seed, "loss": run.losses, "verdict": run.verdict}


def _rates(text: str) -> list[float]:
    """The numbers between commas; whether they can be learning rates is for training to say."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        wrong = next(part for part in text.split(",") if not _is_number(part))
        expected = "numbers with commas between them, such as 0.1,0.5,2"
        raise UserError(f"--learning-rates has {wrong.strip()!r}", expected=expected, got=repr(text)) from None


def _seeds(text: str | None, one: int | None, usual: int) -> list[int]:
    """The whole numbers between commas; whether they can be seeds is for training to say."""
    if text is None:
        return [usual]
    if one is not None:
        raise UserError("--seed and --seeds are both given", remedy="Leave one of them out.")
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not (part.isascii() and part.lstrip("-").isdigit())]
    if wrong:
        expected = "whole numbers with commas between them, such as 0,1,2"
        raise UserError(f"--seeds has {wrong[0]!r}", expected=expected, got=repr(text))
    return [int(part) for part in parts]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_size(runs: int, updates: int) -> None:
    if runs * updates > MOST_LOSSES:
        raise BudgetError(
            "the sweep is too long",
            expected=f"at most {MOST_LOSSES:,} updates of all runs together",
            got=f"{runs * updates:,} (about {runs * updates * 32 / 1e9:.1f} GB)",
            remedy="Give fewer epochs, rates or seeds.",
        )


def draw(derivation: Derivation, runs: Sequence[Run], path: str, language: str = ENGLISH) -> None:
    """The losses of all runs in one picture; runs of one rate look the same but for their seed in the list."""
    from symprop.training.plots import Labels, sweep_curves
    from symprop.training.shown import curves_of

    loss = Labels(derivation.names, derivation.core.forward.loss, language).of_loss
    sweep_curves(curves_of(runs, language), path, derivation.spec.name, loss, language)


def summary(runs: Sequence[Run], updates: int) -> str:
    """One row a run: its rate, its loss at some updates, its verdict; below, why runs are stuck, leapt or diverged."""
    shown = milestones(updates)
    names = ["Rate"] if of_one_seed(runs) else ["Rate", "Seed"]
    header = [*names, "Loss before", *(f"after {update:,}" for update in shown[1:]), "Verdict"]
    rows = [[*_name(run)[: len(names)], *(_loss(run, update) for update in shown), str(run.verdict)] for run in runs]
    compared = table(header, rows, [*(True for _ in header[:-1]), False])
    return "\n".join([compared, *(f"\n{line}" for line in reasons(runs))])


def _name(run: Run) -> list[str]:
    return [f"{run.learning_rate:g}", str(run.seed)]


def _loss(run: Run, update: int) -> str:
    return number(run.losses[update]) if update < len(run.losses) else "-"


def reasons(runs: Sequence[Run]) -> list[str]:
    """Why runs are stuck, and where they leapt or diverged."""
    alone = of_one_seed(runs)
    names = [f"Rate {rate}" if alone else f"Rate {rate}, seed {seed}" for rate, seed in map(_name, runs)]
    return [
        f"{name}, {run.verdict}: {run.explanation}" for name, run in zip(names, runs, strict=True) if run.explanation
    ]
