"""The [training] table of a network file: how to train, and on which rows; CSV files are read elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from symprop.errors import UserError
from symprop.layers.elaborate import LARGEST_LAYER
from symprop.network import LARGEST_SEED, MOST_EPOCHS, Training
from symprop.network_file.source import Table
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.schedules import SCHEDULES
from symprop.rules.update_rule import COMMON, UpdateRule
from symprop.values import describe, finite

_RULES = {"optimizer": "sgd", "schedule": "constant"}
_KEYS = ("learning_rate", "epochs", "tolerance", "seed", "x", "t", "batch_size", "shuffle", *_RULES)
_DEFAULT = Training()


def read_training(table: Table, inputs: int, outputs: int) -> Training:
    """The table's settings, with the rows of `x` and `t` checked against the numbers of inputs and outputs.

    Without outputs (a list of equations) all data stands in `x`. The optimizer, the schedule and their settings are keys
    like any other: ``optimizer = "adam"``, ``beta1 = 0.8``.
    """
    table.only((*_KEYS, *_settings()))
    update = _update(table)
    x, t = _rows(table, "x", inputs), _rows(table, "t", outputs)
    if outputs and (x is None) != (t is None):
        given, lacking = ("x", "t") if t is None else ("t", "x")
        remedy = f"Add {lacking}, with a row for each row of {given}."
        raise UserError(f"'{given}' has no '{lacking}' beside it", where=table.place(given), remedy=remedy)
    if x and t and len(x) != len(t):
        expected, got = f"{len(x)} rows, as 'x' has", str(len(t))
        raise UserError("'x' and 't' differ in length", where=table.place("t"), expected=expected, got=got)
    return Training(
        table.number("learning_rate", update.rule.learning_rate, above=0),
        table.whole("epochs", 1, MOST_EPOCHS, _DEFAULT.epochs),
        table.number("tolerance", _DEFAULT.tolerance, least=0),
        table.whole("seed", 0, LARGEST_SEED, _DEFAULT.seed),
        x,
        t,
        update,
        table.whole("batch_size", 1, LARGEST_LAYER, 1) if "batch_size" in table else None,
        bool(table.flag("shuffle", _DEFAULT.shuffle)),
    )


def _settings() -> list[str]:
    """The names of all settings that some rule takes."""
    of_rules = [*(rule.settings for rule in OPTIMIZERS.values()), *(plan.settings for plan in SCHEDULES.values())]
    return [setting.name for settings in (COMMON, *of_rules) for setting in settings]


def _update(table: Table) -> UpdateRule:
    optimizer, schedule = (table.text(key, default) or "" for key, default in _RULES.items())
    try:
        return UpdateRule(optimizer, schedule, {key: table.data[key] for key in table.data if key not in _KEYS})
    except UserError as error:
        key = error.which("option")
        raise error.at(table.place(*(() if key is None else (key,)))) from None


def written_update(update: UpdateRule) -> dict[str, Any]:
    """The keys and values by which a file says what a rule is, for rules from the tables.

    >>> written_update(UpdateRule("adam", settings={"beta1": 0.8}))
    {'optimizer': 'adam', 'schedule': 'constant', 'beta1': 0.8}
    """
    return {"optimizer": update.rule.name, "schedule": update.plan.name, **update.settings}


def rewritten(said: Mapping[str, Any], settings: Training, given: Collection[str]) -> dict[str, Any]:
    """What the table has said, with those of the settings that were `given`, by their names, in the place of its own.

    >>> rewritten({"epochs": 5, "optimizer": "lion", "beta1": 0.8}, Training(update=UpdateRule("momentum")), ["update"])
    {'epochs': 5, 'learning_rate': 0.05, 'optimizer': 'momentum', 'schedule': 'constant'}
    """
    others = {name: getattr(settings, name) for name in given if name != "update"}
    if "update" not in given:
        return {**said, **others}
    stay = {key: value for key, value in said.items() if key not in (*_RULES, *_settings())}
    return {**stay, **others, "learning_rate": settings.learning_rate, **written_update(settings.update)}


def _rows(table: Table, key: str, width: int) -> list[list[float]] | None:
    rows = table.data.get(key)
    if rows is None:
        return None
    if not width:
        remedy = "Data of equations stands in x, a column for each free quantity that is not among the parameters."
        raise UserError(f"nothing takes the data of '{key}'", where=table.place(key), remedy=remedy)
    if not isinstance(rows, list) or not rows:
        expected, got = f"a list of rows, each of {_counted(width)}", describe(rows)
        where = table.place(key)
        raise UserError(
            f"wrong value for '{key}'", where=where, expected=expected, got=got, remedy=_written(key, width)
        )
    return [_row(table, key, number, row, width) for number, row in enumerate(rows)]


def _row(table: Table, key: str, number: int, row: Any, width: int) -> list[float]:
    try:
        if not isinstance(row, list) or len(row) != width:
            remedy = _written(key, width)
            raise UserError("wrong row", expected=f"a list of {_counted(width)}", got=describe(row), remedy=remedy)
        return [finite(value) for value in row]
    except UserError as error:
        raise error.at(f"row {number + 1} of '{key}'").at(table.place(key, number)) from None


def _written(key: str, width: int) -> str:
    """How rows of a width are written: a list in a list even for one number."""
    row = f"[{', '.join(['0.5'] * width)}]" if width <= 4 else "[0.5, 0.5, …]"
    return f"Write a row for each example, such as {key} = [{row}, {row}]."


def _counted(width: int) -> str:
    return "1 number" if width == 1 else f"{width} numbers"
