"""The page that matplotlib paints: the same picture as that of the SVG, but for how letters are cut."""

from __future__ import annotations

import subprocess
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from symprop.drawing import png
from symprop.drawing.figure import Box, Drawing
from symprop.drawing.painted import INCH, pdf
from symprop.drawing.raster import DOTS
from tests.drawing.made import EQUATIONS, SKIP, drawing, of

Array = Any

PATCH = 4  # dots, over which edges that fall between two dots even out
ROOM = 10  # dots about a label, which the letters of another font may take
DRAWN = [drawing("classroom", "w1"), drawing("classroom"), drawing("2-3-1", "t1"), of(EQUATIONS), of(SKIP, "W1")]


def painted(drawn: Drawing) -> tuple[Array, Array]:
    """The page and the picture, each of (dots down, dots along, colours), cut to one size."""
    command = ["pdftoppm", "-png", "-r", str(DOTS * INCH), "-"]
    page = subprocess.run(command, input=pdf(drawn), capture_output=True, check=True).stdout
    one, other = (imread(BytesIO(content), format="png")[..., :3] for content in (page, png(drawn)))
    down, along = (min(sizes) for sizes in zip(one.shape[:2], other.shape[:2], strict=True))
    assert max(abs(a - b) for a, b in zip(one.shape, other.shape, strict=True)) <= 1
    return one[:down, :along], other[:down, :along]


def dots(box: Box, room: int = 0) -> tuple[slice, slice]:
    left, top, right, low = (int(DOTS * place) for place in box)
    return slice(max(top - room, 0), low + room), slice(max(left - room, 0), right + room)


@pytest.mark.slow
@pytest.mark.parametrize("drawn", DRAWN, ids=range(len(DRAWN)))
def test_the_page_shows_what_the_picture_shows(drawn: Drawing) -> None:
    """Lines, fills, dashes and what is faded, everywhere but on labels; and as much ink on each label."""
    page, picture = painted(drawn)
    apart = np.abs(page - picture).max(axis=-1)
    for label in drawn.labels:
        apart[dots(label.box, ROOM)] = 0.0
    down, along = (size // PATCH for size in apart.shape)
    patches = apart[: down * PATCH, : along * PATCH].reshape(down, PATCH, along, PATCH).mean(axis=(1, 3))
    assert patches.max() < 0.2
    ink = [(label.text, page[dots(label.box)].mean() - picture[dots(label.box)].mean()) for label in drawn.labels]
    assert [found for found in ink if abs(found[1]) > 0.05] == []
