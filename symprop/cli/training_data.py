"""The examples that a command trains on: a CSV file's, else the network's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symprop.cli.output import say
from symprop.errors import UserError
from symprop.ir.tensor import Role
from symprop.network import NetworkSpec

if TYPE_CHECKING:
    from symprop.face import Derivation

Rows = Any  # numbers, one row for each example; None where the network takes none

MOST_LISTED = 8
_REMEDY = (
    "Add --data FILE.csv, x and t under [training] in the network's file, or --sample to draw an example at random."
)


def training_data(
    derivation: Derivation,
    file: str | None = None,
    inputs: str | None = None,
    targets: str | None = None,
    *,
    draw: bool = False,
) -> tuple[Rows, Rows]:
    """Inputs and targets, one row for each example; UserError where there are none, or where they do not fit.

    With `draw`, numbers that the network lacks are those that its page and its workbook begin with.
    """
    if file is not None and draw:
        raise UserError("--data and --sample are both given", remedy="Leave one of them out.")
    if file is not None:
        return _from_file(derivation, file, _split(inputs, "inputs"), _split(targets, "targets"))
    for option, names in (("--inputs", inputs), ("--targets", targets)):
        if names is not None:
            raise UserError(f"{option} names columns of a file, and none is given", remedy="Add --data FILE.csv.")
    if draw:
        return _drawn(derivation)
    from symprop.training.own_data import own_data

    spec = derivation.spec
    batch = spec.batch if isinstance(spec, NetworkSpec) else None
    return own_data(derivation.core.forward, derivation.names, spec.training, spec.values, _REMEDY, batch)


def _drawn(derivation: Derivation) -> tuple[Rows, Rows]:
    """The network's own numbers, and others where it has none; what these are is said."""
    from symprop.training.sample import draw_sample

    sample = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    if not sample.has_value:
        what = "at examples drawn at random the loss has no value"
        raise UserError(what, remedy="Add --data FILE.csv, or x and t under [training] in the network's file.")
    data = [name for name in sample.drawn if name not in {*sample.parameters, *sample.elements}]
    if data:
        say(f"{_listed(data)}: drawn at random with seed {sample.seed}; training can only learn them by heart")
    return sample.x or None, sample.t or None


def count(rows: tuple[Rows, Rows]) -> int:
    """How many examples there are; one where nothing is fed."""
    return next((len(table) for table in rows if table is not None), 1)


def _from_file(
    derivation: Derivation, file: str, inputs: list[str] | None, targets: list[str] | None
) -> tuple[Rows, Rows]:
    from symprop.training.data import read_csv

    x_names, t_names = (derivation.evaluation.columns(role) for role in (Role.INPUT, Role.TARGET))
    data = read_csv(file, x_names, t_names, inputs, targets)
    wanted, found = [*x_names, *t_names], [*data.input_names, *data.target_names]
    # What layers read is seldom named in a file; what equations read has its name from the person who wrote them.
    if wanted != found and (not t_names or {*wanted} & {*found}):
        say(f"{file}: the columns {_listed(found)} are taken for {_listed(wanted)}, by their order")
    return data.x if x_names else None, data.t if t_names else None


def note_idle(derivation: Derivation) -> None:
    """Says where nothing is trained, and why: the loss will stay as it is."""
    if not derivation.core.gradients:
        has = any(derivation.core.forward.with_role(Role.PARAMETER))
        why = "every parameter is fixed" if has else "there are no parameters"
        say(f"nothing is trained, so nothing will change: {why}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:MOST_LISTED], *(["…"] if len(names) > MOST_LISTED else [])])


def _split(names: str | None, option: str) -> list[str] | None:
    """The column names between commas."""
    if names is None:
        return None
    found = [name.strip() for name in names.split(",")]
    if not all(found):
        raise UserError(f"--{option} lacks a name", expected="names with commas between them", got=repr(names))
    return found
