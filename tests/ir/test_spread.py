"""One more axis: each position along it has the numbers that the program gives alone, once spread or twice."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.errors import InternalError
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.check import check_lines
from symprop.ir.facts import totals
from symprop.ir.program import Program
from symprop.ir.spread import fresh_axis, spread
from symprop.ir.tensor import Index, Role
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.layers.softmax import Softmax
from symprop.network import NetworkSpec
from symprop.scalar.numeric import FLOAT
from tests.derivation.programs import index_programs

QUICK = settings(max_examples=25, suppress_health_check=list(HealthCheck))


def drawn(program: Program, seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {t.name: random.normal(size=t.extents) for t in program.free if t.role is not Role.INDEX}


def evaluated(program: Program, values: dict[str, Any]) -> dict[str, Any]:
    found = evaluate_arrays(program, {name: array.astype(object) for name, array in values.items()}, FLOAT)
    return {name: np.asarray(array).astype(float) for name, array in found.items()}


def compare(program: Program, whole: Program, values: dict[str, Any], count: int) -> None:
    """Each position along the first axis of the whole program, against the program itself."""
    found = evaluated(whole, values)
    for place in range(count):
        has_axis = {name: array.ndim > len(program.tensors[name].extents) for name, array in found.items()}
        own = {name: array[place] if has_axis[name] else array for name, array in values.items()}
        for name, expected in evaluated(program, own).items():
            at = found[name][place] if has_axis[name] else found[name]
            np.testing.assert_allclose(at, expected, rtol=1e-9, atol=1e-10, err_msg=name)


@QUICK
@given(index_programs(), st.integers(0, 10**6))
def test_each_position_is_the_program_alone(program: Program, seed: int) -> None:
    """With any of the free tensors, some of which make no axis."""
    random = Random(seed)
    chosen = [tensor.name for tensor in program.free if random.random() < 0.6]
    axis = fresh_axis(program, "n", 2)
    whole = spread(program, axis, chosen)
    check_lines(whole.free, whole.equations)
    compare(program, whole, drawn(whole, seed), 2)


@QUICK
@given(index_programs(), st.integers(0, 10**6))
def test_twice_spread(program: Program, seed: int) -> None:
    random = Random(seed)
    first, second = ([t.name for t in program.free if random.random() < 0.6] for _ in range(2))
    once = spread(program, fresh_axis(program, "n", 2), first)
    axis = fresh_axis(once, "n", 3)
    twice = spread(once, axis, second)
    check_lines(twice.free, twice.equations)
    assert all((t.indices[0] == axis) == (t.name in second) for t in twice.free if t.indices)
    assert axis.name == ("n2" if first else "n")
    compare(once, twice, drawn(twice, seed), 3)


def test_only_what_is_computed_from_it_gets_the_axis() -> None:
    program = NetworkSpec(2, [Dense(3), Dense(4)]).elaborate()
    whole = spread(program, Index("n", 5), ["W2"])
    assert [name for name, tensor in whole.tensors.items() if tensor.indices[:1] == (Index("n", 5),)] == [
        "W2", "z2", "a2", "E", "E_total",
    ]  # fmt: skip
    assert whole.tensors["z1"].indices == program.tensors["z1"].indices


def test_nothing_spread_is_the_same_program() -> None:
    program = NetworkSpec(2, [Dense(3)]).elaborate()
    assert spread(program, Index("n", 5), []) == program


def test_an_axis_has_a_name_that_nothing_has() -> None:
    program = NetworkSpec((3, 2), [Dense(4)], batch=5).elaborate()
    used = {index.name for equation in program.equations for access in equation.value.accesses for index in access.free}
    for name in used:
        assert fresh_axis(program, name, 7) == Index(f"{name}2", 7)
    assert fresh_axis(program, "fresh", 7) == Index("fresh", 7)


def test_facts_hold_at_each_position() -> None:
    program = NetworkSpec(2, [Dense(3), Softmax()], "categorical_cross_entropy").elaborate()
    (fact,) = spread(program, Index("n", 2), ["x", "t"]).facts
    assert fact.indices[0].name == "n"
    t = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.75]])
    found = [total for _, total in totals(fact, lambda element: float(t[element[1]]))]
    assert found == [1.0, 1.25]
    (kept,) = spread(program, Index("n", 2), ["x"]).facts
    assert kept == program.facts[0]


def test_a_derivation_by_facts_is_that_of_each_position() -> None:
    """The gradient of a spread program with the loss of each position, summed by hand."""
    program = NetworkSpec(2, [Dense(3), Softmax()], "categorical_cross_entropy").elaborate()
    derivation = derive(program)
    whole = spread(derivation.program, Index("n", 2), ["x", "t"])
    random = np.random.default_rng(3)
    values = drawn(whole)
    values["t"] = random.dirichlet(np.ones(3), 2)
    compare(derivation.program, whole, values, 2)


def test_integers_that_are_spread_are_no_longer_given() -> None:
    program = NetworkSpec((2,), [Embedding(5, 3), Flatten()], values={"x": [4, 1]}).elaborate()
    assert len(program.integers) == 2
    assert spread(program, Index("n", 3), ["x", "t"]).integers == {}
    assert spread(program, Index("n", 3), ["W1", "t"]).integers == program.integers
    read = [
        access for equation in spread(program, Index("n", 3), ["x"]).equations for access in equation.value.accesses
    ]
    (table,) = [access for access in read if access.tensor.name == "W1"]
    assert str(table).startswith("W1[x[n, ")


def test_two_axes_of_one_name_are_a_bug() -> None:
    program = NetworkSpec(2, [Dense(3)]).elaborate()
    whole = spread(program, program.tensors["z1"].indices[0], ["x"])
    with pytest.raises(InternalError, match="two axes of 'z1' have one name"):
        check_lines(whole.free, whole.equations)
