"""Escaping: what each output makes of characters that mean something to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.renderers.escapes import latex_text, markdown_start, markdown_text


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (
            r"\{}$&#^_~%<>",
            r"\textbackslash{}\{\}\$\&\#\textasciicircum{}\_\textasciitilde{}\%\textless{}\textgreater{}",
        ),
        ("η∂⊙½−·", r"\(\eta\)\(\partial\)\(\odot\)\(\frac{1}{2}\)\(-\)\(\cdot\)"),
        ("éñüçß", r"\'{e}\~{n}\"{u}\c{c}\ss{}"),
        ("x² yₖ δ⁽ˡ", r"x\textsuperscript{2} y\textsubscript{k} \(\delta\)\textsuperscript{(}\textsuperscript{l}"),
        ("ﬁ", "fi"),
        ("中", "{[}U+4E2D{]}"),
        ("a--b ,, ''", "a-{}-b ,{}, '{}'"),
        ("a\n\tb\x00", "a b "),
        ("[x] *", "{[}x{]} {*}"),
        ("1" * 25, r"1111111111\allowbreak{}1111111111\allowbreak{}11111"),
        ("", ""),
    ],
)
def test_latex(text: str, latex: str) -> None:
    assert latex_text(text) == latex


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a_h1", "a_h1"),
        ("_a_ b_", r"\_a\_ b\_"),
        ("*x* `y` [z] #1 ~", r"\*x\* \`y\` \[z\] \#1 \~"),
        ("<b> &amp; & R&D", "&lt;b&gt; &amp;amp; & R&D"),
        ("$5", "<span>$</span>5"),
        ("a\n\nb", "a b"),
    ],
)
def test_markdown(text: str, markdown: str) -> None:
    assert markdown_text(text) == markdown


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("1. x", r"1\. x"),
        ("12) x", r"12\) x"),
        ("1.5 x", "1.5 x"),
        ("- x", r"\- x"),
        ("---", r"\---"),
        ("-0.5", "-0.5"),
        ("+ x", r"\+ x"),
        ("===", r"\==="),
        ("    x", "x"),
    ],
)
def test_markdown_start(line: str, safe: str) -> None:
    assert markdown_start(line) == safe


@given(st.text(max_size=60))
def test_latex_text_is_ascii_and_balanced(text: str) -> None:
    latex = latex_text(text)
    assert latex.isascii()
    assert "\n" not in latex
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
