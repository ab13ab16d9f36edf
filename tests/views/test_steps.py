"""The steps of one gradient in any net: paths, branches, and that what is worked out means the derivative."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.notation.plain import plain
from symprop.views.scalar import ScalarView
from symprop.views.steps import StepView
from tests.derivation.nets import nets
from tests.views.derived import derived
from tests.views.reading import number_of


def steps_of(*layers: Dense, inputs: int = 2, loss: str = "half_squared_error") -> StepView:
    program = NetworkSpec(inputs, layers, loss).elaborate()
    return StepView(ScalarView(derive(program), names_for(program)))


@settings(max_examples=40)
@given(nets(most_layers=3, widest=3), st.integers(0, 1000))
def test_the_branches_of_a_quantity_add_up_to_its_derivative(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    steps = StepView(found.view)
    for name in found.parameters:
        if steps.uses(name):
            got = sum(number_of(steps.worked_out(path), found.values) for path in steps.branches(name))
            assert got == pytest.approx(found.values[f"dE_total_d{name}"], rel=1e-9, abs=1e-12), name


@settings(max_examples=40)
@given(nets(most_layers=3, widest=3), st.integers(0, 1000))
def test_a_path_means_the_derivative(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    steps = StepView(found.view)
    for name in found.parameters:
        path = steps.path(name)
        if path.steps:
            got = number_of(steps.worked_out(path), found.values)
            assert got == pytest.approx(found.values[f"dE_total_d{name}"], rel=1e-9, abs=1e-12), name
            assert len(path.partials) == len(path.steps)


def test_every_step_stands_after_those_that_it_needs() -> None:
    steps = steps_of(Dense(3, "tanh"), Dense(3, "tanh"), Dense(2))
    settled = {"E_total"}
    for step in steps.chain("w1"):
        assert step.via.tensor.name in settled
        settled.add(step.wrt.tensor.name)
    assert "w1" in settled


def test_a_shared_weight_has_a_branch_for_each_use() -> None:
    steps = steps_of(Dense(2, "tanh", weights="V", bias=False), Dense(2, weights="V", bias=False))
    assert [step.via.tensor.name for step in steps.uses("w1")] == ["h1", "o1"]
    assert [plain(steps.worked_out(path)) for path in steps.branches("w1")] == [
        "((a_o1 - t1)*w1 + (a_o2 - t2)*w3)*(1 - a_h1**2)*i1",
        "(a_o1 - t1)*a_h1",
    ]


def test_a_mean_keeps_its_share_in_the_chain() -> None:
    steps = steps_of(Dense(2, bias=False), loss="mean_squared_error")
    assert plain(steps.product_of_partials(steps.path("w1"))) == "dE_total/dE1 * dE1/da_o1 * da_o1/do1 * do1/dw1"
    assert plain(steps.worked_out(steps.path("w1"))) == "(a_o1 - t1)*i1"
    assert len(steps.split_loss("w1")) == 2


def test_a_single_output_has_no_sum_to_split() -> None:
    steps = steps_of(Dense(1, bias=False))
    assert [plain(side) for side in steps.split_loss("w1")] == ["dE_total/dw1"]


def test_a_loss_that_is_no_sum_is_not_split() -> None:
    program = EquationsSpec(["h = w*x", "E = (h - t)**2/2"], "E", ["w"]).elaborate()
    steps = StepView(ScalarView(derive(program), Names()))
    assert steps.summands() == []
    assert plain(steps.product_of_partials(steps.path("w"))) == "dE/dh * dh/dw"


def test_what_a_quantity_does_not_reach() -> None:
    steps = steps_of(Dense(3, "tanh", bias=False), Dense(3, bias=False))
    assert steps.independent_of("w7") == ["E2", "E3"]
    assert steps.independent_of("a_h2") == []
    assert steps.summands() == ["E1", "E2", "E3"]


def test_uses_are_counted_as_they_are_found() -> None:
    steps = steps_of(Dense(3, "tanh"), Dense(4, "tanh"), Dense(2))
    for name in ("w1", "i2", "a_h1_2", "a_h2_3", "h2_1", "b_h1_1", "E1"):
        assert steps.count_uses(name) >= len(steps.uses(name)), name


def test_all_ways_end_where_a_derivative_is_zero() -> None:
    lines = ["a = sign(w*x)", "b = sign(w) + 3", "c = a*b + sign(c2)", "E = (c - t)**2"]
    program = EquationsSpec(lines, "E", ["w", "c2"]).elaborate()
    steps = StepView(ScalarView(derive(program), Names()))
    assert [plain(partial) for partial in steps.flat("w")] == ["da/dw", "db/dw"]
    assert [plain(partial) for partial in steps.flat("c2")] == ["dc/dc2"]
    assert steps.flat("a") == []


def test_one_way_to_the_loss_is_enough() -> None:
    program = EquationsSpec(["a = sign(w*x)", "E = a + w"], "E", ["w"]).elaborate()
    assert StepView(ScalarView(derive(program), Names())).flat("w") == []
