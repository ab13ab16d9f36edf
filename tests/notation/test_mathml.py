"""MathML: every formula is read whole, to MathML Core alone, and every quantity in it has its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.errors import InternalError
from symprop.notation import marks
from symprop.notation.formula import Chain, Entry, Formula, Partial, Power, Product, Sign, Symbol
from symprop.notation.latex import latex
from symprop.notation.layout import lay_out
from symprop.notation.mathml import mathml, readable, runs
from symprop.notation.mathml.reader import read
from symprop.notation.names import Names
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.notation.samples import HOSTILE, KINDS, LONG, ONE, PLACES, W, X, exact

NAMES = Names({}, {"W2": "W^{(2)}"}, {"sigmoid": r"\sigma"})
CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "msub", "msup", "msubsup",
    "munder", "mover", "munderover", "mtable", "mtr", "mtd",
}  # fmt: skip
ATTRIBUTES = {
    "data-name", "display", "displaystyle", "scriptlevel", "form", "stretchy", "minsize", "maxsize", "mathsize",
    "lspace", "rspace", "movablelimits", "mathvariant", "accent", "width", "style",
}  # fmt: skip
LONG_ONES = list(LONG.values())


def parsed(text: str) -> Element:
    return fromstring(text)


def characters(element: Element) -> str:
    """The letters and digits of the leaves, sorted: what stands below comes before what stands above."""
    text = unicodedata.normalize("NFKC", "".join(element.itertext()))
    return "".join(sorted(c for c in text if c.isascii() and c.isalnum()))


def of_latex(text: str) -> str:
    """The letters and digits that LaTeX shows, read off it with nothing but a few replacements."""
    text = re.sub(r"\\begin\{\w+\}(\[t\])?|\\end\{\w+\}", "", text)
    text = re.sub(r"\\(exp|log|sin|cos|tanh|max|min)(?![A-Za-z])", r"\1", text)
    text = re.sub(r"\\mathrm\{U\{\+\}[0-9A-F]+\}", "", text)
    return "".join(sorted(c for c in re.sub(r"\\[A-Za-z]+", "", text) if c.isascii() and c.isalnum()))


def quantities(part: Any) -> Iterator[str]:
    if isinstance(part, Symbol):
        yield part.name
    elif isinstance(part, Entry):
        yield part.tensor
    elif isinstance(part, tuple):
        for each in part:
            yield from quantities(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from quantities(getattr(part, field.name))


def check(formula: Formula, display: bool = True) -> None:
    tree = parsed(mathml(formula, NAMES, display))
    assert {element.tag for element in tree.iter()} <= CORE
    assert {name for element in tree.iter() for name in element.attrib} <= ATTRIBUTES
    assert characters(tree) == of_latex(latex(formula, NAMES, inline=not display))
    named = {element.attrib["data-name"] for element in tree.iter() if "data-name" in element.attrib}
    assert named == set(quantities(formula))


@pytest.mark.parametrize("place", PLACES)
def test_every_node_in_every_place(place: str) -> None:
    for kind in KINDS:
        check(PLACES[place](kind))
        check(PLACES[place](kind), display=False)


@given(st.sampled_from(KINDS), st.lists(st.sampled_from(list(PLACES.values())), max_size=4), st.booleans())
def test_any_formula(formula: Formula, places: list[Any], display: bool) -> None:
    for place in places:
        formula = place(formula)
    check(formula, display)


@pytest.mark.parametrize("formula", [*KINDS, *LONG_ONES], ids=str(list(range(len(KINDS) + len(LONG_ONES)))).split(","))
def test_marks_disturb_no_line(formula: Formula) -> None:
    for width in (42.0, 18.0):
        plain, marked = (lay_out([Chain((W, formula))], NAMES, width, marked=flag) for flag in (False, True))
        assert [tuple(map(marks.unmarked, line)) for line in marked] == [tuple(line) for line in plain]
        assert any(marks.OPEN in line.right for line in marked) == bool(set(quantities(formula)))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x", "<mi>x</mi>"),
        ("2x", "<mrow><mn>2</mn><mo>⁢</mo><mi>x</mi></mrow>"),
        ("-x", '<mrow><mo form="prefix">−</mo><mi>x</mi></mrow>'),
        (r"\quad - x", '<mrow><mspace width="1em"></mspace><mo form="infix">−</mo><mi>x</mi></mrow>'),
        ("x_{jk}", "<msub><mi>x</mi><mrow><mi>j</mi><mi>k</mi></mrow></msub>"),
        (r"\mathrm{total}", "<mi>total</mi>"),
        (r"\mathrm{x}", '<mi mathvariant="normal">x</mi>'),
        (r"\mathit{loss}", '<mi style="font-style:italic">loss</mi>'),
        (r"\mathtt{w\_5}", '<mi style="font-family:monospace">w_5</mi>'),
        (r"\mathtt{\mathrm{U{+}4E2D}\acute{e}}", '<mi style="font-family:monospace">中é</mi>'),
        (r"\mathrm{U{+}202E}", "<mi>U+202E</mi>"),
        (r"\mathrm{hard\,tanh}", "<mi>hard\N{THIN SPACE}tanh</mi>"),
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\mathbf{W}", "<mi>𝐖</mi>"),
        (r"{\sigma}'", '<mrow><mi>σ</mi><mo form="postfix" lspace="0" rspace="0">′</mo></mrow>'),
        (r"\bar{W}", '<mover accent="true"><mi>W</mi><mo stretchy="false">¯</mo></mover>'),
        (r"\text{if } x", "<mrow><mtext>if\N{NO-BREAK SPACE}</mtext><mi>x</mi></mrow>"),
        (r"\sum_{k=1}^{3}", None),
        (r"x \mathrel{+}= y", "<mrow><mi>x</mi><mo>+=</mo><mi>y</mi></mrow>"),
        (r"\mathtt{<b>\&}", '<mi style="font-family:monospace">&lt;b&gt;&amp;</mi>'),
    ],
)
def test_pieces(source: str, expected: str | None) -> None:
    written = read(source).written()
    if expected is None:
        sign = '<mo movablelimits="true">∑</mo>'
        below = '<mrow><mi>k</mi><mo lspace="0" rspace="0">=</mo><mn>1</mn></mrow>'
        expected = f"<munderover>{sign}{below}<mn>3</mn></munderover>"
    assert written == expected


@pytest.mark.parametrize(
    ("source", "invisible"),
    [
        (r"\sigma(x)", "\N{FUNCTION APPLICATION}"),
        (marks.marked("s", r"\sigma") + "(x)", "\N{INVISIBLE TIMES}"),
        (r"\exp(x)", "\N{FUNCTION APPLICATION}"),
        (r"e^{x}(x)", "\N{INVISIBLE TIMES}"),
        (r"\mathop{\mathrm{rowsum}}(x)", "\N{FUNCTION APPLICATION}"),
        (r"(x)(y)", "\N{INVISIBLE TIMES}"),
        (r"\frac{1}{2}(x)", "\N{INVISIBLE TIMES}"),
        (r"\partial x", ""),
        (r"\sum_{k} x", ""),
        (r"x \cdot y", ""),
    ],
)
def test_operators_that_are_not_seen(source: str, invisible: str) -> None:
    text = "".join(parsed(read(source).written()).itertext())
    assert [c for c in text if unicodedata.category(c) == "Cf"] == list(invisible)


def test_a_partial_marks_its_parts() -> None:
    tree = parsed(mathml(Partial(Symbol("E"), Symbol("w5")), NAMES))
    assert [e.attrib["data-name"] for e in tree.iter() if "data-name" in e.attrib] == ["E", "w5"]


def test_a_power_stands_above_the_index_and_both_parts_keep_the_name() -> None:
    tree = parsed(mathml(Power(Symbol("h1"), exact(2)), NAMES))
    assert [(e.tag, e.get("data-name")) for e in tree[0].iter()] == [
        ("msubsup", None), ("mi", "h1"), ("mn", "h1"), ("mn", None)
    ]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_name_is_text(text: str) -> None:
    tree = parsed(mathml(Product((Symbol(text), Entry(text, (text[:5], "j"))), Sign.JUXTAPOSED), NAMES))
    assert {element.tag for element in tree.iter()} <= CORE
    assert all(unicodedata.category(c) not in ("Cc", "Cs") for c in "".join(tree.itertext()))


@pytest.mark.parametrize(
    "source",
    [r"\write18{x}", "{x", "x}", r"\frac{1}", "x_", r"\begin{figure}x\end{figure}", r"\mathrm{\input{x}}", "%"],
)
def test_other_latex_is_refused(source: str) -> None:
    with pytest.raises(InternalError, match="does not know"):
        read(source)


def test_a_look_of_other_latex_gives_way_to_the_name() -> None:
    names = Names({}, {"x": r"\unknown{x}"}, {"f": "}{", "g": r"\gamma"})
    found = readable(names)
    assert (found.functions["f"], found.functions["g"]) == (r"\mathop{\mathrm{f}}", r"\gamma")
    assert "".join(parsed(mathml(X, names)).itertext()) == "x"
    assert readable(NAMES) is NAMES


@pytest.mark.parametrize("look", [f.latex for f in (*ACTIVATIONS.values(), *LOSSES.values())])
def test_every_declared_look_is_read(look: str) -> None:
    read(look)


@pytest.mark.parametrize("formula", LONG_ONES)
def test_running_text_can_be_broken(formula: Formula) -> None:
    found = runs(formula, NAMES, 12.0, 16.0)
    assert all(parsed(each).tag == "math" for each in found)
    assert len(runs(ONE, NAMES, 12.0, 16.0)) == 1
