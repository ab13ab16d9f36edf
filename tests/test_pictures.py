"""One set-up of matplotlib for all pictures: the same bytes each time, whatever a reader's settings, which stay as they are."""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from symprop.drawing import png
from symprop.pictures import METADATA, is_drawable, picture
from tests.drawing.made import drawing

MODULES = sorted((Path(__file__).parent.parent / "symprop").rglob("*.py"))


def _drawn(figure: Figure) -> None:
    figure.add_subplot().plot([1, 3, 2], label="漢")


@pytest.mark.parametrize("suffix", METADATA)
def test_a_reader_s_settings_change_nothing_and_stay(suffix: str) -> None:
    plain = picture(_drawn, suffix, (3.0, 2.0))
    with matplotlib.rc_context({"lines.linewidth": 7, "figure.facecolor": "red"}), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert picture(_drawn, suffix, (3.0, 2.0)) == plain
        assert matplotlib.rcParams["lines.linewidth"] == 7


def test_drawings_are_painted_with_it() -> None:
    drawn = drawing("1-1")
    plain = png(drawn)
    with matplotlib.rc_context({"figure.facecolor": "red", "font.size": 40}):
        assert png(drawn) == plain


def test_what_matplotlib_cannot_set() -> None:
    assert is_drawable(r"$\delta_{h1}$")
    assert not is_drawable(r"$\unknowncommand{x}$")


def test_matplotlib_is_set_up_in_one_place() -> None:
    setting = ("rcParams", "rc_context", "MathTextParser", ".savefig(")
    found = {path.name for path in MODULES for word in setting if word in path.read_text(encoding="utf-8")}
    assert found == {"pictures.py"}
