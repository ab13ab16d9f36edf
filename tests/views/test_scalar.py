"""Per-weight formulas: their text means the gradient, in any net and notation; budgets, depth, and what cannot be asked."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation import packs
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.notation.plain import plain
from symprop.scalar.function import define
from symprop.views import scalar
from symprop.views.scalar import ScalarView, equation_formula
from symprop.views.tree import symbols
from tests.derivation.nets import nets
from tests.views.derived import derived
from tests.views.reading import number_of

NOTATIONS = st.sampled_from(sorted(packs.NOTATIONS))


def view_of(*widths: int, activation: str = "sigmoid", loss: str = "half_squared_error") -> ScalarView:
    layers = [Dense(units, activation, bias=False) for units in widths[1:]]
    program = NetworkSpec(widths[0], layers, loss).elaborate()
    return ScalarView(derive(program), names_for(program))


@settings(max_examples=60)
@given(nets(most_layers=3, widest=3), NOTATIONS, st.integers(0, 1000))
def test_every_formula_means_the_gradient(net: NetworkSpec, notation: str, seed: int) -> None:
    found = derived(net, notation, seed)
    for name in found.parameters:
        formula = found.view.formula(name)
        expected = pytest.approx(found.values[f"dE_total_d{name}"], rel=1e-9, abs=1e-12)
        assert number_of(formula, found.values) == expected, plain(formula)


@settings(max_examples=30)
@given(nets(most_layers=3, widest=3), st.integers(0, 1000))
def test_formulas_refer_to_forward_names_only(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    forward = {t.name for t in found.view.program.tensors.values() if t.role not in (Role.ADJOINT, Role.GRADIENT)}
    for name in found.parameters:
        assert set(symbols(found.view.formula(name))) <= forward | {"pi"}


@settings(max_examples=30)
@given(nets(most_layers=3, widest=3), st.integers(0, 1000))
def test_every_forward_line_means_its_value(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    for equation in found.view.program.equations:
        got = number_of(equation_formula(equation), found.values)
        assert got == pytest.approx(found.values[equation.name], rel=1e-9, abs=1e-12), equation.name


@settings(max_examples=20)
@given(nets(most_layers=2, widest=2), st.integers(0, 1000))
def test_expressions_mean_the_gradient(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    for name in found.parameters[:3]:
        for expand in (False, True):
            expression = found.view.expression(name, expand=expand)
            point = {symbol: sympy.Float(found.values[symbol.name], 30) for symbol in expression.free_symbols}
            got = float(sympy.N(define(expression.xreplace(point))))
            assert got == pytest.approx(found.values[f"dE_total_d{name}"], rel=1e-6, abs=1e-9)


def test_expanded_is_over_free_quantities_alone() -> None:
    view = view_of(2, 3, 1)
    expression = view.expression("w1", expand=True)
    assert {symbol.name for symbol in expression.free_symbols} <= {t.name for t in view.program.free}
    assert view.expression("w1").free_symbols != expression.free_symbols


@pytest.mark.parametrize("expand", [False, True])
def test_expression_does_not_depend_on_what_was_asked_before(expand: bool) -> None:
    """One formula may stop at δ while another, of fewer operands, does not: parts they have in common must not be mixed."""
    alone = {name: view_of(3, 3, 3, 3).expression(name, expand=False) for name in ("w1", "w10", "w19")}
    together = view_of(3, 3, 3, 3)
    scalar_limit, scalar.MOST_OPERANDS = scalar.MOST_OPERANDS, 60
    try:
        stopped = together.expression("w1")
    finally:
        scalar.MOST_OPERANDS = scalar_limit
    assert any(symbol.name.startswith("dE_total") for symbol in stopped.free_symbols)
    for name in ("w10", "w19", "w1"):
        assert together.expression(name) == alone[name]


def test_a_large_formula_stops_at_the_adjoints_of_weighted_sums() -> None:
    view = view_of(8, 8, 8, 8, 8)
    formula = view.formula("w1")
    assert view.deltas(formula) == ["dE_total_dh1_1"]
    assert plain(formula) == "dE_total_dh1_1*i1"
    delta = view.value("dE_total_dh1_1", stop=True)
    assert view.deltas(delta) == [f"dE_total_dh2_{k}" for k in range(1, 9)]


def test_a_small_formula_is_written_out() -> None:
    assert view_of(3, 3, 2).deltas(view_of(3, 3, 2).formula("w1")) == []


def test_expansion_has_a_budget() -> None:
    with pytest.raises(BudgetError, match=r"expanded gradient of 'w1' is too large .expected at most 50,000 operands"):
        view_of(6, 6, 6, 6, 6, 6, 6).expression("w1", expand=True)


@pytest.mark.parametrize("depth", [60, 150, 190, 400])
def test_a_net_deeper_than_pythons_stack(depth: int) -> None:
    view = view_of(1, *[1] * depth)
    assert "w2" in symbols(view.formula("w1")) or view.deltas(view.formula("w1"))
    assert view.expression("w1").free_symbols


@pytest.mark.parametrize(
    ("name", "message"),
    [("w9", "there is no quantity 'w9'. Known: E1, E2"), ("i1", "the gradient of 'i1' was not derived")],
)
def test_what_cannot_be_asked(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        view_of(2, 2, 2).formula(name)


def test_an_element_does_not_unroll_the_others() -> None:
    view = view_of(40, 30, 20)
    view.formula("w1201")
    assert "program" not in vars(view)
    assert len(view._lines) < 30


def test_a_fixed_parameter_has_no_formula() -> None:
    program = NetworkSpec(2, [Dense(2, trainable=False), Dense(1)]).elaborate()
    view = ScalarView(derive(program), names_for(program))
    with pytest.raises(UserError, match=r"the gradient of 'w1' was not derived. Ask for it"):
        view.formula("w1")


def test_equations_given_raw_have_formulas_too() -> None:
    program = EquationsSpec(["h = w*x", "a = 1/(1 + exp(-h))", "E = (t - a)**2/2"], "E", ["w"]).elaborate()
    assert plain(ScalarView(derive(program), Names()).formula("w")) == "(a - t)*a*(1 - a)*x"
