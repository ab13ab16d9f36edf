"""Index formulas: read with loops, they mean the gradient; bound letters never clash; elements count from 1 in print."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.ir.nodes import single
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.formula import Entry, Fold, Symbol
from symprop.notation.plain import plain
from symprop.views.index import IndexView, entry
from tests.derivation.nets import nets
from tests.derivation.programs import ORIGIN
from tests.derivation.test_sweep import PROGRAMS
from tests.views.derived import derived
from tests.views.reading import arrays, entry_of


@settings(max_examples=60)
@given(nets(most_layers=3), st.integers(0, 1000))
def test_every_line_means_its_tensor(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    program = found.derivation.program
    tensors = arrays(program, found.names, found.values)
    view = IndexView(found.derivation)
    for equation in program.equations:
        formula = view.formula(equation.name)
        letters = [index.name for index in equation.target.free]
        for position in np.ndindex(*equation.target.tensor.extents):
            got = entry_of(formula, tensors, dict(zip(letters, position, strict=True)))
            assert got == pytest.approx(float(tensors[equation.name][position]), rel=1e-9, abs=1e-12), plain(formula)


def formulas(*layers: Dense, inputs: int = 4, loss: str = "half_squared_error") -> dict[str, str]:
    derivation = derive(NetworkSpec(inputs, layers, loss).elaborate())
    view = IndexView(derivation)
    return {name: plain(view.formula(gradient)) for name, gradient in derivation.gradients.items()}


def test_a_dense_net_as_it_prints() -> None:
    assert formulas(Dense(3, "sigmoid"), Dense(2, "sigmoid", bias="layer")) == {
        "W1": "dE_total_dz1[j]*x[k]",
        "b1": "dE_total_dz1[j]",
        "W2": "dE_total_dz2[j]*a1[k]",
        "b2": "Sum(dE_total_dz2[j], j)",
    }


def test_the_adjoint_of_an_activation_is_written_out() -> None:
    derivation = derive(NetworkSpec(4, [Dense(3, "tanh"), Dense(2)]).elaborate())
    text = plain(IndexView(derivation).formula("dE_total_dz1"))
    assert "dE_total_dz2[" in text
    assert "dE_total_da1" not in text
    assert text.endswith("*(1 - a1[j]**2)")


@pytest.mark.parametrize("name", PROGRAMS)
def test_anything_has_an_index_form(name: str) -> None:
    derivation = derive(PROGRAMS[name])
    for equation in derivation.program.equations:
        assert plain(IndexView(derivation).formula(equation.name))


def test_bound_letters_are_fresh() -> None:
    """The gradient's own letter is j, which the forward sum binds; the backward one must bind another."""
    j, k = Index("j", 3), Index("k", 3)
    w, v = Tensor("w", (j,), Role.PARAMETER), Tensor("V", (j, k), Role.INPUT)
    lines = (
        Equation(Tensor("y", (k,))(), single(1, v(j, k), w(j), over=(j,)), ORIGIN),
        Equation(Tensor("E", (), Role.LOSS)(), single(1, Tensor("y", (k,))(), Tensor("y", (k,))(), over=(k,)), ORIGIN),
    )
    text = plain(IndexView(derive(Program((w, v), lines, "E"))).formula("dE_dw"))
    assert text == "Sum(dE_dy[k]*V[j,k], k)"


def test_entries_keep_their_affine_indices() -> None:
    j = Index("j", 3)
    assert entry(Tensor("x", (j,))(Affine(((2, j),), -1))) == Entry("x", ("2*j - 2",))
    assert entry(Tensor("s")()) == Symbol("s")


def test_reductions_name_what_they_run_over() -> None:
    derivation = derive(PROGRAMS["a maximum of a diagonal"])
    assert IndexView(derivation).formula("s") == Fold("max", (Entry("W", ("j", "j")),), ("j",), (3,))


def test_indices_keep_apart_from_tensors_of_one_letter() -> None:
    net = NetworkSpec(2, [Dense(3, weights="k"), Dense(4, weights="j", bias=False)])
    view = IndexView(derive(net.elaborate()))
    lines = [
        f"{plain(view.target(name))} = {plain(view.formula(name))}" for name in ("z1", "dE_total_dz1", "dE_total_dj")
    ]
    assert lines == [
        "z1[l] = Sum(k[l,m]*x[m], m) + b1[l]",
        "dE_total_dz1[l] = Sum(dE_total_dz2[m]*j[m,l], m)",
        "dE_total_dj[l,m] = dE_total_dz2[l]*a1[m]",
    ]
