"""The looks of drawings: one table, which every format takes its colours, widths and dashes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symprop.drawing import styles, svg, tikz
from symprop.drawing.dot import dot
from symprop.drawing.figure import Kind
from symprop.templating import size
from tests.drawing.made import drawing

ROOM = Path(styles.__file__).parent
HEX = re.compile(r"#[0-9a-fA-F]{3,6}\b")
DOCSTRING = re.compile(r'"""(?s:.*?)"""')
LIGHT = {colour.light for colour in styles.COLOURS}


def test_no_format_has_colours_of_its_own() -> None:
    files = [path for path in ROOM.rglob("*.*") if path.suffix in (".py", ".jinja") and path.name != "styles.py"]
    code = {path.name: DOCSTRING.sub("", path.read_text(encoding="utf-8")) for path in files}
    assert [name for name, text in code.items() if HEX.search(text)] == []


@pytest.mark.parametrize("lit", [None, "w1"])
def test_every_format_has_the_colours_of_the_table(lit: str | None) -> None:
    drawn = drawing("classroom", lit)
    assert set(HEX.findall(svg(drawn))) <= LIGHT
    assert {found[:7] for found in re.findall("#[0-9a-fA-F]+", dot(drawn))} <= LIGHT
    found = re.findall(r"\\definecolor\{symprop(\w+)\}\{HTML\}\{(\w+)\}", tikz(drawn))
    assert dict(found) == {colour.name.replace("-", ""): colour.light[1:].upper() for colour in styles.COLOURS}


def test_widths_and_dashes_are_the_table_s() -> None:
    drawn = drawing("classroom", "w1")
    picture, graph, sheet = tikz(drawn), dot(drawn), svg(drawn)
    dashed = next(node for node in drawn.nodes if node.kind is Kind.TARGET)
    assert styles.outline(dashed) == styles.DASHED
    for stroke in (styles.LIT_LINE, styles.LIT_SHAPE, styles.SHAPE, styles.DASHED):
        assert f"line width={size(stroke.width * styles.POINT)}pt" in picture
        assert f"stroke-width:{size(stroke.width)}px" in sheet
        assert f"penwidth={size(stroke.width * styles.POINT)}" in graph
    assert "dash pattern=on 2.25pt off 1.88pt" in picture
    assert "stroke-dasharray:3 2.5" in sheet


def test_what_is_highlighted_keeps_its_dashes() -> None:
    (target, *_) = [node for node in drawing("classroom", "t1").nodes if node.kind is Kind.TARGET and node.lit]
    assert styles.outline(target).dash == styles.DASHED.dash
    assert styles.outline(target).colour == styles.LIT_SHAPE.colour


def test_both_sides_of_a_page_set_the_same_properties() -> None:
    light, dark = (re.findall(r"--([\w-]+): (#\w{6});", styles.properties(dark=dark)) for dark in (False, True))
    assert [name for name, _ in light] == [name for name, _ in dark]
    assert dict(light)["lit"] == styles.LIT_LINE.colour.light
    assert dict(dark)["lit"] == styles.LIT_LINE.colour.dark
    assert "paper" not in dict(dark)
