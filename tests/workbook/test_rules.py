"""Every rule of updates and kinds of layers that no other workbook has, worked out by LibreOffice, against training itself."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from symprop import (
    LSTM,
    BatchNorm,
    Conv1d,
    Dense,
    Embedding,
    Flatten,
    LayerNorm,
    MultiHeadAttention,
    Network,
    UpdateRule,
)
from symprop.network import Training
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.schedules import SCHEDULES
from symprop.workbook.columns import Kind
from symprop.workbook.printing import MOST_CHARACTERS, MOST_NESTED
from tests.workbook.books import FIRST, columns_of, content, opened
from tests.workbook.test_columns import planned
from tests.workbook.test_recalculation import recalculated

pytestmark = pytest.mark.slow

ROWS = 9
X, T = [[0.5, -1.0], [1.5, 0.75], [-0.25, 0.5]], [[1.0], [0.25], [-0.5]]


def ruled(name: str, rule: UpdateRule) -> Network:
    training = Training(x=X, t=T, update=rule, epochs=ROWS, learning_rate=0.01)
    return Network(2, [Dense(3, activation="tanh"), Dense(1)], name=name, training=training)


NETWORKS: dict[str, Network] = {
    **{name: ruled(name, UpdateRule(name)) for name in OPTIMIZERS},
    **{name: ruled(name, UpdateRule("momentum", name)) for name in SCHEDULES},
    "bounded": ruled("bounded", UpdateRule("sgd", settings={"clip_value": 0.3, "clip_norm": 0.5, "weight_decay": 0.1})),
    "penalties": Network(3, [Dense(4, l1=0.01, l2=0.1), Dense(2, l2=0.2)], "huber", name="penalties"),
    "one layer": Network(3, [Dense(2, activation="softplus")], "log_cosh", name="one layer"),
    "lstm": Network((3, 2), [LSTM(2), Dense(1)], "mean_squared_error", name="lstm"),
    "embedding": Network(
        (3,),
        [Embedding(4, 2), LayerNorm(), MultiHeadAttention(1), Flatten(), Dense(2, activation="gelu")],
        name="embedding",
        training=Training(x=[[0, 3, 1], [2, 0, 0]], t=[[1, 0.5], [0.25, -1]], learning_rate=0.05),
    ),
    "classes": Network(
        2,
        [Dense(28, activation="identity")],
        "categorical_cross_entropy_from_logits",
        name="classes",
        training=Training(
            x=[[40.0, -30.0], [0.5, 2.0]], t=[[*[0.0] * 27, 1.0], [0.5, 0.5, *[0.0] * 26]], learning_rate=0.1
        ),
    ),
    "windows": Network((7, 2), [Conv1d(3, 2), Flatten(), Dense(2, activation="elu")], "hinge", name="windows"),
    "normed": Network(
        3,
        [Dense(2), BatchNorm(), Dense(1, activation="selu")],
        name="normed",
        batch=3,
        training=Training(x=[[1, 2, 3], [0.5, -1, 2], [3, 1, -2]], t=[[0.5], [1], [-1]], learning_rate=0.1),
    ),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("rules")
    files = []
    for name, network in NETWORKS.items():
        files.append(folder / f"{name}.xlsx")
        opened(content(network, ROWS)).save(files[-1])  # without the numbers beside the formulas
    return dict(zip(NETWORKS, recalculated(files, folder), strict=True))


@pytest.mark.parametrize("name", NETWORKS)
def test_training_in_cells_is_training(books: dict[str, Any], name: str) -> None:
    sheet, network = books[name]["Training"], NETWORKS[name]
    plan, table = planned(network)
    x, t = list(plan.sample.x), list(plan.sample.t)
    history = network.derive().compile().fit(x, t, epochs=ROWS, parameters=plan.sample.parameters)
    at = columns_of(sheet)
    loss = at.get("mean E_total", at["E_total"])
    for row, wanted in enumerate(history.losses):
        found = sheet.cell(FIRST + row * plan.height, loss).value
        assert math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-13), (row, found, wanted)
    last = FIRST + (len(history.losses) - 1) * plan.height
    for column in (c for c in table if c.kind is Kind.STATE and c.tensor.name in history.parameters):
        elements = plan.rows_of(column.tensor)
        flat = list(elements.values()).index(column.scalars)
        found, wanted = (
            sheet.cell(last, at[column.header]).value,
            float(history.parameters[column.tensor.name].flat[flat]),
        )
        assert math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-13), (column.header, found, wanted)


# What Excel 2010 has, of what formulas may need.
FUNCTIONS = {
    *(
        "ABS",
        "AND",
        "ATANH",
        "AVERAGE",
        "COS",
        "COSH",
        "ERF",
        "ERFC",
        "EXP",
        "IF",
        "INT",
        "LN",
        "MAX",
        "MIN",
        "NOT",
        "OR",
    ),
    *("PI", "SIGN", "SIN", "SINH", "SQRT", "SUM", "TAN", "TANH"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_formulas_keep_to_what_excel_takes(name: str) -> None:
    book = opened(content(NETWORKS[name], 1))
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) > 50
    for formula in formulas:
        assert set(re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)) <= FUNCTIONS, formula
        assert len(formula) <= MOST_CHARACTERS
        assert max(_depths(formula)) <= MOST_NESTED
    texts = [c.value for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert max(map(len, texts)) <= 32_767
    assert all(len(sheet) <= 31 for sheet in book.sheetnames)
    assert all(_is_no_cell(defined) for defined in book.defined_names)


def _depths(formula: str) -> list[int]:
    depth, found = 0, [0]
    for bracket in re.findall(r"[()]", formula):
        depth += 1 if bracket == "(" else -1
        found.append(depth)
    return found


def _is_no_cell(name: str) -> bool:
    """Whether Excel takes a name for no cell, in either way of writing cells."""
    return not re.fullmatch(r"(?i)[a-z]{1,3}[0-9]+|r[0-9]*c?[0-9]*|c[0-9]*", name)
