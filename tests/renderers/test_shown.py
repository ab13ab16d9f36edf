"""What a notebook shows: formulas in the order of the chain rule, within bounds, and no text that becomes markup."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from symprop import LSTM, Dense, Embedding, Equations, Network, UserError, drawing, load
from symprop.renderers.shown import MOST_SHOWN
from symprop.training.sweep import sweep


class Tags(HTMLParser):
    """Counts elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)
        self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
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


@pytest.mark.parametrize(("inputs", "remark"), [(MOST_SHOWN, ""), (MOST_SHOWN + 1, "and 1 more")])
def test_only_what_is_left_out_is_counted(inputs: int, remark: str) -> None:
    shown = Network(inputs, [Dense(1, bias=False)]).derive().formula("W1")
    assert (len(shown.chains), shown.remark) == (MOST_SHOWN, remark)


def test_nothing_derived() -> None:
    derivation = Network(2, [Dense(1, trainable=False)]).derive()
    assert repr(derivation) == "<gradients of network by nothing>"
    assert "by nothing" not in derivation._repr_html_()


def test_names_are_escaped() -> None:
    derivation = Network(1, [Dense(1)], name="n<script>alert(1)</script>&").derive()
    assert "script" not in Tags(derivation._repr_html_()).found
    assert "n&lt;script&gt;" in derivation._repr_html_()


XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
LINES = ["y = m*x + c", "E = (t - y)**2"]
HOSTILE = Network(2, [Dense(2, name="script"), Dense(1)], name="n<script>alert(1)</script>&%$_#")
OBJECTS: dict[str, Callable[[], Any]] = {
    **{
        f"{name} {kind}": partial(
            lambda name, kind: load(name) if kind == "network" else load(name).derive(), name=name, kind=kind
        )
        for name in ("classroom", "four_layers", "mnist_cnn", "transformer_block", "logistic_equations", "2-3-1")
        for kind in ("network", "gradients")
    },
    "hostile network": lambda: HOSTILE,
    "hostile gradients": HOSTILE.derive,
    "one gradient": lambda: load("mazur").derive().formula("w5"),
    "of a tensor": lambda: load("mnist_cnn").derive().formula("W1", "index"),
    "lines": lambda: Equations(LINES, loss="E", parameters=["m"]),
    "a batch": lambda: Network((3, 2), [LSTM(2), Dense(1)], batch=2),
    "too large to be drawn": lambda: Network(2, [Dense(1) for _ in range(151)]),
    "integers": lambda: Network((4,), [Embedding(vocabulary=7, dimension=2)]),
    "by integers": Network((4,), [Embedding(vocabulary=7, dimension=2)]).derive,
    "fixed": Network(2, [Dense(1, trainable=False)]).derive,
    "history": lambda: load("xor").derive().compile().fit(epochs=2),
    "diverged": lambda: load("xor").derive().compile().fit(epochs=50, learning_rate=1e300),
    "sweep": lambda: sweep(load("xor").derive().compile(), *XOR, [0.1, 1e9], 3, seeds=[0, 1]),
    "many": lambda: sweep(load("xor").derive().compile(), *XOR, [0.01 * k for k in range(1, 60)], 2),
}


@pytest.mark.parametrize("name", list(OBJECTS))
def test_all_that_a_notebook_asks_for(name: str) -> None:
    shown = OBJECTS[name]()
    html, latex, svg = shown._repr_html_(), shown._repr_latex_(), shown._repr_svg_()
    tags = Tags(html)
    assert tags.found[0] == "div"
    assert "script" not in tags.found
    assert tags.unclosed == []
    assert latex.startswith("$$\\begin{")
    assert latex.count("{") - latex.count("\\{") == latex.count("}") - latex.count("\\}")
    if name == "too large to be drawn":
        assert svg is None
    else:
        assert fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert svg in html  # what Jupyter prefers has all


def test_a_network_shows_its_drawing_first_and_its_equations_folded() -> None:
    html = load("classroom")._repr_html_()
    assert Tags(html).found.index("svg") < Tags(html).found.index("details") < Tags(html).found.index("math")
    assert html.count("<tr>") == 11
    assert r"a_{h1} &= \sigma(h_{1})" in load("classroom")._repr_latex_()


def test_a_gradient_is_drawn_with_its_paths() -> None:
    derivation = load("classroom").derive()
    shown = derivation.formula("w5")
    assert shown._repr_svg_() == drawing.svg(derivation.drawing("w5")) != derivation._repr_svg_()
    assert Tags(shown._repr_html_()).found.index("math") < Tags(shown._repr_html_()).found.index("svg")
    idle = Equations(["y = m*x", "z = c*x", "E = (t - y)**2"], loss="E", parameters=["m", "c"]).derive()
    assert str(idle.formula("c")) == "dE/dc = 0"
    assert "svg" in Tags(idle.formula("c")._repr_html_()).found


def test_a_derivation_draws_itself_in_its_own_notation() -> None:
    own = load("classroom").derive(notation="textbook")
    assert own._repr_svg_() == drawing.svg(own.drawing()) != load("classroom")._repr_svg_()


@pytest.mark.slow
def test_the_mathematics_is_latex(tmp_path: Path) -> None:
    """All of it compiles as one document."""
    parts = [OBJECTS[name]()._repr_latex_() for name in OBJECTS]
    head = "\\documentclass{article}\\usepackage{amsmath,mathtools}\\usepackage[paperheight=200cm,paperwidth=100cm]{geometry}"
    (tmp_path / "x.tex").write_text(
        "\n\n".join([head, "\\begin{document}", *parts, "\\end{document}"]), encoding="utf-8"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-1500:]
    assert "Overfull \\hbox" not in done.stdout
