"""Raw equations: reading, deriving and asking take time in proportion to the number of lines; nets are in `test_linear`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.notation.packs import names_for
from symprop.views.delta import with_adjoints
from symprop.views.scalar import ScalarView
from symprop.views.steps import StepView
from tests.derivation.test_linear import seconds

FEW, MANY = 200, 1600  # lines; a quadratic algorithm takes eight times as long for each of the many


def chain(count: int) -> list[str]:
    """Each line reads the one before it, and a parameter that all share."""
    return ["h0 = w*x", *(f"h{k} = tanh(h{k - 1}) + w*v{k}" for k in range(1, count)), f"E = h{count - 1}**2"]


def table(count: int) -> list[str]:
    """Rows of data under one formula, added up, as in a workbook."""
    rows = range(count // 3)
    lines = (
        line
        for k in rows
        for line in (
            f"z{k} = w*x{k} + b",
            f"p{k} = 1/(1 + exp(-z{k}))",
            f"E{k} = (t{k} - p{k})**2/2 + {f'E{k - 1}' if k else 0}",
        )
    )
    return [*lines, f"E = E{rows[-1]}"]


def fan(count: int) -> list[str]:
    """Many functions of one parameter alone, each of another form."""
    sums = (line for k in range(1, count // 2) for line in (f"f{k} = {k}*exp(w)", f"s{k} = s{k - 1} + f{k}"))
    return ["s0 = w", *sums, f"E = s{count // 2 - 1}**2"]


SHAPES = {"a chain": chain, "a table": table, "a fan": fan}


def derived(lines: list[str]) -> Derivation:
    return derive(EquationsSpec(lines, "E").elaborate())


def gradient(derivation: Derivation) -> object:
    return viewed(derivation).formula("w")


def steps(derivation: Derivation) -> object:
    return StepView(viewed(derivation)).chain("w")


def viewed(derivation: Derivation) -> ScalarView:
    return ScalarView(derivation, with_adjoints(names_for(derivation.forward), derivation))


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_takes_time_in_proportion(shape: str) -> None:
    few, many = SHAPES[shape](FEW), SHAPES[shape](MANY)
    assert_in_proportion(lambda: EquationsSpec(few, "E"), lambda: EquationsSpec(many, "E"))


@pytest.mark.parametrize("shape", SHAPES)
def test_deriving_takes_time_in_proportion(shape: str) -> None:
    few, many = (EquationsSpec(SHAPES[shape](count), "E").elaborate() for count in (FEW, MANY))
    assert_in_proportion(lambda: derive(few), lambda: derive(many))


@pytest.mark.parametrize("asked", [gradient, steps])
@pytest.mark.parametrize("shape", SHAPES)
def test_asking_takes_time_in_proportion(shape: str, asked: Callable[[Derivation], object]) -> None:
    few, many = derived(SHAPES[shape](FEW)), derived(SHAPES[shape](MANY))
    assert_in_proportion(lambda: asked(few), lambda: asked(many))


def assert_in_proportion(few: Callable[[], object], many: Callable[[], object]) -> None:
    times = [seconds(work, 3) for work in (few, many)]
    assert times[1] / MANY < 3 * times[0] / FEW, times
