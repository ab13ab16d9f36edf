"""Networks whose workbooks are tested, and how a workbook is read: cells by the headers of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

import symprop
from symprop import BatchNorm, Dense, Dropout, Embedding, Network, Softmax, UpdateRule
from symprop.network import Training
from symprop.workbook import workbook

HEADERS, FIRST = 3, 4  # rows, from 1

SOFTMAX = Network(
    3,
    [Dense(4, activation="tanh"), Dense(3), Softmax()],
    "categorical_cross_entropy",
    name="softmax",
    training=Training(
        x=[[0.5, -1.0, 0.25], [1.5, 0.75, -0.5]],
        t=[[0, 1, 0], [0.25, 0.25, 0.5]],
        update=UpdateRule("adam"),
        learning_rate=0.05,
    ),
)
SCHEDULED = Network(
    2,
    [Dense(3, activation="relu"), Dense(4, activation="gelu"), Dense(2, activation="softplus")],
    "huber",
    name="scheduled",
    training=Training(
        x=[[0.5, -1.0], [1.5, 0.75], [-2.0, 0.25]],
        t=[[1, 2], [0.5, 0.1], [3, -1]],
        update=UpdateRule("momentum", "cosine"),
        learning_rate=0.1,
        epochs=12,
    ),
)
SATURATED = Network(
    2,
    [Dense(2, activation="sigmoid", bias=False), Dense(2, activation="sigmoid", bias=False)],
    name="saturated",
    values={"x": [1, 1], "t": [0.25, 0.5], "W1": [[1000, 0.5], [-1000, 0.25]], "W2": [[1000, 0.5], [0.75, -1000]]},
)
MIXED = Network(
    (3,),
    [Embedding(5, 2), Dense(4, activation="softplus"), BatchNorm(), Dropout(0.5), Dense(2, activation="elu")],
    name="mixed",
    batch=2,
    training=Training(
        x=[[0, 4, 1], [2, 2, 3], [1, 0, 4], [3, 1, 1]],
        t=[[1, 2, 0, 1, 0.5, -1]] * 4,
        learning_rate=0.1,
    ),
)
NETWORKS: Mapping[str, Any] = {
    "classroom": symprop.load("classroom"),
    "mazur": symprop.load("mazur"),
    "xor": symprop.load("xor"),
    "softmax": SOFTMAX,
    "scheduled": SCHEDULED,
    "saturated": SATURATED,
}


def content(network: Any, rows: int = 3) -> bytes:
    """The workbook of a network."""
    return workbook(network.derive(), rows)


def opened(data: bytes, *, values: bool = False) -> Any:
    """The workbook as openpyxl reads it: formulas, or the numbers that stand beside them."""
    return load_workbook(BytesIO(data), data_only=values)


def columns_of(sheet: Any) -> dict[str, int]:
    """The columns of a table of updates, by their headers."""
    return {cell.value: cell.column for cell in sheet[HEADERS] if cell.value is not None}


def labelled(sheet: Any, label: str) -> Any:
    """The cell beside, or for the learning rate two beside, the one with a label."""
    (found,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == label)
    return sheet.cell(found.row, found.column + (2 if label.startswith("learning rate") else 1))
