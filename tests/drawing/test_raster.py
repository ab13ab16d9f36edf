"""Pictures painted dot by dot: the drawing's own SVG, its letters, what fades, and that dashes have gaps."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from symprop.drawing import DOTS, png, svg
from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from tests.drawing.made import drawing


def painted(drawing: Drawing) -> Any:
    return Image.open(BytesIO(png(drawing))).convert("L")


def dark(image: Any) -> tuple[int, int, int, int]:
    box = image.point(lambda level: 255 if level < 128 else 0).getbbox()
    assert box is not None
    return box


def of(*labels: Label) -> Drawing:
    return Drawing("", "", "blocks", (), (), labels, 120.0, 60.0)


def test_a_name_stands_around_its_middle() -> None:
    left, top, right, low = dark(painted(of(Label("W_{12}", 50.0, 30.0, 20.0))))
    assert abs((left + right) / 2 - 50 * DOTS) < 4
    assert 40 < top < low < 90


@pytest.mark.parametrize("style", ["math", "text", "title", "value", "typed"])
def test_letters_of_every_look_are_painted(style: str) -> None:
    dark(painted(of(Label("a12", 50.0, 30.0, 20.0, style))))


def test_a_picture_shows_no_property_of_a_page() -> None:
    drawn = drawing("classroom", "w1")
    assert "var(" in svg(drawn)
    assert "var(" not in svg(drawn, fixed=True)


def test_a_picture_has_the_size_and_the_bytes_of_its_drawing() -> None:
    drawn = drawing("classroom", None)
    assert Image.open(BytesIO(png(drawn))).size == pytest.approx((drawn.width * DOTS, drawn.height * DOTS), abs=1)
    assert png(drawn) == png(drawn)


def test_lines_curves_and_what_fades() -> None:
    ends = [Node(key, Kind.BLOCK, (), x, 30.0, 20.0, 20.0, lit=key == "a") for key, x in (("a", 20.0), ("b", 100.0))]
    line = Edge("a", "b", ((30.0, 30.0), (50.0, 5.0), (70.0, 5.0), (90.0, 30.0)))
    image = painted(Drawing("", "", "blocks", tuple(ends), (line,), (), 120.0, 60.0, highlight="w"))
    assert min(image.crop((100, 20, 140, 40)).tobytes()) < 240  # the top of the curve
    assert min(image.crop((175, 40, 226, 81)).tobytes()) > 130  # the faded node
    assert min(image.crop((15, 40, 66, 81)).tobytes()) < 110


def test_dashes_have_gaps() -> None:
    def around(kind: Kind) -> int:
        image = painted(Drawing("", "", "blocks", (Node("a", kind, (), 60.0, 30.0, 80.0, 40.0),), (), (), 120.0, 60.0))
        return sum(level < 200 for level in image.crop((60, 15, 180, 25)).tobytes())

    assert 0.3 * around(Kind.BLOCK) < around(Kind.BIAS) < 0.8 * around(Kind.BLOCK)


def test_a_name_of_unknown_look_and_letters_that_fonts_lack() -> None:
    assert png(of(Label(r"\\unknowncommand{x}", 20.0, 20.0), Label("日本", 60.0, 20.0, 15.0, "text"))).startswith(
        b"\x89PNG"
    )
