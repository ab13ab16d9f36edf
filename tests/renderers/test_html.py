"""The HTML page, read: its structure, what stands in it twice, and texts that try to be more than texts."""

from __future__ import annotations

import itertools
import json
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256

import pytest

from symprop import load
from symprop.document.blocks import Document, Equations, Heading, Pairs, Paragraph, Picture, Table
from symprop.notation.formula import Call, Chain, Symbol
from symprop.notation.names import Names
from symprop.prose.text import Math
from symprop.renderers import render
from symprop.renderers.page import Live
from tests.notation.samples import LONG_SUM, X, Y
from tests.renderers.documents import ORDINARY, STRESS
from tests.renderers.reading_html import Node, read_html

ATTACKS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<!-- --><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "\"><b id='x'>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</math><mi xlink:href='javascript:alert(1)'>",
    "&lt;b&gt; &amp;",
    "{{ 7*7 }} {% raw %}",
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0"/></svg>'
LIVE = Live("<p>Try it.</p>", '{"a": "</script><!--<script>&"}', "var s = '</script><!--<script>';", "p { color: red }")


def page(document: Document, live: Live | None = None) -> Node:
    text = render(document, "html", live=live)
    assert isinstance(text, str)
    root = read_html(text)
    check(root)
    return root


def check(root: Node) -> None:
    """What holds of every page."""
    elements = root.all("*")
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert sorted(set(ids)) == sorted(ids)
    targets = [e.attributes["href"] for e in elements if "href" in e.attributes]
    assert {target[1:] for target in targets} <= set(ids)
    assert all(target.startswith("#") for target in targets)
    assert [name for e in elements for name in e.attributes if name.startswith("on")] == []
    assert {e.tag for e in elements} & {"iframe", "object", "embed", "link", "base", "form", "img"} == set()
    levels = [int(e.tag[1]) for e in elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    once = ("html", "head", "body", "header", "main")
    assert [sum(e.tag == tag for e in elements) for tag in once] == [1] * 5
    assert len(root.all("head")[0].all("title")) == 1  # a drawing has one too
    assert root.all("html")[0].attributes == {"lang": "en"}


def policy(root: Node) -> dict[str, str]:
    found = [m for m in root.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy"]
    rules = (rule.strip().partition(" ") for rule in found[0].attributes["content"].split(";"))
    return {name: value for name, _, value in rules}


@pytest.mark.parametrize("document", [ORDINARY, STRESS], ids=["ordinary", "stress"])
def test_a_page_is_well_formed_and_has_no_script(document: Document) -> None:
    root = page(document)
    assert root.all("script") == []
    assert policy(root) == {
        "default-src": "'none'", "script-src": "'none'", "style-src": "'unsafe-inline'", "img-src": "data:",
        "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["classroom", "logistic_equations"])
def test_the_same_blocks_with_the_same_ids_as_in_markdown(name: str) -> None:
    document = load(name).derive().document()
    root = page(document)
    blocks = [e for e in root.all("div") if "equations" in e.classes]
    markdown = render(document, "markdown")
    assert isinstance(markdown, str)
    assert [e.attributes["id"] for e in blocks] == re.findall(r"<!-- (\S+) -->", markdown)
    headings = [e for e in root.all("*") if re.fullmatch("h[2-6]", e.tag)]
    links = [a for nav in root.all("nav") for a in nav.all("a")]
    assert [(e.attributes["id"], e.text) for e in headings] == [(a.attributes["href"][1:], a.text) for a in links]
    assert len(root.all("table")) == sum(isinstance(block, Table) for block in document.blocks)


def test_quantities_are_found_by_name_in_text_tables_and_equations() -> None:
    root = page(load("classroom").derive().document())
    named = [e.attributes["data-name"] for e in root.all("*") if "data-name" in e.attributes]
    assert {"w1", "w5", "a_h1", "E_total", "W2", "i1", "t1", "eta"} - {"eta"} <= set(named)
    for container in ("p", "table", "main"):
        assert "w5" in [e.attributes.get("data-name") for part in root.all(container) for e in part.all("*")]


def test_a_line_that_is_too_wide_for_a_phone_is_there_twice_and_its_id_once() -> None:
    short, long = Chain((X, Y)), Chain((X, LONG_SUM))
    root = page(Document("T", Names(), (Equations("short", (short,)), Equations("long", (long,)))))
    blocks = {e.attributes["id"]: e for e in root.all("div") if "id" in e.attributes}
    shown = {name: [e.classes[1] for e in block.all("div")] for name, block in blocks.items()}
    assert shown == {"short": ["all"], "long": ["wide", "narrow"]}
    wide, narrow = (len(e.all("math")) for e in blocks["long"].all("div"))
    assert narrow > wide > 1


def test_pairs_stand_beside_each_other_where_there_is_room() -> None:
    pairs = Pairs("p", ((Chain((X, Y)), Chain((Y, X))), (Chain((X, LONG_SUM)), Chain((Y, X)))))
    root = page(Document("T", Names(), (pairs,)))
    wide = [e for e in root.all("div") if "lines" in e.classes and "narrow" not in e.classes]
    assert ["beside" in e.classes for e in wide] == [True, False]


def test_a_full_stop_stays_with_the_formula_before_it() -> None:
    text = Paragraph(("Here ", Math(X), " and ", Math(Y), ". So."))
    page = render(Document("", Names(), (text,)), "html")
    assert isinstance(page, str)
    assert re.search(r'</math> and <span class="whole"><math>((?!</math>).)*</math>\.</span> So\.', page)


def test_sections_are_open_and_nested_by_level() -> None:
    blocks = (Heading(2, ("A",)), Heading(3, ("A1",)), Paragraph(("x",)), Heading(4, ("deep",)), Heading(2, ("B",)))
    root = page(Document("T", Names(), blocks))
    assert [e.attributes for e in root.all("details")] == [{"open": ""}] * 5  # the contents too
    outer = [child for child in root.all("main")[0].children if isinstance(child, Node) and child.tag == "section"]
    assert [[h.tag for h in section.all("*") if h.tag[0] == "h"] for section in outer] == [["h2", "h3", "h4"], ["h2"]]


def test_a_table_has_heads_that_are_read_aloud() -> None:
    table = Table((("Name",), ("Value",)), (((Math(Symbol("w5")),), ("0.5",)), (("a|b",), ("2 × 3",))), (False, True))
    root = page(Document("T", Names(), (Heading(2, ("Numbers",)), table)))
    heads = [(e.attributes["scope"], e.all("span")[0].text if e.all("span") else e.text) for e in root.all("th")]
    assert heads == [("col", "Name"), ("col", "Value"), ("row", "w5"), ("row", "a|b")]
    assert [e.text for e in root.all("caption")] == ["Numbers"]
    assert [e.text for e in root.all("td")] == ["0.5", "2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}3"]
    assert all("number" in e.classes for e in root.all("td"))


def test_a_picture_is_in_the_page_and_says_what_it_shows() -> None:
    root = page(Document("T", Names(), (Picture("net", 'a "net"', SVG),)))
    holder, inner = (e for figure in root.all("figure") for e in figure.all("div"))
    assert holder.attributes == {"role": "group", "aria-label": 'a "net"', "tabindex": "0"}
    assert inner.attributes == {"aria-hidden": "true"}  # it would be told twice
    assert [e.tag for e in inner.all("*")] == ["svg", "path"]


def attacked(text: str) -> Document:
    """A document in which the text stands wherever a text can."""
    quantity = Symbol(text)
    blocks = (
        Heading(2, (text, Math(quantity))),
        Paragraph((text, Math(Call(text, (quantity,))))),
        Equations(text, (Chain((quantity, Call(text, (X,)))),)),
        Table(((text,),), (((text,),), ((Math(quantity),),)), (False,)),
        Picture(text, text, SVG),
    )
    return Document(text, Names({}, {"x": text}, {"f": text}), blocks)


# As many as a name is long: it may be broken into lines, of which a phone has more.
_OF_LENGTH = {"math", "mrow", "mi", "mn", "mo", "mspace", "mover", "msub", "msup", "span", "div"}


@pytest.mark.parametrize("text", ATTACKS)
def test_a_text_stays_a_text(text: str) -> None:
    root, harmless = page(attacked(text)), page(attacked("a"))
    tags = Counter(e.tag for e in root.walk() if e.tag not in _OF_LENGTH)
    assert tags == Counter(e.tag for e in harmless.walk() if e.tag not in _OF_LENGTH)
    assert root.all("title")[0].text == " ".join(text.split())
    assert root.all("h1")[0].text == " ".join(text.split())


def test_texts_from_a_live_part_end_nothing() -> None:
    root = page(ORDINARY, LIVE)
    data, script = root.all("script")
    assert data.attributes["type"] == "application/json"
    assert json.loads(data.text) == json.loads(LIVE.data)
    assert "<!--" not in script.text
    assert "<script" not in script.text
    digest = b64encode(sha256(script.text.encode()).digest()).decode()
    assert policy(root)["script-src"] == f"'sha256-{digest}'"
    [explorer] = [e for e in root.all("section") if e.attributes.get("id") == "explorer"]
    assert explorer.attributes["hidden"] == ""
    assert "Try it." in explorer.text
    assert LIVE.style in root.all("style")[0].text


def test_ids_of_equations_give_way_to_those_of_the_page() -> None:
    names = ["main", "explorer", "x", "x", "section-1", "-", "a b"]
    root = page(Document("T", Names(), (Heading(2, ("H",)), *(Equations(n, (Chain((X, Y)),)) for n in names))))
    found = [e.attributes["id"] for e in root.all("div") if "equations" in e.classes]
    assert found == ["main-2", "explorer-2", "x", "x-2", "equations-section-1", "equations-", "a-b"]
