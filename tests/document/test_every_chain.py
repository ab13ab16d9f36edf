"""Every chain of equations that a document or an explanation prints is true, for random lists of equations and shared weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symprop.cli.explained import explained
from symprop.errors import UserError
from symprop.face import Derivation, Equations, Network
from symprop.layers.dense import Dense
from symprop.notation.formula import Chain
from symprop.notation.plain import plain
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.document.test_narrative import ELSEWHERE, Numbers, chains, numbered

Draw = Any
RIGHT_SIDES = (
    "{a}*{b}", "{a} + {b}", "{a}*{b} + {c}", "{a} - {b}", "{a}**2/2", "({a} - {b})**2/2", "sin({a})", "{a}*{b}*{c}",
    "1/(1 + exp(-{a}))", "tanh({a}*{b})", "{a} + {a}*{b}", "{a}/(2 + {b}**2)", "exp({a})", "{a}", "2*{a}",
)  # fmt: skip


@st.composite
def lists(draw: Draw) -> Derivation:
    """One to six equations, in which names are used several times, next to each other and through one another."""
    names, lines = ["w", "x", "b"], []
    for number in range(draw(st.integers(1, 5))):
        lines.append(f"v{number} = {_right(draw, names)}")
        names.append(f"v{number}")
    summands = draw(st.lists(st.sampled_from(names[3:]), min_size=1, max_size=3, unique=True))
    lines.append(f"E = {draw(st.sampled_from([' + '.join(summands), _right(draw, names)]))}")
    try:
        free = [tensor.name for tensor in Equations(lines, "E").elaborate().free]
        assume(free)
        values = {name: round(draw(st.floats(0.2, 0.9)), 3) for name in free}
        return Equations(lines, "E", draw(st.sampled_from([free, free[:1]])), values=values).derive()
    except UserError:  # everything cancels
        assume(False)
        raise


def _right(draw: Draw, names: list[str]) -> str:
    a, b, c = (draw(st.sampled_from(names)) for _ in range(3))
    return draw(st.sampled_from(RIGHT_SIDES)).format(a=a, b=b, c=c)


@st.composite
def shared(draw: Draw) -> Derivation:
    """Two layers of one shape that share their weights, and an output layer."""
    units, activations, flags = (
        draw(st.integers(1, 2)),
        st.sampled_from(list(ACTIVATIONS)),
        st.sampled_from([True, False]),
    )
    layers = [Dense(units, draw(activations), bias=draw(flags), weights="W") for _ in range(2)]
    layers.append(Dense(draw(st.integers(1, 2)), "sigmoid"))
    return numbered(Derivation(Network(units, layers, loss=draw(st.sampled_from(list(LOSSES))))))


def printed(derivation: Derivation) -> Iterator[tuple[str, Chain]]:
    yield from chains(derivation.document().blocks, *ELSEWHERE)
    for parameter in derivation.parameters():
        for section in explained(derivation, parameter, {}):
            yield from ((section.title, chain) for chain in section.chains)


@given(lists())
def test_lists_of_equations(derivation: Derivation) -> None:
    _check(derivation)


@settings(max_examples=20)
@given(shared())
def test_shared_weights(derivation: Derivation) -> None:
    _check(derivation)


@pytest.mark.slow
@settings(max_examples=100)
@given(shared())
def test_many_shared_weights(derivation: Derivation) -> None:
    _check(derivation)


def _check(derivation: Derivation) -> None:
    numbers = Numbers(derivation)
    for title, chain in printed(derivation):
        values = [numbers.value(side, derivation.numbers) for side in chain.sides]
        scale = max(1.0, *map(abs, values))
        assert max(values) - min(values) < 1e-4 * scale, (title, [plain(side) for side in chain.sides], values)


@pytest.mark.parametrize(
    ("lines", "parameter", "expected"),
    [
        (["y = w*x", "E = y + w"], "w", ["dE/dw = dy/dw + dE/dw|direct", "dE/dw|direct = 1"]),
        (["h = w*x", "E1 = h**2", "E2 = b*c", "E = E1 + E1*E2"], "w", ["dE/dw = dE/dE1 * dE1/dh * dh/dw"]),
        (["v0 = tanh(b*w)", "v1 = v0", "v2 = v1 - v0/2", "E = v2 + v1 + b"], "w", ["dE/dw = dE/dv0 * dv0/dw"]),
    ],
)
def test_what_acts_directly_and_through_others(lines: list[str], parameter: str, expected: list[str]) -> None:
    derivation = Equations(lines, "E").derive(parameter)
    found = [
        " = ".join(plain(side) for side in chain.sides)
        for section in explained(derivation, parameter, {})
        for chain in section.chains
    ]
    assert [line for line in expected if line not in found] == []
