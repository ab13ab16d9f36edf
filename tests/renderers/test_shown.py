"""What a notebook shows: formulas in the order of the chain rule, within bounds, and no text that becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from symprop import Dense, Network, UserError, load
from symprop.renderers.shown import MOST_SHOWN


class Tags(HTMLParser):
    """Counts elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_a_gradient_has_the_order_of_the_chain_rule() -> None:
    shown = load("classroom").derive().formula("w5")
    assert str(shown) == repr(shown) == "dE_total/dw5 = (a_o1 - t1)*a_o1*(1 - a_o1)*a_h1"
    latex = shown._repr_latex_()
    assert r"&= (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}" in latex
    assert Tags(shown._repr_html_()).found.count("math") == 2


def test_a_tensor_in_each_form() -> None:
    derivation = load("classroom").derive()
    assert len(derivation.formula("W2").chains) == 4
    assert str(derivation.formula("W2", "index")) == "dE_total/dW2[j,k] = dE_total_dz2[j]*a1[k]"
    assert str(derivation.formula("W2", "matrix")) == "dE_total/dW2 = dE_total_dz2*a1.T"


@pytest.mark.parametrize(
    ("name", "form", "message"), [("w55", "scalar", "w5"), ("W2", "tensor", "form"), ("w5", "index", "W2")]
)
def test_what_there_is_not(name: str, form: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load("classroom").derive().formula(name, form)


def test_a_derivation_shows_every_gradient_of_a_small_network() -> None:
    derivation = load("classroom").derive()
    latex = derivation._repr_latex_()
    assert latex.count(r"\partial w_{") == 8
    assert Tags(derivation._repr_html_()).found.count("tr") == 8
    assert repr(derivation) == "<gradients of classroom by W1, W2>"
    assert derivation._repr_svg_() == load("classroom")._repr_svg_()


def test_a_large_one_shows_tensors() -> None:
    derivation = load("transformer_block").derive()
    assert derivation._repr_latex_().count(r"\frac{\partial E_{\mathrm{total}}}") == 12
    deep = Network(2, [Dense(7) for _ in range(MOST_SHOWN)]).derive()
    assert deep._repr_latex_().count(r"\frac{\partial E_{\mathrm{total}}}") == MOST_SHOWN
    assert deep._repr_latex_().rstrip().endswith("&\\text{and 40 more}\n\\end{aligned}$$")
    assert "and 40 more" in deep._repr_html_()


def test_long_lists_of_elements_are_cut() -> None:
    shown = Network(9, [Dense(9)]).derive().formula("W1")
    assert len(shown.chains) == MOST_SHOWN
    assert str(shown).endswith("\nand 41 more")


def test_nothing_derived() -> None:
    derivation = Network(2, [Dense(1, trainable=False)]).derive()
    assert repr(derivation) == "<gradients of network by nothing>"
    assert "by nothing" not in derivation._repr_html_()


def test_names_are_escaped() -> None:
    derivation = Network(1, [Dense(1)], name="n<script>alert(1)</script>&").derive()
    assert "script" not in Tags(derivation._repr_html_()).found
    assert "n&lt;script&gt;" in derivation._repr_html_()
