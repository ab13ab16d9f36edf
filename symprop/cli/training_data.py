"""The examples that a command trains on: a CSV file's, else the network's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symprop.errors import UserError
from symprop.ir.tensor import Role

if TYPE_CHECKING:
    from symprop.face import Derivation

Rows = Any  # numbers, one row for each example; None where the network takes none

_REMEDY = "Add --data FILE.csv, or x and t under [training] in the network's file."


def training_data(
    derivation: Derivation, file: str | None = None, inputs: str | None = None, targets: str | None = None
) -> tuple[Rows, Rows]:
    """Inputs and targets, one row for each example; UserError where there are none, or where they do not fit."""
    if file is not None:
        return _from_file(derivation, file, _split(inputs, "inputs"), _split(targets, "targets"))
    for option, names in (("--inputs", inputs), ("--targets", targets)):
        if names is not None:
            raise UserError(f"{option} names columns of a file, and none is given", remedy="Add --data FILE.csv.")
    from symprop.training.own_data import own_data

    spec = derivation.spec
    return own_data(derivation.core.forward, derivation.names, spec.training, spec.values, _REMEDY)


def _from_file(
    derivation: Derivation, file: str, inputs: list[str] | None, targets: list[str] | None
) -> tuple[Rows, Rows]:
    from symprop.training.data import read_csv

    x_names, t_names = (element_names(derivation, role) for role in (Role.INPUT, Role.TARGET))
    data = read_csv(file, len(x_names), len(t_names), inputs, targets)
    return data.x if x_names else None, data.t if t_names else None


def element_names(derivation: Derivation, role: Role) -> list[str]:
    """The names of all elements with a role, in order."""
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
