"""Pictures painted dot by dot: where lines and names stand, what fades, and that dashes have gaps."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.raster import png


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
    assert abs((left + right) / 2 - 100) < 4
    assert 40 < top < low < 90


def test_what_stands_above_begins_where_what_stands_below_does() -> None:
    wide = dark(painted(of(Label("b_{f}^{(1)}", 50.0, 30.0, 20.0))))
    base = dark(painted(of(Label("b", 50.0, 30.0, 20.0))))
    above = dark(painted(of(Label("b^{(1)}", 50.0, 30.0, 20.0))))
    assert wide[2] - wide[0] >= above[2] - above[0] > base[2] - base[0]
    assert wide[3] > above[3]


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
