"""The examples that a command trains on: a CSV file's, else the network file's, else the one among its values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.errors import UserError
from symprop.ir.tensor import Role

if TYPE_CHECKING:
    from symprop.face import Derivation

DataFile = Annotated[
    str | None,
    typer.Option("--data", metavar="FILE", help="CSV with a header row: input columns, then target columns."),
]
InputColumns = Annotated[
    str | None, typer.Option("--inputs", metavar="NAMES", help="The input columns of --data, such as age,height.")
]
TargetColumns = Annotated[str | None, typer.Option("--targets", metavar="NAMES", help="The target columns of --data.")]

Rows = Any  # numbers, one row for each example; None where the network takes none


def training_data(
    derivation: Derivation, file: str | None = None, inputs: str | None = None, targets: str | None = None
) -> tuple[Rows, Rows]:
    """Inputs and targets, one row for each example; UserError where there are none, or where they do not fit."""
    x_names, t_names = (_elements(derivation, role) for role in (Role.INPUT, Role.TARGET))
    if file is not None:
        from symprop.training.data import read_csv

        data = read_csv(file, len(x_names), len(t_names), _split(inputs, "inputs"), _split(targets, "targets"))
        return data.x, data.t if t_names else None
    for option, names in (("--inputs", inputs), ("--targets", targets)):
        if names is not None:
            raise UserError(f"{option} names columns of a file, and none is given", remedy="Add --data FILE.csv.")
    training = derivation.spec.training
    if training.x is not None:
        return training.x, training.t
    return _row(derivation, x_names), _row(derivation, t_names)


def _elements(derivation: Derivation, role: Role) -> list[str]:
    tensors = derivation.core.forward.with_role(role)
    return [name for tensor in tensors for name in derivation.scalars.identifiers(tensor)]


def _split(names: str | None, option: str) -> list[str] | None:
    """The column names between commas."""
    if names is None:
        return None
    found = [name.strip() for name in names.split(",")]
    if not all(found):
        raise UserError(f"--{option} lacks a name", expected="names with commas between them", got=repr(names))
    return found


def _row(derivation: Derivation, names: list[str]) -> Rows:
    """One example, from the values in the network's file."""
    values = derivation.values
    if any(name not in values for name in names):
        lacking = next(name for name in names if name not in values)
        raise UserError(
            f"'{derivation.spec.name}' has no data to train on: '{lacking}' has no value",
            remedy="Add --data FILE.csv, or x and t under [training] in the network's file.",
        )
    return [[values[name] for name in names]] if names else None


def check_folder(path: str | None) -> None:
    """Refuses a file in a folder that is not there, before the work is done that the file is to hold."""
    if path is not None and not Path(path).parent.is_dir():
        raise UserError("cannot write the file: there is no such folder", where=path, remedy="Make the folder first.")
