"""Stacks: which row of what a tensor is, and what is none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import symprop
from symprop.derivation.step import Derivation
from symprop.document.stacks import Stacks
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.notation.plain import plain_chain


def core(*layers: Layer, batch: int | None = None) -> Derivation:
    return symprop.Network((3, 2), list(layers), batch=batch).derive().core


def test_the_states_of_a_sequence_are_rows() -> None:
    stacks = Stacks(core(symprop.RNN(4, sequence=True)))
    assert {name: str(row) for name, row in stacks.rows.items()} == {f"p1_{t}": f"y1[{t - 1}, j]" for t in (1, 2, 3)}
    assert stacks.wholes == {"y1"}
    assert stacks.copies == {f"dE_total_dp1_{t}": "dE_total_dy1" for t in (1, 2, 3)}
    assert [plain_chain(chain) for chain in stacks.pair("p1_2") if chain] == ["y1[2,j] = h1_2[j]", "y1[2] = h1_2"]


def test_a_row_of_a_batch() -> None:
    pair = Stacks(core(symprop.RNN(4, sequence=True), batch=5)).pair("p1_2")
    assert [plain_chain(chain) for chain in pair if chain] == ["y1[n,2,j] = h1_2[n,j]", "y1[:,2,:] = h1_2"]


def test_the_last_state_is_no_stack() -> None:
    assert not Stacks(core(symprop.RNN(4))).rows


@dataclass(frozen=True, repr=False)
class Given(Layer):
    """Two rows of two numbers, as the lines fill them."""

    lines: tuple[str, ...]

    def declare(self, *shapes: Shape) -> Declaration:
        return Declaration(self.lines, {"i": 2}, shapes={"r": (2, 2), "s": (2, 2)})


ROWS = (
    "u[j] = x[1,j]",
    "v[j] = x[2,j]",
    "r[0,j] = u[j]",
    "s[{place},j] = {value}",
    "y[i,j] = r[i,j] + {times}s[i,j]{more}",
)


@pytest.mark.parametrize(
    ("place", "value", "times", "more", "stacked"),
    [
        ("1", "v[j]", "", "", True),
        ("0", "v[j]", "", "", False),  # twice the same row, and one that none fills
        ("1", "v[j]*x[0,j]", "", "", False),  # no copy
        ("1", "2*v[j]", "", "", False),
        ("1", "v[j]", "2*", "", False),
        ("1", "v[j]", "", " + s[1,j]*r[i,j]", False),  # which is read elsewhere
    ],
)
def test_only_copies_that_fill_every_row_once(place: str, value: str, times: str, more: str, stacked: bool) -> None:
    lines = tuple(line.format(place=place, value=value, times=times, more=more) for line in ROWS)
    assert bool(Stacks(core(Given(lines))).rows) is stacked


def test_the_adjoint_of_a_row_that_is_asked_for_stays() -> None:
    network = symprop.Network((3, 2), [symprop.RNN(4, sequence=True)])
    assert "dE_total_dp1_2" not in Stacks(network.derive(wrt=["p1_2"]).core).copies
