"""Pictures of runs: what is drawn, that it is readable and the same every time, and that bad paths are refused."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from symprop.errors import UserError
from symprop.training.plots import loss_curve, sweep_curves

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".PNG": b"\x89PNG"}
RUNS = [(rate, [0.3 * 2.0 ** (-rate * k) for k in range(30)], "converging") for rate in (0.1, 0.5, 2.0)]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are saved, in order."""
    figures: list[Figure] = []
    save = Figure.savefig

    def record(figure: Figure, *arguments: object, **options: object) -> None:
        figures.append(figure)
        save(figure, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", record)
    return figures


def curves(axes: Axes) -> list[list[tuple[float, float]]]:
    return [list(zip(line.get_xdata(), line.get_ydata(), strict=True)) for line in axes.lines]  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", MAGIC)
def test_the_suffix_decides_the_format(tmp_path: Path, suffix: str) -> None:
    loss_curve([1.0, 0.5], tmp_path / f"a{suffix}", "title")
    sweep_curves(RUNS, tmp_path / f"b{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes().startswith(MAGIC[suffix])
    assert (tmp_path / f"b{suffix}").read_bytes().startswith(MAGIC[suffix])


@pytest.mark.parametrize("name", ["loss.gif", "loss", "loss.png.exe"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"expected \.png, \.svg, \.pdf, got"):
        loss_curve([1.0, 0.5], tmp_path / name)
    with pytest.raises(UserError, match="a picture cannot have this format"):
        sweep_curves(RUNS, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unwritable_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="directory does not exist"):
        loss_curve([1.0, 0.5], tmp_path / "absent" / "loss.png")


DRAW = """
import hashlib, pathlib, sys
from symprop.training.plots import loss_curve, sweep_curves
assert "matplotlib" not in sys.modules
for suffix in ("png", "svg", "pdf"):
    path = pathlib.Path(f"x.{suffix}")
    sweep_curves([(0.1, [1, 0.5, 0.2], "converging"), (10.0, [1, 3, 9], "diverged")], path, "a & b")
    print(hashlib.sha256(path.read_bytes()).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
"""


def test_the_same_runs_give_the_same_bytes_without_pyplot(tmp_path: Path) -> None:
    def draw(**variables: str) -> str:
        path = os.pathsep.join(sys.path)
        environment = os.environ | {"PYTHONPATH": path} | variables
        command = [sys.executable, "-c", DRAW]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout  # fmt: skip

    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\n")
    assert draw(PYTHONHASHSEED="1") == draw(PYTHONHASHSEED="2", MPLCONFIGDIR=str(tmp_path), SOURCE_DATE_EPOCH="0")


def test_the_axes_are_labelled_and_logarithmic(tmp_path: Path, drawn: list[Figure]) -> None:
    loss_curve([0.5, 0.25, 0.125], tmp_path / "x.svg", "my run")
    axes = drawn[0].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("updates", "loss E_total", "my run")
    assert axes.get_yscale() == "log"
    assert curves(axes) == [[(0, 0.5), (1, 0.25), (2, 0.125)]]


def test_what_is_not_finite_is_cut_and_marked(tmp_path: Path, drawn: list[Figure]) -> None:
    runs = [(1.0, [1, 2, math.inf, 3], "diverged"), (2.0, [1, math.nan], "diverged"), (3.0, [1, 0.5], "converging")]
    sweep_curves(runs, tmp_path / "x.png")
    axes = drawn[0].axes[0]
    assert [len(curve) for curve in curves(axes)] == [2, 1, 2]
    assert [line.get_marker() for line in axes.lines] == ["X", "X", "o"]


def test_losses_far_below_and_above_leave_the_picture(tmp_path: Path, drawn: list[Figure]) -> None:
    runs = [(1.0, [1, 1e-3, 1e-33, 0.0], "converged"), (9.0, [1, 1e200], "diverged"), (0.1, [1, 0.5], "converging")]
    sweep_curves(runs, tmp_path / "x.png")
    low, high = drawn[0].axes[0].get_ylim()
    assert 1e-13 < low < 1e-11
    assert 1e3 < high < 1e5


@pytest.mark.parametrize("losses", [[1.0, -1.0, -2.0], [0.0, 0.0]])
def test_a_logarithm_is_not_forced(tmp_path: Path, drawn: list[Figure], losses: list[float]) -> None:
    loss_curve(losses, tmp_path / "x.png")
    assert drawn[0].axes[0].get_yscale() == "linear"
    assert curves(drawn[0].axes[0]) == [list(enumerate(losses))]


@pytest.mark.parametrize("losses", [[], [0.3], [math.nan], [math.inf, 1.0], [0.0, 1.0], [5.0, 5.0], [1e-320, 1e308]])
def test_odd_runs_are_drawn_all_the_same(tmp_path: Path, losses: list[float]) -> None:
    loss_curve(losses, tmp_path / "x.png")
    sweep_curves([(1.0, losses, "stuck")], tmp_path / "y.png")
    sweep_curves([], tmp_path / "z.png")
    assert len(list(tmp_path.iterdir())) == 3


def legend_texts(figure: Figure) -> Sequence[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()] if figure.legends else []


def test_labels_stand_beside_the_axes_and_curves_differ(tmp_path: Path, drawn: list[Figure]) -> None:
    runs = [(rate, [1, 0.9**rate], "converging") for rate in (0.1, 0.2, 0.5, 0.8, 1, 2, 10, 100, 1000)]
    sweep_curves(runs, tmp_path / "x.png")
    figure = drawn[0]
    assert legend_texts(figure)[0] == "0.1, converging"
    assert legend_texts(figure)[-1] == "1000, converging"
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    box, axes = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert box.x0 >= axes.x1
    assert box.x1 <= figure.bbox.x1
    looks = {(str(line.get_color()), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == len(runs)


def test_many_runs_get_a_scale(tmp_path: Path, drawn: list[Figure]) -> None:
    rates = np.geomspace(0.01, 100, 41)
    sweep_curves([(float(rate), [1.0, 1 / (1 + rate)], "converging") for rate in rates], tmp_path / "x.png")
    figure = drawn[0]
    assert legend_texts(figure) == []
    scale = figure.axes[1]
    assert scale.get_ylabel() == "learning rate"
    assert [label.get_text() for label in scale.get_yticklabels()][:2] == ["0.01", "0.0316"]


def test_a_title_is_plain_text(tmp_path: Path, drawn: list[Figure]) -> None:
    title = "costs $5 and $\\frac{$ \\input \x07\n重 " + "long " * 200
    loss_curve([1.0, 0.5], tmp_path / "x.png", title)
    sweep_curves([(1.0, [1.0, 0.5], "$x^")], tmp_path / "y.png", title)
    shown = drawn[0].axes[0].get_title()
    assert shown.startswith("costs $5 and $\\frac{$ \\input")
    assert len(shown) < 260
    assert max(map(len, shown.splitlines())) <= 72
    assert legend_texts(drawn[1]) == ["1, $x^"]


def test_a_long_run_is_thinned_but_keeps_its_swings(tmp_path: Path, drawn: list[Figure]) -> None:
    losses = [1 + (-1) ** k * 0.5 for k in range(50_001)]
    losses[31_415] = 7.0
    loss_curve(losses, tmp_path / "x.svg")
    (curve,) = curves(drawn[0].axes[0])
    assert len(curve) < 5000
    assert (31_415, 7.0) in curve
    assert {0.5, 1.5} <= {loss for _, loss in curve[:20]}
    assert (curve[0][0], curve[-1][0]) == (0, 50_000)
    assert all(losses[int(k)] == loss for k, loss in curve)


def test_what_stood_there_stays_when_drawing_fails(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"old")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(TypeError):
        loss_curve(["a"], path)  # type: ignore[list-item]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]
