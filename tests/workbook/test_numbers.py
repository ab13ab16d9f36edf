"""The numbers beside the formulas are those of training, whatever the layers, the rule and the data."""

from __future__ import annotations

from typing import Any

import pytest

import symprop
from symprop import BatchNorm, Dense, Dropout, Embedding, Network, Softmax, UpdateRule
from symprop.network import Training
from symprop.training.sample import draw_sample
from symprop.workbook.numbers import WorkbookRun
from symprop.workbook.plan import Plan
from tests.workbook.books import FIRST, columns_of, content, opened

ROWS = Training(x=[[1.0, 2.0], [2.0, -1.0], [0.3, 0.1], [1.0, -2.0]], t=[[1.0, 2.0], [0.0, 1.0]] * 2)
NETWORKS = [
    symprop.load("mazur"),
    symprop.load("logistic_equations"),
    Network(2, [Dense(3, activation="tanh"), BatchNorm(), Dense(2)], name="batch_norm", batch=2, training=ROWS),
    Network(2, [Dense(3), Dropout(0.5), Dense(4), Softmax()], "categorical_cross_entropy", name="dropout"),
    Network((3,), [Embedding(5, 2), Dense(2, activation="gelu")], name="embedding"),
    Network(
        (3,),
        [Embedding(5, 2), Dense(1)],
        name="integers of several examples",
        training=Training(x=[[0, 4, 1], [2, 2, 3]], t=[[1, 0, 2], [0.5, 1, 0]]),
    ),
]
RULES = [
    UpdateRule(),
    UpdateRule("adam", settings={"clip_norm": 0.5}),
    UpdateRule("lion", "cosine", {"weight_decay": 0.1}),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule.name)
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_numbers_are_those_of_training(network: Any, rule: UpdateRule) -> None:
    derivation = network.derive()
    sample = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    training = derivation.spec.training.but(update=rule, learning_rate=0.05, epochs=6)
    plan = Plan.of(derivation.core, derivation.names, sample, training)
    blocks = list(WorkbookRun(plan).blocks(0.05, 6, 6))
    loss = derivation.core.forward.loss
    found = [block.once.get(loss, block.copies[0][loss]) for block in blocks]
    rows = [list(table) if table else None for table in (sample.x, sample.t)]
    history = derivation.compile().fit(*rows, 0.05, 6, update=rule, batch_size=sample.examples)
    assert found == pytest.approx(history.losses[:6], rel=1e-12)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_a_file_shows_every_number(network: Any) -> None:
    sheet = opened(content(network, 2), values=True)["Training"]
    width = max(columns_of(sheet).values())
    assert all(isinstance(cell.value, int | float) for cell in sheet[FIRST][1:width])


def test_integers_stand_in_their_columns() -> None:
    data = content(NETWORKS[-1], 2)
    numbers, formulas = (opened(data, values=values)["Training"] for values in (True, False))
    columns = columns_of(numbers)
    found = [[numbers.cell(FIRST + row, columns[f"x_{k}"]).value for k in (1, 2, 3)] for row in range(4)]
    assert found == [[0, 4, 1], [2, 2, 3]] * 2
    assert formulas.cell(FIRST, columns["x_1"]).value.startswith("=Network!$")


def test_what_overflows_is_infinite_and_nothing_is_raised() -> None:
    derivation = symprop.Equations(["E = exp(w)*exp(w)"], "E", ["w"], values={"w": 600}).derive()
    sample = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    plan = Plan.of(derivation.core, derivation.names, sample, derivation.spec.training)
    first, second = WorkbookRun(plan).blocks(0.5, 2, 2)
    assert (first.once | first.copies[0])["E"] == float("inf")
    assert second.once["w"] == -float("inf")
