"""Deriving commutes with unrolling, agrees with differences and autograd, and the steps add up: over nets and programs."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.derivation.evaluation import Referee
from tests.derivation.laws import Found, compare
from tests.derivation.nets import OF_ACTIVATION, OF_LOSS, PROBABILITIES, autograd_gradients, nets
from tests.derivation.programs import index_programs

SEEDS = st.integers(0, 10**6)


def compare_net(net: NetworkSpec, notation: str, seed: int) -> Found:
    program = net.elaborate()
    names = names_for(program, notation)
    return compare(program, names, seed, lambda point, wrt: autograd_gradients(net, names, point, wrt))


def compare_program(program: Program, seed: int) -> Found:
    return compare(program, Names(), seed, Referee(program, Names()).gradient)


@settings(max_examples=70)
@given(nets(), st.sampled_from(["classroom", "textbook"]), SEEDS)
def test_random_nets(net: NetworkSpec, notation: str, seed: int) -> None:
    found = compare_net(net, notation, seed)
    assume(not found.skipped)
    assert found.nothing, found


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_activation_with_every_loss(activation: str, loss: str) -> None:
    probability = LOSSES[loss].domain == (0, 1)
    last = activation if not probability or activation in PROBABILITIES else PROBABILITIES[0]
    net = NetworkSpec(2, [Dense(3, activation, bias="layer"), Dense(2, last)], loss)
    found = compare_net(net, "classroom", 7)
    assert not found.skipped
    assert found.nothing, found


def test_autograd_knows_every_rule() -> None:
    assert set(OF_ACTIVATION) == set(ACTIVATIONS)
    assert set(OF_LOSS) == set(LOSSES)


@settings(max_examples=120)
@given(index_programs(), SEEDS)
def test_random_index_programs(program: Program, seed: int) -> None:
    found = compare_program(program, seed)
    assume(not found.skipped)
    assert found.nothing, found


@pytest.mark.slow
@settings(max_examples=1200)
@given(nets(), st.sampled_from(["classroom", "textbook"]), SEEDS)
def test_many_random_nets(net: NetworkSpec, notation: str, seed: int) -> None:
    found = compare_net(net, notation, seed)
    assume(not found.skipped)
    assert found.nothing, found


@pytest.mark.slow
@settings(max_examples=1500)
@given(index_programs(), SEEDS)
def test_many_random_index_programs(program: Program, seed: int) -> None:
    found = compare_program(program, seed)
    assume(not found.skipped)
    assert found.nothing, found
