"""Lines of equations: nothing is lost, nothing is too wide, and breaks stand where a reader would put them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.notation.breaking import broken, line_text
from symprop.notation.formula import Chain, Formula, Partial, Product, Sum, Symbol
from symprop.notation.layout import Line, lay_out
from symprop.notation.leaves import Setting
from symprop.notation.names import Names
from symprop.notation.nodes import printed
from symprop.notation.pieces import Piece
from tests.notation.samples import GRADIENT_W1, GRADIENT_W5, LONG, LONG_PRODUCT, LONG_SUM, W, X, Y, minus

DERIVATIVE = Partial(Symbol("E"), W)
EQUALS = 1.36


def rights(*sides: Formula, width: float = 40.0) -> list[str]:
    return [line.right for line in lay_out([Chain(sides)], Names(), width)]


def squeezed(text: str) -> str:
    return re.sub(r"\\quad|\s", "", text)


def test_what_fits_stays_on_one_line() -> None:
    assert rights(X, Y, W) == ["= y = w"]


def test_it_breaks_before_each_equals_sign_first() -> None:
    assert rights(X, GRADIENT_W5, minus("x", "y"), width=17.5) == [
        r"= (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}",
        "= x - y",
    ]


def test_then_before_plus_and_minus_outside_parentheses() -> None:
    sums = Sum((GRADIENT_W5, minus("x", "y"), GRADIENT_W5))
    assert rights(X, sums, width=17.5) == [
        r"= (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1} + x",
        r"\quad - y + (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}",
    ]


def test_then_before_a_dot() -> None:
    assert rights(X, GRADIENT_W1, width=30.0)[1] == r"\quad \cdot a_{h1}(1 - a_{h1}) \cdot i_{1}"


def test_at_last_inside_parentheses_deeper_indented() -> None:
    lines = rights(X, Product((X, LONG_SUM, Y)), width=30.0)
    assert lines[0].startswith(r"= x \cdot (w_{0} \cdot a_{h0} + w_{1}")
    assert all(line.startswith(r"\quad\quad + w_") for line in lines[1:-1])
    assert lines[-1].startswith(r"\quad\quad + w_")
    assert lines[-1].endswith(r"w_{29} \cdot a_{h29}) \cdot y")  # not alone


def test_left_sides_share_one_column() -> None:
    chains = [Chain((DERIVATIVE, LONG_PRODUCT)), Chain((X, LONG_PRODUCT))]
    lines = lay_out(chains, Names(), 40.0)
    assert [line.left for line in lines if line.left] == [r"\frac{\partial E}{\partial w}", "x"]
    (first,) = (line.right for line in lines if line.left == "x")
    assert first == lines[0].right  # the wider left side takes room from both


def test_a_wide_left_side_has_its_own_lines() -> None:
    lines = lay_out([Chain((LONG_SUM, X))], Names(), 40.0)
    assert {line.left for line in lines} == {""}
    assert lines[-1] == Line("", "= x")


def test_a_chain_of_one_side_has_no_equals_sign() -> None:
    assert lay_out([Chain((X,)), Chain(())], Names(), 40.0) == (Line("", "x"),)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("width", [24.0, 40.0])
def test_nothing_is_lost_and_everything_fits(name: str, width: float) -> None:
    setting = Setting(Names(), limit=width * 0.65 - 6.0)
    result = printed(LONG[name], setting)
    lines = broken(result.pieces, width - EQUALS)
    assert [piece for line in lines for piece in line] == list(result.pieces)
    indents = [0.0, *(line_text(line, continued=True).count(r"\quad") for line in lines[1:])]
    widths = [sum(p.width for p in line) + indent for line, indent in zip(lines, indents, strict=True)]
    if width > 30 or name not in {"cases", "choices added"}:  # a choice keeps a least width
        assert max(widths) <= width - EQUALS + 1e-9
    assert "".join(map(squeezed, rights(X, LONG[name], width=width)))[1:] == squeezed(
        "".join(p.text for p in printed(LONG[name], setting).pieces)
    )


pieces = st.builds(
    Piece,
    text=st.just("x"),
    width=st.floats(0.5, 5.0),
    rank=st.integers(1, 4),
    depth=st.integers(0, 3),
)


@given(st.lists(pieces, min_size=1, max_size=40))
def test_pieces_that_fit_give_lines_that_fit(run: list[Piece]) -> None:
    lines = broken(run, 8.0)
    assert [piece for line in lines for piece in line] == run
    for i, line in enumerate(lines):
        indent = line_text(line, continued=True).count(r"\quad") if i else 0
        assert sum(piece.width for piece in line) + indent <= 8.0 + 1e-9


@given(st.lists(pieces, min_size=2, max_size=40))
def test_no_line_could_take_the_next_segment(run: list[Piece]) -> None:
    """Greedy: with one rank throughout, a line is only ended because the next piece does not fit."""
    level = [Piece(p.text, p.width, rank=1) for p in run]
    lines = broken(level, 8.0)
    for i, (line, after) in enumerate(pairwise(lines)):
        assert sum(p.width for p in line) + after[0].width + (i > 0) > 8.0
