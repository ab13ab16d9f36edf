"""Which columns a table of updates has, and in which order: the class sheet's, and what batches and optimizers add."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import symprop
from symprop import BatchNorm, Dense, Network, UpdateRule
from symprop.network import Training
from symprop.training.sample import draw_sample
from symprop.workbook.columns import Column, Kind, columns
from symprop.workbook.formulas import Table, letters, needed
from symprop.workbook.plan import Often, Plan


def planned(network: Any, **settings: Any) -> tuple[Plan, list[Column]]:
    derivation = network.derive()
    sample = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    plan = Plan.of(derivation.core, derivation.names, sample, derivation.spec.training.but(**settings))
    return plan, columns(plan, derivation.spec)


def groups(found: list[Column]) -> dict[str, list[str]]:
    return {title: [column.header for column in group] for title, group in groupby(found, key=lambda c: c.group)}


def test_the_class_sheet() -> None:
    found = groups(planned(symprop.load("classroom"))[1])
    order = " ".join(h for title, headers in found.items() if not title.startswith("Backward") for h in headers)
    sheet = "t1 t2 i1 i2 w1 w2 w3 w4 h1 a_h1 h2 a_h2 w5 w6 w7 w8 o1 a_o1 o2 a_o2 E1 E2 E_total"
    assert order == " ".join([sheet, *(f"∂E_total/∂w{k}" for k in range(1, 9))])
    assert found["Backward, output layer"] == ["∂E_total/∂a_o1", "δ_o1", "∂E_total/∂a_o2", "δ_o2"]
    assert list(found)[2] == "Weights, hidden layer"


def test_formulas_of_the_class_sheet() -> None:
    plan, found = planned(symprop.load("classroom"))
    table = Table(plan, found, 1, {"eta": "η"})
    by_header = {column.header: table.formulas(column)[0] for column in found}
    rows = {"b": 5, "p0": 4, "c0": 5, "i1": "Network!$B$9"}
    at = {column.header: letters(1 + k) for k, column in enumerate(found)}
    assert by_header["i1"] % rows == "=Network!$B$9"
    assert by_header["h1"] % rows == f"={at['w1']}5*{at['i1']}5+{at['w2']}5*{at['i2']}5"
    assert by_header["w5"] % rows == f"={at['w5']}4-η*{at['∂E_total/∂w5']}4"
    assert by_header["E_total"] % rows == f"={at['E1']}5+{at['E2']}5"
    assert by_header["∂E_total/∂w5"] % rows == f"={at['δ_o1']}5*{at['a_h1']}5"


def test_several_examples_have_means_once_a_block() -> None:
    plan, found = planned(symprop.load("xor"))
    means = [column for column in found if column.kind is Kind.MEAN]
    assert [column.header for column in means][:2] == ["mean E_total", "mean ∂E_total/∂w1"]
    assert {column.often for column in means} == {Often.BLOCK}
    table = Table(plan, found, 2, {"eta": "η"})
    loss = table.column_of("E_total")
    formula = table.formulas(means[0])[0] % {f"m{n}": 4 + n for n in range(4)}
    assert formula == f"=AVERAGE({loss}4,{loss}5,{loss}6,{loss}7)"


def test_what_an_optimizer_keeps_has_columns() -> None:
    _, found = planned(symprop.load("classroom"), update=UpdateRule("adam", "cosine"))
    kept, update = groups(found)["Kept between updates"], groups(found)["Update"]
    assert kept[:3] == ["τ", "m_w1", "m_w2"]
    assert {"η_τ", "c_m", "new m_w1", "new v_w8"} <= {*update}
    assert "new w1" not in update  # it stands in the next row


def test_a_batch_has_a_row_for_each_example_and_its_statistics_once() -> None:
    net = Network(3, [Dense(4), BatchNorm(), Dense(2)], batch=2, training=Training(x=[[1, 2, 3]] * 4, t=[[0, 1]] * 4))
    plan, found = planned(net)
    by_header = {column.header: column for column in found}
    assert (plan.copies, plan.batch, plan.height) == (2, 2, 4)
    assert by_header["z1_1"].scalars == ("z1_1_1", "z1_2_1")
    assert by_header["m2_4"].often is Often.COPY
    assert by_header["mean new mean2_1"].kind is Kind.MEAN


def test_the_working_of_a_rate_needs_no_examples_of_its_own() -> None:
    plan, found = planned(symprop.load("classroom"))
    kept = needed(plan, found)
    assert [c.header for c in found if c not in kept] == ["t1", "t2", "i1", "i2"]


def test_equations_have_their_own_names() -> None:
    found = groups(planned(symprop.load("logistic_equations"))[1])
    assert found["Equations"] == ["z", "p", "E"]
    assert found["Gradients"] == ["∂E/∂w1", "∂E/∂w2", "∂E/∂b"]
