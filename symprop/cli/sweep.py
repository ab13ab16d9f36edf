"""The command `sweep`: trains at several learning rates and prints how each run went; the verdicts are `training`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from symprop.cli.options import (
    Activation,
    DataFile,
    Epochs,
    InputColumns,
    Json,
    Loss,
    NetworkName,
    NoBias,
    Plot,
    Seed,
    TargetColumns,
    check_plot,
    examples,
    load_network,
)
from symprop.cli.output import number, say, show, show_json, table
from symprop.cli.progress import progress
from symprop.cli.training_data import note_idle, training_data
from symprop.errors import BudgetError, UserError

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.training.sweep import Run

RATES = "0.1,0.2,0.5,0.8,1,2,10,100,1000"  # those that the worked example tries, and two between
_MILESTONES = tuple(10**power for power in range(7))
MOST_LOSSES = 20_000_000
EXAMPLES = examples(
    "symprop sweep classroom --learning-rates 0.1,0.5,2,1000 --epochs 100",
    "symprop sweep classroom --plot rates.png",
)


def sweep(
    network: NetworkName,
    learning_rates: Annotated[
        str, typer.Option("--learning-rates", metavar="RATES", help="Numbers with commas between them.")
    ] = RATES,
    epochs: Epochs = None,
    data: DataFile = None,
    inputs: InputColumns = None,
    targets: TargetColumns = None,
    seed: Seed = None,
    plot: Plot = None,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Show the effect of the learning rate.

    Trains from the same start at each rate, and judges each run: converged, converging, oscillating, stuck, diverged.
    The exit code is 0 for all of them: a rate that diverges is what a sweep looks for, and no failure as in train.
    """
    rates = _rates(learning_rates)
    check_plot(plot)
    derivation = load_network(network, activation, loss, no_bias).derive()
    model = derivation.compile()  # before data are asked for, which would be of no use to what cannot be trained
    x, t = training_data(derivation, data, inputs, targets)
    updates = derivation.spec.training.but(epochs=epochs).epochs
    _check_size(len(rates), updates)
    note_idle(derivation)
    from symprop.training.sweep import sweep as train_all

    with progress(updates, f"training at {len(rates)} rates") as report_to:
        runs = train_all(model, x, t, rates, updates, seed=seed, progress=report_to)
    if plot is not None:
        draw(derivation, runs, plot)
    if json:
        show_json({"runs": [{"learning_rate": r.learning_rate, "loss": r.losses, "verdict": r.verdict} for r in runs]})
        for line in reasons(runs):
            say(line)
        return
    show(f"{derivation.spec.name}: {updates:,} update{'' if updates == 1 else 's'} at each learning rate\n")
    show(report(runs, updates))
    if plot is not None:
        show(f"wrote {plot}")


def _rates(text: str) -> list[float]:
    """The numbers between commas; whether they can be learning rates is for training to say."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        wrong = next(part for part in text.split(",") if not _is_number(part))
        expected = "numbers with commas between them, such as 0.1,0.5,2"
        raise UserError(f"--learning-rates has {wrong.strip()!r}", expected=expected, got=repr(text)) from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_size(rates: int, epochs: int) -> None:
    if rates * epochs > MOST_LOSSES:
        raise BudgetError(
            "the sweep is too long",
            expected=f"at most {MOST_LOSSES:,} updates of all rates together",
            got=f"{rates * epochs:,} (about {rates * epochs * 32 / 1e9:.1f} GB)",
            remedy="Give fewer epochs or rates.",
        )


def draw(derivation: Derivation, runs: Sequence[Run], path: str) -> None:
    """The losses of all runs in one picture."""
    from symprop.training.plots import sweep_curves

    sweep_curves([(run.learning_rate, run.losses, run.verdict) for run in runs], path, derivation.spec.name)


def report(runs: Sequence[Run], epochs: int) -> str:
    """One row a run: its rate, its loss at some updates, its verdict; below, why runs are stuck or have diverged."""
    shown = [0, *(update for update in _MILESTONES if update < epochs), epochs]
    header = ["Rate", "Loss before", *(f"after {update:,}" for update in shown[1:]), "Verdict"]
    rows = [[f"{run.learning_rate:g}", *(_loss(run, update) for update in shown), str(run.verdict)] for run in runs]
    compared = table(header, rows, [True, *(True for _ in shown), False])
    return "\n".join([compared, *(f"\n{line}" for line in reasons(runs))])


def _loss(run: Run, update: int) -> str:
    return number(run.losses[update]) if update < len(run.losses) else "-"


def reasons(runs: Sequence[Run]) -> list[str]:
    """Why runs are stuck, or where they diverged."""
    return [f"Rate {run.learning_rate:g}, {run.verdict}: {run.explanation}" for run in runs if run.explanation]
