"""Folding of long formulas on a terminal, and the names of adjoints."""

from __future__ import annotations

import pytest

import symprop
from symprop.cli.sections import scalar_sections, tensor_sections
from symprop.cli.typeset import as_text, folded

SUM = "(a_o1 - t1)*a_o1*(1 - a_o1)*w5 + (a_o2 - t2)*a_o2*(1 - a_o2)*w7"


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (80, [SUM]),
        (40, ["(a_o1 - t1)*a_o1*(1 - a_o1)*w5", "+ (a_o2 - t2)*a_o2*(1 - a_o2)*w7"]),
        (20, ["(a_o1 - t1)*a_o1", "*(1 - a_o1)*w5", "+ (a_o2 - t2)*a_o2", "*(1 - a_o2)*w7"]),
    ],
)
def test_sums_break_before_products(columns: int, lines: list[str]) -> None:
    assert folded(SUM, columns) == lines


def test_a_power_does_not_break() -> None:
    assert folded("alpha**beta", 6) == ["alpha**beta"]


def test_spaced_products_break_like_tight_ones() -> None:
    assert folded("da/db * db/dc + dd/de * de/df", 24) == ["da/db * db/dc", "+ dd/de * de/df"]
    assert folded("W2.T @ delta_z2", 8) == ["W2.T", "@ delta_z2"]
    assert folded("1 / sqrt(2)", 4) == ["1 / sqrt(2)"]


def test_what_is_inside_breaks_last() -> None:
    assert folded("(aaaa + bbbb)*cccc*dddd", 18) == ["(aaaa + bbbb)*cccc", "*dddd"]
    assert folded("(aaaa + bbbb)", 8) == ["(aaaa", "+ bbbb)"]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_fit_the_terminal(columns: int) -> None:
    derivation = symprop.load("classroom").derive()
    text = as_text(list(scalar_sections(derivation, {})), derivation, columns, fold=True)
    assert max(map(len, text.splitlines())) <= columns
    whole = as_text(list(scalar_sections(derivation, {})), derivation, columns)
    assert "".join(text.split()) == "".join(whole.split())


def test_an_adjoint_is_called_delta_unless_something_else_is() -> None:
    net = symprop.Network(3, [symprop.Dense(2, "tanh"), symprop.Dense(2, weights="delta_z1")]).derive()
    text = as_text(list(tensor_sections(net, "index", {})), net, 100)
    assert "δ_z2[j]             = ∂E_total/∂z2[j]" in text
    assert "dE_total_dz1[j]     = ∂E_total/∂z1[j] = (Σ_k δ_z2[k] · δ_z1[k,j]) · (1 − a1[j]²)" in text
