"""What is known at a point is the forward program's own, and the gradients' program is believed in nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symprop.derivation.known import as_numbers, first_known
from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.nodes import SumOfProducts
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.network import NetworkSpec
from symprop.scalar.decimals import decimals

NET = NetworkSpec(3, [Dense(4, "tanh"), Dense(2)]).elaborate()


def test_all_that_the_gradients_depend_on_is_worked_out() -> None:
    derivation = derive(NET)
    known = first_known(derivation, 30, 1)
    with decimals(30) as arithmetic:
        given = {name: as_numbers(array, arithmetic) for name, array in known.point.values.items()}
        whole = evaluate_arrays(derivation.program, given, arithmetic)
    assert known.base.keys() <= known.values.keys()
    assert set(derivation.gradients.values()) <= known.values.keys()
    assert all(np.array_equal(array, whole[name]) for name, array in known.values.items())
    assert not any(name.startswith("dE") for name in known.base)


def test_a_copy_of_the_forward_program_that_differs_is_not_taken_for_it() -> None:
    derivation = derive(NET)
    lines = tuple(
        replace(e, value=SumOfProducts(e.value.terms[:1]))
        if e.name == "z1" and isinstance(e.value, SumOfProducts)
        else e
        for e in derivation.program.equations
    )
    known = first_known(replace(derivation, program=replace(derivation.program, equations=lines)), 30, 1)
    assert not np.array_equal(known.base["z1"], known.values["z1"])
    assert not np.array_equal(known.base["a1"], known.values["a1"])


def test_a_seed_draws_the_integers_as_well() -> None:
    derivation = derive(NetworkSpec((3,), [Embedding(5, 2), Flatten(), Dense(2)]).elaborate())
    first, again, other = (first_known(derivation, 20, seed) for seed in (1, 1, 4))
    assert first.derivation.forward.integers == again.derivation.forward.integers
    assert first.derivation.forward.integers != other.derivation.forward.integers
    assert first.random.random() == again.random.random()
