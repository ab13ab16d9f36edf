"""Templates of two packages by one environment: what is escaped, what is not, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from symprop.errors import InternalError
from symprop.templating import ANGLES, Safe, template, xml_text

MODULES = sorted((Path(__file__).parent.parent / "symprop").rglob("*.py"))


def test_what_xml_cannot_hold() -> None:
    assert xml_text("a\0\x1b\ud800\ufffe<&>'\"") == "a\ufffd\ufffd\ufffd\ufffd&lt;&amp;&gt;&#x27;&quot;"
    assert xml_text("two\nlines, é") == "two\nlines, é"


def test_all_but_safe_text_is_escaped() -> None:
    cell = template("symprop.renderers", "notation.tex.jinja", str.upper, ANGLES)
    content = {"title": "a title", "fragment": Safe("as it is"), "notation": "n"}
    pairs = {"styles": [], "symbols": [], "indices": [], "example": ("m", "l")}
    text = cell.render(**content, **pairs)
    assert "A TITLE" in text
    assert "as it is" in text


def test_a_length_is_written_where_a_template_says_so() -> None:
    """And no other number is: a rate of 0.001 would stand there as 0."""
    sheet = template("symprop.drawing", "drawing.tex.jinja", str, ANGLES)
    lengths = {"points": 0.75, "width": 10.0, "height": 7.126, "paper_width": 8.5, "paper_height": 3.0}
    parts = {"paper": "white", "edges": [], "nodes": [], "captions": []}
    assert "(10,7.13)" in sheet.render(**lengths, **parts, colours={})
    with pytest.raises(InternalError, match="a template says how a number is written"):
        sheet.render(**lengths, **parts, colours={"red": 0.001})


def test_what_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        template("symprop.drawing", "drawing.svg.jinja", xml_text).render()


def test_there_is_one_environment_and_one_escape_of_markup() -> None:
    homes = ("Environment(", "from html import", "saxutils", "class Safe")
    found = {path.name for path in MODULES for home in homes if home in path.read_text(encoding="utf-8")}
    assert found == {"templating.py"}
