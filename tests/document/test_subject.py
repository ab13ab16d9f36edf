"""What can be asked of a derivation's layers, without naming more elements than are wanted."""

from __future__ import annotations

import pytest

from symprop.document.subject import MOST_PARAMETERS, Subject
from symprop.face import Derivation, Equations, Network
from symprop.layers.dense import Dense


def subject(derivation: Derivation) -> Subject:
    return Subject("net", derivation.core, derivation.names, derivation.scalars, {}, 0.5)


def net(inputs: int, *layers: Dense) -> Subject:
    return subject(Derivation(Network(inputs, layers)))


@pytest.mark.parametrize(("inputs", "small"), [(MOST_PARAMETERS - 1, True), (MOST_PARAMETERS, False)])
def test_small_counts_the_biases_too(inputs: int, small: bool) -> None:
    assert net(inputs, Dense(1)).small is small


def test_fixed_parameters_do_not_count() -> None:
    assert net(MOST_PARAMETERS, Dense(3, "tanh", trainable=False), Dense(1)).small


def test_the_parameters_of_a_layer() -> None:
    found = net(2, Dense(3, "tanh"), Dense(1, bias=False))
    assert found.parameters_of(1) == ["w1", "w2", "w3", "w4", "w5", "w6", "b_h1", "b_h2", "b_h3"]
    assert found.parameters_of(1, 7) == ["w1", "w2", "w3", "w4", "w5", "w6", "b_h1"]
    assert found.parameters_of(2, 7) == ["w7", "w8", "w9"]


def test_a_list_of_equations_has_no_layers() -> None:
    assert subject(Derivation(Equations(["h = w*x", "E = (t - h)**2"], "E", ["w"]))).layers == 0
    assert net(2, Dense(3), Dense(1)).layers == 2
