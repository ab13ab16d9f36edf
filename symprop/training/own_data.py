"""The examples that a network's declaration holds: those to train on, else the one among its values; no file is read here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symprop.errors import UserError
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.network import Training
from symprop.notation.names import Names
from symprop.training.evaluation import positions_by_example
from symprop.values import element_values

Rows = Any  # numbers, one row for each example; None where the network takes none
REMEDY = "Give x and t, in the call or under [training] in the network's file."


def own_data(
    program: Program,
    names: Names,
    training: Training,
    values: Mapping[str, Any],
    remedy: str = REMEDY,
    batch: int | None = None,
) -> tuple[Rows, Rows]:
    """Inputs and targets, one row for each example; for a list of equations all data are inputs.

    `batch` examples stand in the program. Raises UserError, with the `remedy`, where an input or a target has no value.

    >>> from symprop.network_file import load
    >>> from symprop.notation.packs import names_for
    >>> spec = load("classroom")
    >>> program = spec.elaborate()
    >>> own_data(program, names_for(program), spec.training, spec.values)
    ([[0.05, 0.1]], [[0.5, 0.5]])
    """
    if training.x is not None:
        return training.x, training.t
    known = element_values(program, names, values)
    x, t = (_rows(program, names, role, known, batch, remedy) for role in (Role.INPUT, Role.TARGET))
    return x, t


def _rows(
    program: Program, names: Names, role: Role, known: Mapping[str, float], batch: int | None, remedy: str
) -> Rows:
    """The known numbers of a role, a row for each example; None where the program has none."""
    places = positions_by_example(program.columns(role), batch)
    wanted = [names.element(tensor.name, position, tensor.extents) for tensor, position in places]
    for name in wanted:
        if name not in known:
            raise UserError(f"the network has no data to train on: '{name}' has no value", remedy=remedy)
    width = len(wanted) // (batch or 1)
    return [[known[name] for name in wanted[k : k + width]] for k in range(0, len(wanted), width)] if width else None
