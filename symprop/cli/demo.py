"""The command `demo`: the main job on the worked example in one go; each part is another command's."""

from __future__ import annotations

import hashlib
import json as json_format
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli import sweep, trained
from symprop.cli.formulas import title
from symprop.cli.options import Ascii, Json, examples
from symprop.cli.output import columns, heading, in_ascii, on_terminal, show, show_json
from symprop.cli.training_data import Rows, training_data
from symprop.errors import UserError
from symprop.files import write_atomically
from symprop.training.compared import SWEEP, rates_about

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.training.model import History, Model
    from symprop.training.sweep import Run

EXAMPLES = examples("symprop demo", "symprop demo --folder backprop")
NETWORK = "classroom"
RATE, EPOCHS, SWEEP_EPOCHS = 0.5, 1000, 100
MANIFEST = "made-by-symprop-demo.json"
FILES = {
    "classroom.md": "the derivation, explained, for GitHub",
    "classroom.network.svg": "the network drawn",
    "classroom.html": "the same as a page in which every number can be changed",
    "classroom.xlsx": "a workbook that trains in its cells",
    "classroom.tex": "the derivation for LaTeX",
    "classroom.pdf": "the same, typeset",
    "trained.toml": "the network with the trained weights",
    "loss.png": "the loss while training",
    "learning-rates.png": "the effect of the learning rate",
}


def demo(
    folder: Annotated[str, typer.Option("--folder", metavar="DIR", help="Where the files go.")] = "symprop-demo",
    ascii_only: Ascii = False,
    json: Json = False,
) -> None:
    """Do all of it on the worked example.

    Prints the formulas, writes the documents, trains, and shows the effect of the learning rate.
    """
    place = Path(folder)
    _check_free(place)
    _make(place)
    try:
        content = _work(place, not json)
    finally:
        _remember(place)
    if json:
        show_json({"folder": folder, **content})


def _work(place: Path, aloud: bool) -> dict[str, Any]:
    """Does it all, prints it if `aloud`, and gives what it came to."""
    from symprop.face import load

    derivation = load(NETWORK).derive()
    if aloud:
        show(f"{heading(title(derivation))}\n\n{_formulas(derivation)}\n")
    lacking = _export(derivation, place)
    model = derivation.compile()
    data = training_data(derivation)
    history = _train(derivation, model, data, place)
    if aloud:
        settings = derivation.spec.training.but(learning_rate=RATE)
        told = trained.summary(derivation, model, settings, model.start(), history, data)
        show(f"{heading('Training')}\n{_indented(told)}\n")
    runs = _sweep(derivation, model, data, place)
    made = [name for name in FILES if (place / name).exists()]
    if aloud:
        show(f"{heading('The effect of the learning rate')}\n{_indented(sweep.summary(runs, SWEEP_EPOCHS))}\n")
        show(heading(f"What lies in {place}"))
        show(_indented("\n".join([*(f"{name:<22} {FILES[name]}" for name in made), *lacking])))
        show("\nNext: symprop formulas classroom --wrt w1 --numbers, or symprop --help")
    verdicts = [{"learning_rate": run.learning_rate, "verdict": run.verdict} for run in runs]
    return {"files": made, "loss": history.losses[-1], "runs": verdicts}


def _indented(text: str) -> str:
    return textwrap.indent(text, "  ")


def _formulas(derivation: Derivation) -> str:
    from symprop.cli.sections import scalar_sections
    from symprop.cli.typeset import as_text

    return as_text(
        list(scalar_sections(derivation, {})), derivation, columns(), fold=on_terminal(), ascii_only=in_ascii()
    )


def _export(derivation: Derivation, place: Path) -> list[str]:
    """Writes the documents; says so where there can be no PDF."""
    for suffix in (".md", ".html", ".xlsx", ".tex"):
        derivation.export(place / f"classroom{suffix}")
    try:
        derivation.export(place / "classroom.pdf")
    except UserError as error:
        return [f"no classroom.pdf: {error.what}"]
    return []


def _train(derivation: Derivation, model: Model, data: tuple[Rows, Rows], place: Path) -> History:
    from symprop.network_file import declared
    from symprop.network_file.write import without_parameters
    from symprop.training.checkpoint import save
    from symprop.training.plots import Labels, loss_curve

    history = model.fit(*data, learning_rate=RATE, epochs=EPOCHS)
    network = without_parameters(declared(NETWORK, derivation.spec), derivation.core.forward, derivation.names)
    save(place / "trained.toml", history.parameters, network)
    labels = Labels(derivation.names, derivation.core.forward.loss)
    loss_curve(history.losses, place / "loss.png", f"{NETWORK}, learning rate {RATE:g}", labels.of_loss)
    return history


def _sweep(derivation: Derivation, model: Model, data: tuple[Rows, Rows], place: Path) -> list[Run]:
    from symprop.training.sweep import sweep as train_all

    rates = rates_about(derivation.spec.training.update.rule.learning_rate, SWEEP)
    runs = train_all(model, *data, rates, SWEEP_EPOCHS)
    sweep.draw(derivation, runs, str(place / "learning-rates.png"))
    return runs


def _check_free(place: Path) -> None:
    """Refuses a folder where the demo would write over somebody else's files, or over its own that were changed."""
    if place.exists() and not place.is_dir():
        raise UserError("this is a file, not a folder", where=str(place), remedy=_ELSEWHERE)
    made = _made(place)
    for name in FILES:
        path = place / name
        if path.exists() and not (path.is_file() and made.get(name) == _digest(path)):
            raise UserError(
                "this file is not as the demo made it, and would be lost", where=str(path), remedy=_ELSEWHERE
            )


_ELSEWHERE = "Choose another folder: symprop demo --folder DIR."


def _made(place: Path) -> dict[str, Any]:
    """The digest of each file that an earlier demo made there."""
    try:
        found = json_format.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _make(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"cannot make the folder: {reason}", where=str(place), remedy=_ELSEWHERE) from None


def _remember(place: Path) -> None:
    digests = {name: _digest(place / name) for name in FILES if (place / name).exists()}
    write_atomically(place / MANIFEST, json_format.dumps(digests, indent=1) + "\n")
