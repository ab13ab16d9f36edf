"""Own layers of random texts: what they compute, and how it changes, against the text worked out number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import Program
from symprop.layers.own import IndexLayer
from symprop.network import NetworkSpec
from symprop.scalar.numeric import FLOAT
from tests.layers.own_texts import BELOW, Referee, Text, text

Arrays = dict[str, Any]
STEP = 1e-5


def values_of(made: Text, seed: int) -> Arrays:
    """Numbers for all that the equations read, by its name there."""
    random = np.random.default_rng(seed)
    found = {name: random.uniform(-1, 1, shape) for name, shape in {**made.shapes, **made.parameters}.items()}
    return {**found, "x3": random.integers(0, BELOW, made.shapes["x3"])}


def program_of(made: Text, values: Arrays) -> Program:
    layer = IndexLayer(tuple(made.lines), made.sizes, made.numbers, inputs=("x1", "x2", "x3"))
    return NetworkSpec(made.shapes, [layer], values={"x3": values["x3"].tolist()}).elaborate()


def given(program: Program, values: Arrays) -> Arrays:
    """The numbers by their names in the network, where parameters have the layer's; targets are 0."""
    named = {**values, **{f"{name}1": array for name, array in values.items()}, "t": 0.0}
    free = [tensor for tensor in program.free if tensor.name != "x3"]
    return {t.name: np.broadcast_to(np.asarray(named[t.name], dtype=object), t.extents) for t in free}


def compare(seed: int) -> None:
    made = text(seed)
    values = values_of(made, seed)
    try:
        expected = Referee(made, values).known["y"]
    except ValueError:  # the largest of nothing
        with pytest.raises(UserError, match="has no value"):
            program_of(made, values)
        return
    program = program_of(made, values)
    assert program.output is not None
    found = evaluate_arrays(program, given(program, values), FLOAT)[program.output].astype(float)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_a_text_means_what_it_says(seed: int) -> None:
    compare(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 1000))
def test_many_texts_mean_what_they_say(seed: int) -> None:
    compare(seed)


def with_a_value(seed: int) -> tuple[Text, Arrays]:
    """The first text from a seed on that has a value everywhere, and numbers for it."""
    made = text(seed)
    values = values_of(made, seed)
    try:
        Referee(made, values)
    except ValueError:
        return with_a_value(seed + 1)
    return made, values


@pytest.mark.parametrize("seed", range(1000, 1120, 10))
def test_its_gradients_are_those_of_the_text(seed: int) -> None:
    """In a random direction, against the difference of what the text says."""
    made, values = with_a_value(seed)
    program = program_of(made, values)
    by = [tensor.name for tensor in program.free if tensor.name not in ("t", "x3")]
    derivation = derive(program, by)
    found = evaluate_arrays(derivation.program, given(program, values), FLOAT)
    ways = {name: np.random.default_rng(seed + 1).uniform(-1, 1, values[name].shape) for name in values if name != "x3"}
    gradients = {name: found[derivation.gradients[name if name in by else f"{name}1"]] for name in ways}
    slope = sum(float(np.sum(gradients[name] * way)) for name, way in ways.items())

    def loss(step: float) -> float:
        moved = {name: values[name] + step * way for name, way in ways.items()}
        return float((Referee(made, {**values, **moved}).known["y"] ** 2).sum() / 2)

    assert slope == pytest.approx((loss(STEP) - loss(-STEP)) / (2 * STEP), rel=1e-6, abs=1e-7)
