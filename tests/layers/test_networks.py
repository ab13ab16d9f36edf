"""Random networks over every layer, activation and loss: against autograd, 50-digit differences, and their own unrolling."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import autograd.numpy as anp
import pytest
from autograd import grad
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symprop.derivation.unroll import elements
from symprop.ir.program import Program, integer_tensors
from symprop.ir.tensor import Role
from symprop.layers import HOMES
from symprop.notation.packs import names_for
from tests.derivation.evaluation import Point
from tests.derivation.laws import Found, compare
from tests.layers.autograd_layers import loss
from tests.layers.networks import MAKERS, Network, networks

SEEDS = st.integers(0, 10**6)


def compare_network(network: Network, seed: int) -> Found:
    """By its parameters and its inputs."""
    program = _with_integers(network.spec.elaborate(network.training), Random(seed))
    names = names_for(program)
    by = [t.name for t in program.free if t.trainable and t.role in (Role.PARAMETER, Role.INPUT)]

    def referee(point: Point, wrt: list[str]) -> dict[str, float]:
        arrays = _arrays(program, names, point)
        slopes = grad(lambda varied: loss(network, {**arrays, **varied}))({name: arrays[name] for name in by})
        return {
            names.element(name, position, program.tensors[name].extents): float(slopes[name][position])
            for name in by
            for position in elements(program.tensors[name])
        }

    return compare(program, names, seed, referee, by=by, most_differences=3)


def _with_integers(program: Program, random: Random) -> Program:
    """The program with integers where it has none: those given are of a whole batch, which evaluation has not."""
    integers = dict(program.integers)
    for tensor, most in integer_tensors(program).items():
        for element in elements(tensor):
            integers.setdefault((tensor.name, element), random.randrange(most))
    return replace(program, integers=integers)


def _arrays(program: Program, names: Any, point: Point) -> dict[str, Any]:
    """The point as an array for each free tensor, the integers among them."""
    found = {}
    for tensor in program.free:
        if tensor.role is Role.INDEX:
            flat: list[Any] = [program.integers[tensor.name, position] for position in elements(tensor)]
        else:
            flat = [float(point[names.element(tensor.name, p, tensor.extents)]) for p in elements(tensor)]
        found[tensor.name] = anp.array(flat).reshape(tensor.extents)
    return found


@settings(max_examples=100)
@given(networks(), SEEDS)
def test_random_networks(network: Network, seed: int) -> None:
    found = compare_network(network, seed)
    assume(not found.skipped)
    assert found.nothing, found


@pytest.mark.slow
@settings(max_examples=2000)
@given(networks(), SEEDS)
def test_many_random_networks(network: Network, seed: int) -> None:
    found = compare_network(network, seed)
    assume(not found.skipped)
    assert found.nothing, found


def test_every_layer_is_drawn() -> None:
    assert set(MAKERS) | {"Embedding"} == set(HOMES)
