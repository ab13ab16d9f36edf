"""Exports that are code, by suffix: one network's functions in a file; the language is a back end's, documents are `output`'s."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from symprop.errors import UserError
from symprop.files import check_name, write_atomically
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import TrainingStep, training_step
from symprop.renderers.source import Source
from symprop.rules.update_rule import UpdateRule

if TYPE_CHECKING:
    from symprop.backends.c.export import Exported

CODE: Mapping[str, Callable[[Exported], str]] = {".c": lambda made: made.source, ".h": lambda made: made.header}
DTYPES = ("float64", "float32")


def export_code(source: Source, path: str | Path, dtype: str | None = None) -> None:
    """Writes C code, or its header: the functions ``forward``, ``gradient`` and ``update``, for one example or one batch.

    Their names begin with the network's. Raises UserError for a number format that C lacks, and for a place that cannot be
    written.
    """
    from symprop.backends.c.export import export  # here, because it takes time to import

    check_name(path)
    wanted = DTYPES[0] if dtype is None else dtype
    if wanted not in DTYPES:
        raise UserError(f"C has no number format '{wanted}'", expected=" or ".join(DTYPES))
    name, rule = identifier(source.spec.name), source.spec.training.update
    step = training_step(source.core, rule)
    made = export(name, _functions(source, step), wanted)
    write_atomically(path, _remarks(name, rule, step) + CODE[Path(path).suffix.lower()](made))


def identifier(title: str) -> str:
    """A network's name as code can have it.

    >>> identifier("2-3-1"), identifier("my net"), identifier("for")
    ('net_2_3_1', 'my_net', 'for_')
    """
    name = re.sub(r"[^A-Za-z0-9_]", "_", title)
    name = name if re.match("[A-Za-z]", name) else f"net_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _functions(source: Source, step: TrainingStep) -> dict[str, Lowered]:
    names, program, trained = source.names, source.core.program, source.evaluation.program
    predicted = trained.loss if trained.output is None else trained.output
    carried = {new: old for old, new in step.updated.items()}
    return {
        "forward": lower(trained, [predicted], names=source.evaluation.names),
        "gradient": lower(program, [program.loss, *source.core.gradients.values()], names=names),
        "update": lower(step.program, [step.program.loss, *carried], carried, names),
    }


def _remarks(name: str, rule: UpdateRule, step: TrainingStep) -> str:
    """A comment on what the update takes beside parameters and data."""
    said = [f"{step.learning_rate} is the learning rate"]
    said += [f"{symbol} = {value:g}" for symbol, value in step.settings.items()]
    said += [f"{step.total_updates} is the number of all updates"] if step.total_updates else []
    said += [f"{state} starts from {value:g}" for state, value in step.starts.items()]
    return (
        "\n".join(["/*", f" * {name}_update is one update by {rule.rule.name}:", *(f" * {it}" for it in said), " */"])
        + "\n"
    )
