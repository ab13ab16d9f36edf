"""Stacks: which row of what a tensor is, and what is none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import symprop
from symprop.derivation.step import Derivation
from symprop.document.lines import Lines
from symprop.document.stacks import Stacks
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.notation.plain import plain_chain


def core(*layers: Layer, batch: int | None = None) -> Derivation:
    return symprop.Network((3, 2), list(layers), batch=batch).derive().core


def test_the_states_of_a_sequence_are_rows() -> None:
    stacks = Stacks(core(symprop.RNN(4, sequence=True)))
    assert {name: str(row) for name, row in stacks.rows.items()} == {f"p1_{t}": f"y1[{t - 1}, j]" for t in (1, 2, 3)}
    assert stacks.wholes == {"y1"}
    assert stacks.copies == {f"dE_total_dp1_{t}": ("dE_total_dy1", 0, t - 1) for t in (1, 2, 3)}
    assert [plain_chain(chain) for chain in stacks.pair("p1_2") if chain] == ["y1[2,j] = h1_2[j]", "y1[2] = h1_2"]


def test_a_row_of_a_batch() -> None:
    pair = Stacks(core(symprop.RNN(4, sequence=True), batch=5)).pair("p1_2")
    assert [plain_chain(chain) for chain in pair if chain] == ["y1[n,2,j] = h1_2[n,j]", "y1[:,2,:] = h1_2"]


def test_rows_in_blocks_are_rows_of_the_whole() -> None:
    stacks = Stacks(symprop.Network((83, 2), [symprop.RNN(4, sequence=True)], batch=5).derive().core)
    assert stacks.wholes == {"y1", "y1_block1", "y1_block2", "y1_block3"}
    assert {name: str(row) for name, row in stacks.rows.items()} == {
        f"p1_{t}": f"y1[n, {t - 1}, j]" for t in range(1, 84)
    }
    assert stacks.copies["dE_total_dy1_block3"] == ("dE_total_dy1", 1, 80)
    assert stacks.copies["dE_total_dp1_82"] == ("dE_total_dy1", 1, 81)
    assert len(stacks.copies) == 83 + 3


def test_what_is_a_row_away_is_read_in_its_place() -> None:
    derivation = symprop.Network((43, 2), [symprop.RNN(4, sequence=True)]).derive().core
    pair = Stacks(derivation).readable(Lines(derivation).pair("dE_total_dz1_42"))
    read = [plain_chain(chain) for chain in pair if chain]
    assert [text.count("dE_total_dy1[42") for text in read] == [1, 1]
    assert not any("dp1" in text for text in read)


def test_the_last_state_is_no_stack() -> None:
    assert not Stacks(core(symprop.RNN(4))).rows


@dataclass(frozen=True, repr=False)
class Given(Layer):
    """Two rows of two numbers, as the lines put them together."""

    lines: tuple[str, ...]
    length: int

    def declare(self, *shapes: Shape) -> Declaration:
        return Declaration(self.lines, {"i": self.length, "j": 2})


ROWS = ("u[j] = x[1,j]", "v[j] = x[2,j]", "r[0,j] = u[j]", "s[{place},j] = {value}", "y[i,j] = {whole}")


@pytest.mark.parametrize(
    ("place", "value", "whole", "length", "stacked"),
    [
        ("0", "v[j]", "r[i,j] + s[i - 1,j]", 2, True),
        ("0", "v[j]", "r[i,j] + s[i,j]", 2, False),  # twice the same row, and one that none fills
        ("0", "v[j]", "r[i,j] + s[i - 2,j]", 3, False),  # a gap
        ("0", "v[j]", "r[i,j] + s[i - 1,j]", 3, False),  # one that none fills
        ("1", "v[j]", "r[i,j] + s[i - 1,j]", 3, False),  # two rows, of which one is zero
        ("0", "v[j]", "r[i,j] + s[i - 1,1 - j]", 2, False),  # the wrong way round
        ("0", "v[1 - j]", "r[i,j] + s[i - 1,j]", 2, False),  # no copy
        ("0", "v[j]*x[0,j]", "r[i,j] + s[i - 1,j]", 2, False),
        ("0", "2*v[j]", "r[i,j] + s[i - 1,j]", 2, False),
        ("0", "v[j]", "r[i,j] + 2*s[i - 1,j]", 2, False),
        ("0", "v[j]", "r[i,j] + s[i - 1,j] + s[i,j]*r[i,j]", 2, False),  # which is read elsewhere
        ("0", "v[j]", "r[i,j] + s[i - 1,j] + s[i - 2,j]", 3, False),  # twice
        ("0", "v[j]", "tanh(r[i,j] + s[i - 1,j])", 2, False),
    ],
)
def test_only_copies_that_fill_every_row_once(place: str, value: str, whole: str, length: int, stacked: bool) -> None:
    lines = tuple(line.format(place=place, value=value, whole=whole) for line in ROWS)
    assert bool(Stacks(core(Given(lines, length))).rows) is stacked


def test_the_adjoint_of_a_row_that_is_asked_for_stays() -> None:
    network = symprop.Network((3, 2), [symprop.RNN(4, sequence=True)])
    assert "dE_total_dp1_2" not in Stacks(network.derive(wrt=["p1_2"]).core).copies


def test_the_adjoint_of_a_block_that_is_asked_for_stays() -> None:
    network = symprop.Network((43, 2), [symprop.RNN(4, sequence=True)])
    copies = Stacks(network.derive(wrt=["y1_block2", "W1"]).core).copies
    assert copies["dE_total_dp1_42"] == ("dE_total_dy1_block2", 0, 1)
    assert "dE_total_dy1_block2" not in copies
