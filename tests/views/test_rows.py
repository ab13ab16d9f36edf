"""What the rows of adjoints are: both forms mean the row, uses of one row stand together, and what is no row is left alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

import symprop
from symprop.derivation.known import first_known
from symprop.derivation.step import Derivation
from symprop.ir.tensor import Moment
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.notation.formula import Entry, Formula
from symprop.notation.plain import plain
from symprop.scalar.decimals import decimals
from symprop.views.agreement import compare_views
from symprop.views.evaluate import Setting
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.rows import Rows, settled

FIRST = symprop.RNN(3, sequence=True, name="first")
NETS: dict[str, tuple[list[Layer], int | None]] = {
    "one use": ([FIRST, symprop.RNN(2)], None),
    "three gates": ([FIRST, symprop.GRU(2)], None),
    "four gates of a batch": ([symprop.GRU(3, sequence=True), symprop.LSTM(2)], 5),
    "a use of the whole beside": (
        [FIRST, symprop.LSTM(3, sequence=True, name="s"), symprop.Add(inputs=("first", "s"))],
        None,
    ),
    "two layers": (
        [
            FIRST,
            symprop.GRU(2, name="g"),
            symprop.RNN(2, inputs=("first",), name="r"),
            symprop.Add(inputs=("g", "r")),
        ],
        5,
    ),
}


@dataclass(frozen=True, repr=False)
class Given(Layer):
    """Equations as they are written."""

    lines: tuple[str, ...]

    def declare(self, *shapes: Shape) -> Declaration:
        return Declaration(self.lines)


def core(name: str) -> Derivation:
    layers, batch = NETS[name]
    return symprop.Network((4, 2), layers, batch=batch).derive(["x", "W1"] if "gates" not in name else None).core


@pytest.mark.parametrize("name", NETS)
def test_each_row_is_what_both_forms_say(name: str) -> None:
    derivation = core(name)
    known = first_known(derivation, 50, 0)
    rows = Rows(derivation)
    assert rows.lines
    with decimals(50) as arithmetic:
        setting = Setting(derivation.program, known.values, arithmetic)
        index, matrix = IndexView(derivation), MatrixView(derivation)
        for lines in rows.lines.values():
            assert len(lines) == 4
            for line in lines:
                left, right = setting.value(matrix.target(line)), setting.value(matrix.formula(line))
                assert np.abs(np.ravel(left - right)).max() < 1e-40
                extents = [range(1, i.extent + 1) for i in line.target.free]
                for place in np.ndindex(*map(len, extents)):
                    at = {i.name: p + 1 for i, p in zip(line.target.free, place, strict=True)}
                    assert abs(setting.value(index.target(line), at) - setting.value(index.formula(line), at)) < 1e-40


def said(name: str, adjoint: str) -> list[str]:
    derivation = core(name)
    view = MatrixView(derivation)
    return [
        f"{plain(view.target(line))} = {plain(view.formula(line), matrix=True)}"
        for line in Rows(derivation).lines[adjoint]
    ]


def test_uses_of_one_row_stand_together() -> None:
    gates = " + ".join(f"W2_{gate}.T @ dE_total_dz2_{gate}_3" for gate in "rug")
    assert said("three gates", "dE_total_dy1")[2] == f"dE_total_dy1[3] = {gates}"


def test_rows_of_a_batch_are_matrices() -> None:
    gates = " + ".join(f"dE_total_dz2_{gate}_1 @ W2_{gate}" for gate in "ifog")
    assert said("four gates of a batch", "dE_total_dy1")[0] == f"dE_total_dy1[:,1,:] = {gates}"


def test_what_the_whole_contributes_is_taken_at_the_row() -> None:
    gates = " + ".join(f"W2_{gate}.T @ dE_total_dz2_{gate}_4" for gate in "ifog")
    assert said("a use of the whole beside", "dE_total_dy1")[3] == f"dE_total_dy1[4] = {gates} + dE_total_dy3[4]"


def test_the_shares_are_not_told_beside_the_rows() -> None:
    derivation = core("three gates")
    shares = {name for name, tensor in derivation.program.tensors.items() if tensor.share is not None}
    assert Rows(derivation).shares == shares
    assert len(shares) == 3 * 4


def test_a_row_is_of_the_step_that_uses_it() -> None:
    lines = Rows(core("three gates")).lines["dE_total_dy1"]
    assert [line.target.tensor.moment for line in lines] == [Moment("dE_total_dy1", step) for step in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "line",
    [
        "y[k] = x[0,k]*x[1,k]*x[2,k]",  # the last row has no use
        "y[k] = x[0,k] + Sum(x[n,k]*x[n,k], n) + x[1,k]*x[2,k]*x[3,0]",  # one that is an element, besides
        "y[k] = Sum(x[n,k]*x[n,k], n)",
        "y[n] = x[n,0]*x[n,1]*x[0,1]*x[1,0]",  # of both axes
    ],
)
def test_what_is_not_filled_row_by_row_is_left_alone(line: str) -> None:
    rows = Rows(symprop.Network((4, 2), [Given((line,))]).derive(["x"]).core)
    assert not rows.lines
    assert not rows.shares


def test_a_line_stays_as_it_is_where_what_it_reads_is_written_out() -> None:
    network = symprop.Network((4, 2), [symprop.RNN(3, sequence=True)])
    equation = next(e for e in network.derive().core.program.equations if e.name == "dE_total_dp1_2")
    assert str(settled(equation).target) == "dE_total_dp1_2[0, j]"
    assert settled(equation, but={"dE_total_dy1"}) is equation


def test_a_share_in_the_wrong_row_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = MatrixView.target

    def moved(self: MatrixView, name: str) -> Formula:
        found = right(self, name)
        if isinstance(found, Entry) and "_via_" in name:
            return replace(found, indices=(str(5 - int(found.indices[0])),))
        return found

    monkeypatch.setattr(MatrixView, "target", moved)
    derivation = symprop.Network((4, 2), [FIRST, symprop.RNN(2)]).derive()
    wrong = {found.quantity for found in compare_views(derivation.core, derivation.names) if found.error > 1e-20}
    assert {f"dE_total_dy1_via_z2_{step}" for step in (1, 2, 3, 4)} <= wrong


def test_what_stands_around_a_row_is_compared_with_zero() -> None:
    derivation = symprop.Network((4, 2), [FIRST, symprop.RNN(2)]).derive()
    found = compare_views(derivation.core, derivation.names)
    shares = [each for each in found if each.form == "matrix" and "_via_" in each.quantity]
    assert [each.checked for each in shares] == [3 + 4 * 3] * 4
    assert all(each.error < 1e-40 for each in shares)
