"""Spelling of leaves: identifiers, entries, functions and numbers, also where nobody thought of a look for them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.notation import spelling
from symprop.notation.names import Names
from tests.notation.samples import HOSTILE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "x"),
        ("w5", "w_{5}"),
        ("a_h1", "a_{h1}"),
        ("V_1_3", "V_{1,3}"),
        ("W1_2_3", r"\mathit{W1}_{2,3}"),
        ("E_total", r"E_{\mathrm{total}}"),
        ("delta", r"\delta"),
        ("delta_o1", r"\delta_{o1}"),
        ("alpha_beta", r"\alpha_{\beta}"),
        ("rate", r"\mathit{rate}"),
        ("rate_max", r"\mathit{rate}_{\mathrm{max}}"),
        ("lambda_", r"\mathtt{lambda\_}"),
        ("_x", r"\mathtt{\_x}"),
        ("__a", r"\mathtt{\_\_a}"),
        ("_", r"\mathtt{\_}"),
        ("η", r"\eta"),
        ("η_1", r"\eta_{1}"),
        ("ή", r"\acute{\eta}"),
        ("é1", r"\acute{e}_{1}"),
        ("naïve", r"\mathit{na\ddot{i}ve}"),
        ("中", r"\mathrm{U{+}4E2D}"),
    ],
)
def test_symbol(name: str, text: str) -> None:
    assert spelling.symbol(name, Names()) == text


def test_the_notation_has_the_first_word() -> None:
    names = Names({}, {"w5": "w_5^*"}, {"exp": "e"})
    assert spelling.symbol("w5", names) == "w_5^*"
    assert spelling.function("exp", names) == "e"


@pytest.mark.parametrize(
    ("tensor", "indices", "text"),
    [
        ("W", ("j", "k"), "W_{jk}"),
        ("W", (), "W"),
        ("W", ("0", "k"), "W_{0,k}"),
        ("W", ("2c+u", "k"), "W_{2c+u,k}"),
        ("W", ("alpha",), r"W_{\alpha}"),
        ("W2", ("j",), "W_{2,j}"),
        ("x_in", ("j",), r"x_{\mathrm{in},j}"),
        ("T", ("j", "k"), "T^{(2)}_{jk}"),
        ("S", ("j",), "S_{a,j}^{(2)}"),
    ],
)
def test_entry(tensor: str, indices: tuple[str, ...], text: str) -> None:
    assert spelling.entry(tensor, indices, Names({}, {"T": "T^{(2)}", "S": "S_{a}^{(2)}"})) == text


def test_a_long_name_comes_in_runs() -> None:
    assert spelling.runs("x" * 50, Names()) == [rf"\mathtt{{{'x' * k}}}" for k in (24, 24, 2)]
    assert spelling.runs("x" * 50, Names({}, {"x" * 50: "x"})) == ["x"]


def test_ratio() -> None:
    assert spelling.ratio(Fraction(3, 4), inline=False) == r"\tfrac{3}{4}"
    assert spelling.ratio(Fraction(3, 4), inline=True) == "3/4"
    assert spelling.ratio(Fraction(3), inline=True) == "3"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (2.0, "2"),
        (1e-5, r"10^{-5}"),
        (float("nan"), r"\mathrm{NaN}"),
        (-float("inf"), r"-\infty"),
    ],
)
def test_decimal(value: float, text: str) -> None:
    assert spelling.decimal(value, 6) == text


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_no_text_gets_through_as_it_stands(text: str) -> None:
    for latex in (
        spelling.symbol(text, Names()),
        spelling.function(text, Names()),
        spelling.entry(text, (text,), Names()),
    ):
        assert latex.isascii()
        bare = latex.replace(r"\{", "").replace(r"\}", "").replace(r"\$", "").replace(r"\%", "").replace(r"\#", "")
        assert bare.count("{") == bare.count("}")
        assert not set(bare.replace(r"\&", "")) & set('$%#&~\n\r\t\x00`"|')
