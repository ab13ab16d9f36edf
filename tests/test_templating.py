"""Templates of two packages by one environment: what is escaped, what is not, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

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


def test_what_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        template("symprop.drawing", "drawing.svg.jinja", xml_text).render()


def test_there_is_one_environment_and_one_escape_of_markup() -> None:
    homes = ("Environment(", "from html import", "saxutils", "class Safe")
    found = {path.name for path in MODULES for home in homes if home in path.read_text(encoding="utf-8")}
    assert found == {"templating.py"}
