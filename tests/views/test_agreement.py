"""The views of one gradient say the same; a view that does not is seen, and named."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from symprop.derivation.sweep import derive
from symprop.ir.program import needed
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.normalisation import BatchNorm, LayerNorm
from symprop.layers.own import IndexLayer
from symprop.layers.pooling import MaxPool
from symprop.layers.shaping import Flatten
from symprop.layers.softmax import Softmax
from symprop.network import NetworkSpec
from symprop.notation.formula import WHOLE, Entry, Formula, Number, Product, Transpose
from symprop.notation.packs import names_for
from symprop.views.agreement import Agreement, compare_views
from symprop.views.delta import with_adjoints
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView
from symprop.views.tree import map_parts

NETS = {
    "dense": NetworkSpec(3, [Dense(2, "relu"), Dense(4, "silu", bias="layer")], "mean_squared_error"),
    "batch": NetworkSpec((3,), [Dense(4, "hard_tanh"), BatchNorm(), Dense(2)], "huber", batch=5),
    "classes": NetworkSpec((3,), [Dense(4, "tanh"), Softmax()], "categorical_cross_entropy", batch=2),
    "convolution": NetworkSpec((2, 5, 4), [Conv2d(3, (2, 3), "relu", padding=(1, 0)), MaxPool(2), Flatten(), Dense(2)]),
    "attention": NetworkSpec((3, 4), [MultiHeadAttention(2, causal=True), LayerNorm()], "squared_error"),
    "windows": NetworkSpec(
        (3, 5),
        [
            IndexLayer(("y[c, p] = LogSumExp(x[c, p + u - 1], u)",), sizes={"u": 3, "p": 5}),
            IndexLayer(("y[c, p] = Max(x[c, 2*p + u - 1], u)",), sizes={"u": 4, "p": 3}),
        ],
    ),
    "embedding": NetworkSpec((4,), [Embedding(5, 3), Flatten(), Dense(2)]),
}


def compared(spec: NetworkSpec) -> tuple[Agreement, ...]:
    derivation = derive(spec.elaborate())
    return compare_views(derivation, with_adjoints(names_for(derivation.forward), derivation))


@pytest.mark.parametrize("name", NETS)
def test_all_views_agree(name: str) -> None:
    found = compared(NETS[name])
    assert max(view.error for view in found) < 1e-40, [view for view in found if view.error >= 1e-40]
    for view in found:
        assert bool(view.checked) != bool(view.why)
        assert view.checked or view.why.endswith("has no matrix form"), view
    parameters = {tensor.name for tensor in NETS[name].elaborate().trainable}
    assert parameters <= {view.quantity for view in found if view.form == "scalar" and view.checked}


@pytest.mark.parametrize(
    ("view", "form"), [(IndexView, "index"), (MatrixView, "matrix"), (ScalarView, "scalar")], ids=str
)
def test_a_view_that_says_something_else_is_named(view: type, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = view.formula  # type: ignore[attr-defined]

    def off(self: Any, name: str) -> Any:
        found = right(self, name)
        return Product((Number(2.0), found)) if name in ("dE_total_dW2", "w9") else found

    monkeypatch.setattr(view, "formula", off)
    wrong = [(found.quantity, found.form) for found in compared(NETS["dense"]) if found.error > 1e-20]
    assert wrong == [("W2", form)]


def test_an_index_in_the_wrong_place_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """On either side: the heads of O1 stand on its second axis."""
    for side in ("formula", "target"):
        right = getattr(MatrixView, side)
        with monkeypatch.context() as patch:
            patch.setattr(MatrixView, side, lambda self, name, right=right: _leading(right(self, name)))
            wrong = {(found.quantity, found.form) for found in compared(NETS["attention"]) if found.error > 1e-20}
        assert wrong == {("O1", "matrix")} if side == "target" else ("dE_total_do1", "matrix") in wrong


def _leading(formula: Formula) -> Formula:
    """The formula with whole axes left out, so that every index stands in front."""
    if isinstance(formula, Entry):
        return Entry(formula.tensor, tuple(index for index in formula.indices if index != WHOLE))
    return map_parts(formula, _leading)


def test_a_row_is_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    right = MatrixView.formula
    monkeypatch.setattr(MatrixView, "formula", lambda self, name: Transpose(right(self, name)))
    wrong = {found.quantity for found in compared(NETS["dense"]) if found.error == inf}
    assert {"b1", "dE_total_dz1", "W1"} <= wrong


def test_where_a_matrix_differs_is_said_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = MatrixView.formula
    monkeypatch.setattr(MatrixView, "formula", lambda self, name: Product((Number(2.0), right(self, name))))
    found = {view.quantity: view.entry for view in compared(NETS["attention"]) if view.form == "matrix"}
    assert found["O1"] in ("O1[:,1,:]", "O1[:,2,:]")
    assert found["g2"] == "g2"


@pytest.mark.parametrize("name", NETS)
def test_every_forward_equation_is_read_too(name: str) -> None:
    found = {(view.quantity, view.form) for view in compared(NETS[name]) if view.forward and view.checked}
    derivation = derive(NETS[name].elaborate())
    wanted = {e.name for e in derivation.forward.equations} & {
        e.name for e in needed(derivation.program.equations, derivation.gradients.values())
    }
    assert {quantity for quantity, form in found if form == "index"} >= wanted
    assert any(form == "matrix" for _, form in found)


def test_a_forward_equation_that_says_something_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that reach over the edge, with what is outside as 0: as a reader of a plain sum would take them."""
    monkeypatch.setattr("symprop.views.evaluate._Evaluation._is_outside", lambda *_: False)
    wrong = [(view.quantity, view.form, view.forward) for view in compared(NETS["windows"]) if view.error > 1e-20]
    assert ("y1", "index", True) in wrong


def test_long_sums_are_left_out_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symprop.views.agreement.MOST_TERMS", 3)
    left_out = {(found.quantity, found.form) for found in compared(NETS["batch"]) if "too long" in found.why}
    assert {("W1", "index"), ("W1", "scalar"), ("W4", "index")} & left_out
