"""The paths to the loss: forward from a quantity, and backward from the loss."""

from __future__ import annotations

import pytest

from symprop import BatchNorm, Dense, Equations, Network
from symprop.drawing import Drawing
from symprop.errors import UserError
from symprop.face import load
from tests.drawing.made import EQUATIONS, SKIP, drawing, of


def lit(drawn: Drawing) -> tuple[list[str], list[tuple[str, str]]]:
    return [n.key for n in drawn.nodes if n.lit], [(e.source, e.target) for e in drawn.edges if e.lit]


def test_a_weight_of_the_worked_example() -> None:
    drawn = drawing("classroom", "w1")
    nodes, edges = lit(drawn)
    assert drawn.paths == ("w1", "h1", "a_h1", "o1", "o2", "a_o1", "a_o2", "E1", "E2", "E_total")
    assert nodes == ["h1", "o1", "o2", "E1", "E2", "E_total"]
    assert edges == [
        ("i1", "h1"),
        ("h1", "o1"),
        ("h1", "o2"),
        ("o1", "E1"),
        ("o2", "E2"),
        ("E1", "E_total"),
        ("E2", "E_total"),
    ]


def test_a_tensor_in_a_small_network() -> None:
    assert set(drawing("2-3-1", "W2").paths) == {"w7", "w8", "w9", "o1", "a_o1", "E1", "E_total"}


def test_a_shared_bias_lights_its_node() -> None:
    nodes, edges = lit(drawing("mazur", "b2"))
    assert "b2" in nodes
    assert edges[:2] == [("b2", "o1"), ("b2", "o2")]


def test_both_ways_of_a_skip_connection() -> None:
    drawn = of(SKIP, "W1")
    assert lit(drawn) == (
        ["1", "2", "3", "4", "-loss"],
        [("1", "2"), ("1", "3"), ("2", "3"), ("3", "4"), ("4", "-loss")],
    )
    assert set(drawn.paths) == {"W1", "z1", "a1", "z2", "a2", "y3", "z4", "a4", "E", "E_total"}
    assert lit(of(SKIP, "W2"))[1] == [("2", "3"), ("3", "4"), ("4", "-loss")]


def test_a_side_branch_stays_dark() -> None:
    """What the parameter reaches, but the loss does not read, is on no way."""
    branch = Equations(["h = w*x", "side = h**2 + u*x", "after = 3*side", "E = (t - h)**2"], loss="E", parameters=["w"])
    drawn = of(branch, "w")
    assert set(drawn.paths) == {"w", "h", "E"}
    assert lit(drawn) == (["w", "h", "E"], [("w", "h"), ("h", "E")])
    running = Network(3, [Dense(4, name="first"), BatchNorm(), Dense(2)], loss="mean_squared_error", batch=5)
    assert not {name for name in of(running, "W1").paths if name.startswith("next_")}


def test_an_element_in_a_network_of_blocks() -> None:
    assert of(SKIP, "w1").paths == of(SKIP, "W1").paths


def test_nothing_is_lit_or_faded_without() -> None:
    assert {part.lit for drawn in (of(SKIP), drawing("xor")) for part in (*drawn.nodes, *drawn.edges)} == {None}


def test_the_other_notation() -> None:
    assert drawing("classroom", "w2_1_1", "textbook").paths[:2] == ("w2_1_1", "z2_1")


def test_equations() -> None:
    assert lit(of(EQUATIONS, "b")) == (
        ["b", "h", "s", "r", "E"],
        [("b", "h"), ("h", "s"), ("s", "r"), ("h", "r"), ("r", "E")],
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("w99", "there is no quantity 'w99'. Did you mean 'w9'?"),
        ("h4", "there is no quantity 'h4'"),
        ("", "there is no quantity ''"),
    ],
)
def test_an_unknown_name(name: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        drawing("2-3-1", name)
    assert message in str(error.value)


def test_what_does_not_reach_the_loss() -> None:
    with pytest.raises(UserError, match="'v' does not reach the loss E"):
        of(EQUATIONS, "v")
    with pytest.raises(UserError, match="'next_mean2' does not reach the loss E_total"):
        drawing("mnist_cnn", "next_mean2")


def test_a_derivation_draws_itself() -> None:
    derivation = load("classroom").derive(notation="textbook")
    assert derivation.drawing("w1_1_1").paths[0] == "w1_1_1"
    assert [node.key for node in derivation.drawing().nodes][:3] == ["x_1", "x_2", "z1_1"]
