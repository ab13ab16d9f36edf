"""The report of a sweep, from its runs to a file: what is measured while they are trained, and what the document is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.cli.training_data import Rows, count
from symprop.files import check_place, check_suffix, check_together
from symprop.ir.tensor import Role
from symprop.prose import ENGLISH

if TYPE_CHECKING:
    from symprop.document.blocks import Document
    from symprop.face import Derivation
    from symprop.network import Training
    from symprop.training.model import Model
    from symprop.training.sweep import Run
    from symprop.training.trace import Tracer

SUFFIXES = (".md", ".html")  # of documents that can hold the curves
PICTURES = ("curves", "limits")  # that may stand beside a report which has them in files of their own


def check_report(path: str | None) -> None:
    """Refuses a report that could not be written, before the training that it is to tell of."""
    if path is None:
        return
    suffix = check_suffix(path, SUFFIXES, "a report")
    check_place(path)
    if suffix == ".md":
        check_together(Path(path), *(Path(path).with_suffix(f".{picture}.svg") for picture in PICTURES))


def tracers(model: Model, rows: tuple[Rows, Rows], runs: int) -> list[Tracer]:
    """What watches the runs; they share what is compiled."""
    from symprop.training.trace import Gauge, Tracer

    gauge = Gauge(model, *rows, curved=True)
    return [Tracer(gauge) for _ in range(runs)]


def document(
    derivation: Derivation,
    model: Model,
    rows: tuple[Rows, Rows],
    runs: Sequence[Run],
    watched: Sequence[Tracer],
    settings: Training,
    language: str = ENGLISH,
) -> Document:
    """The report as a document."""
    from symprop.document.report import report
    from symprop.document.swept import Swept
    from symprop.training.account import accounts
    from symprop.training.compared import of_one_seed
    from symprop.training.plots import Labels, limits_svg, sweep_svg
    from symprop.training.shown import curves_of

    found = accounts(model, rows[0], runs, watched)
    loss = Labels(derivation.names, derivation.core.forward.loss, language).of_loss
    limits = [(account.run.learning_rate, account.limits) for account in found if account.limits]
    swept = Swept(
        derivation.spec.name,
        derivation.scalars,
        found,
        settings,
        _first_example(derivation, rows),
        count(rows),
        sweep_svg(curves_of(runs, language), "curves", loss=loss, language=language),
        limits_svg(limits, "limits", language) if limits and of_one_seed(runs) else "",
        language,
    )
    return report(swept)


def _first_example(derivation: Derivation, rows: tuple[Rows, Rows]) -> Mapping[str, float]:
    """Inputs and targets of the first example by element; nothing where a document would not show its numbers."""
    from symprop.document.subject import MOST_PARAMETERS

    forward = derivation.core.forward
    size = sum(prod(forward.tensors[name].extents) for name in derivation.core.gradients)
    plain = not any(forward.with_role(Role.INDEX, Role.CONSTANT)) and derivation.evaluation.batch is None
    if size > MOST_PARAMETERS or not plain:
        return {}
    found: dict[str, Any] = {}
    for role, table in zip((Role.INPUT, Role.TARGET), rows, strict=True):
        if table is not None:
            first = [float(value) for value in _flat(table[0])]
            found |= dict(zip(derivation.evaluation.columns(role), first, strict=True))
    return found


def _flat(row: Any) -> list[Any]:
    return [value for part in row for value in _flat(part)] if hasattr(row, "__len__") else [row]
