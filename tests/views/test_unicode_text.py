"""What is printed is what is computed: the Unicode text of gradients, read back as a person would, is worked out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symprop
from symprop.examples import names as example_names
from symprop.network import NetworkSpec
from symprop.notation.formula import Formula
from symprop.notation.letters import function, identifier
from symprop.notation.names import Names
from symprop.notation.packs import NOTATIONS
from symprop.notation.unicode import unicode_text
from symprop.views.scalar import equation_formula
from tests.derivation.nets import nets
from tests.notation.unicode_reader import Reader
from tests.views.derived import derived
from tests.views.reading import CALLS


def read_back(formula: Formula, names: Names, values: Mapping[str, Any]) -> float:
    """The number that the text amounts to; no two names may look alike."""
    shown = {identifier(name): value for name, value in values.items()}
    assert len(shown) == len(values)
    called: dict[str, Callable[..., Any]] = {function(name, names): call for name, call in CALLS.items()} | {"max": max}
    reader = Reader({**shown, "π": math.pi}, called, number=_number)
    return float(reader.value(unicode_text(formula, names)))


def _number(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


@settings(max_examples=50)
@given(nets(most_layers=3, widest=3), st.sampled_from(sorted(NOTATIONS)), st.integers(0, 1000))
def test_gradients_and_forward_lines_of_random_nets(net: NetworkSpec, notation: str, seed: int) -> None:
    found = derived(net, notation, seed)
    for name in found.parameters:
        expected = pytest.approx(found.values[f"dE_total_d{name}"], rel=1e-9, abs=1e-12)
        assert read_back(found.view.formula(name), found.names, found.values) == expected
    for equation in found.view.program.equations:
        got = read_back(equation_formula(equation), found.names, found.values)
        assert got == pytest.approx(found.values[equation.name], rel=1e-9, abs=1e-12), equation.name


@pytest.mark.parametrize("example", [name for name in example_names() if name != "mnist_cnn"])
def test_every_gradient_of_the_examples(example: str) -> None:
    found = derived(symprop.load(example), seed=3)  # type: ignore[arg-type]
    identifiers = found.parameters
    for name in identifiers if len(identifiers) < 100 else random.Random(1).sample(identifiers, 30):
        gradient = found.view.gradient_name(name)
        got = read_back(found.view.value(gradient, stop=True), found.names, found.values)
        assert got == pytest.approx(found.values[gradient], rel=1e-9, abs=1e-12)
        if found.view.fits(gradient, 2000):
            got = read_back(found.view.formula(name), found.names, found.values)
            assert got == pytest.approx(found.values[gradient], rel=1e-9, abs=1e-12)
