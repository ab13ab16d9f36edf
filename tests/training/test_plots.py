"""Pictures of runs: what is drawn, that it is readable and the same every time, and that bad paths are refused."""

from __future__ import annotations

import hashlib
import math
import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.training.plots import Labels, limits_svg, loss_curve, run_panels, sweep_curves, sweep_svg
from symprop.training.surface import Surface, surface
from symprop.training.trace import Gauge, Point, Trace, Tracer
from tests.training.nets import compiled

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
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.training.plots import Labels, limits_svg, loss_curve, run_panels, sweep_curves, sweep_svg
from symprop.training.surface import Surface, surface
from symprop.training.trace import Gauge, Point, Trace, Tracer
from tests.training.nets import compiled
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
    loss_curve([0.5, 0.25, 0.125], tmp_path / "x.svg", "my run", "loss L")
    axes = drawn[0].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("updates", "loss L", "my run")
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


def end_labels(axes: Axes) -> list[str]:
    """The labels beside the axes, and last what stands above them."""
    return [text.get_text() for text in axes.texts]


def test_labels_stand_beside_the_axes_and_curves_differ(tmp_path: Path, drawn: list[Figure]) -> None:
    runs = [(rate, [1, 0.9**rate], "converging") for rate in (0.1, 0.2, 0.5, 0.8, 1, 2, 10, 100, 1000)]
    sweep_curves(runs, tmp_path / "x.png")
    figure = drawn[0]
    labels = end_labels(figure.axes[0])
    assert (labels[0], labels[-2], labels[-1]) == ("0.1, converging", "1000, converging", "learning rate")
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    axes = figure.axes[0].get_window_extent()
    boxes = [Text.get_window_extent(text) for text in figure.axes[0].texts]
    assert all(axes.x1 <= box.x0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    looks = {(str(line.get_color()), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == len(runs)


def test_many_runs_get_a_scale(tmp_path: Path, drawn: list[Figure]) -> None:
    rates = np.geomspace(0.01, 100, 41)
    sweep_curves([(float(rate), [1.0, 1 / (1 + rate)], "converging") for rate in rates], tmp_path / "x.png")
    figure = drawn[0]
    assert end_labels(figure.axes[0]) == []
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
    assert end_labels(drawn[1].axes[0])[0] == "1, $x^"


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


# One run in several panels.


def traced(norms: dict[str, list[float]], slopes: dict[str, list[float]]) -> Trace:
    count = len(next(iter({**norms, **slopes}.values())))
    points = []
    for k in range(count):
        norm, slope = ({name: values[k] for name, values in each.items()} for each in (norms, slopes))
        points.append(Point(3 * k, 1.0, norm, slope, slope))
    return Trace(tuple(points), 1)


def titles(figure: Figure) -> list[str]:
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def test_the_panels_of_a_run(tmp_path: Path, drawn: list[Figure]) -> None:
    norms, slopes = {"W1": [1.0, 0.1], "b1": [0.5, 0.01]}, {"a1": [0.2, 1e-5]}
    run_panels([1.0, 0.5, 0.3, 0.2], tmp_path / "x.svg", "mine", traced(norms, slopes))
    loss, gradient, flat = drawn[0].axes
    assert titles(drawn[0]) == ["Loss", "Gradient of each parameter", "Slope of each activation"]
    assert curves(loss) == [[(0, 1.0), (1, 0.5), (2, 0.3), (3, 0.2)]]
    assert curves(gradient) == [[(0, 1.0), (3, 0.1)], [(0, 0.5), (3, 0.01)]]
    assert end_labels(gradient)[:2] == ["W1", "b1"]
    assert "saturated: below 0.01" in end_labels(flat)
    assert {axes.get_xlabel() for axes in drawn[0].axes} == {"updates"}
    assert all(axes.get_ylabel() for axes in drawn[0].axes)


def test_panels_that_do_not_apply_are_left_out(tmp_path: Path, drawn: list[Figure]) -> None:
    run_panels([1.0, 0.5], tmp_path / "x.svg", "", traced({}, {"a1": [0.2, 0.2]}))
    run_panels([1.0, 0.5], tmp_path / "y.svg", "", traced({"m": [0.2, 0.2]}, {}))
    run_panels([1.0, 0.5], tmp_path / "z.svg")
    assert list(map(titles, drawn)) == [
        ["Loss", "Slope of each activation"],
        ["Loss", "Gradient of each parameter"],
        ["Loss"],
    ]


def test_losses_of_batches_stand_behind_those_of_all_examples(tmp_path: Path, drawn: list[Figure]) -> None:
    run_panels([1.0, 0.5, 0.9, 0.2], tmp_path / "x.svg", "", traced({"m": [0.2, 0.2]}, {}), of_batches=True)
    batches, whole = curves(drawn[0].axes[0])
    assert (len(batches), whole) == (4, [(0, 1.0), (3, 1.0)])


def test_a_run_that_diverges_is_drawn_to_its_end(tmp_path: Path, drawn: list[Figure]) -> None:
    losses = [4.0 * 10.0**k for k in range(77)]
    run_panels([*losses, math.inf], tmp_path / "x.svg", "", traced({"m": [1.0, math.inf]}, {}))
    axes = drawn[0].axes[0]
    assert axes.get_ylim()[1] > losses[-1]
    assert [line.get_marker() for each in drawn[0].axes for line in each.lines] == ["X", "X"]


def test_what_a_network_gives_is_drawn_with_its_examples(tmp_path: Path, drawn: list[Figure]) -> None:
    places = np.linspace(-1, 1, 5)
    plane = np.add.outer(places, places)
    x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    found = Surface(
        ("i1", "i2"), places, places, {"a_o1": plane, "a_o2": plane}, x, np.array([[0.0, 5], [1, 6], [1, 7]])
    )
    run_panels([1.0, 0.5], tmp_path / "x.pdf", "", surface=found, labels=Labels(Names()))
    panels = [axes for axes in drawn[0].axes if axes.get_title().startswith("What the trained network gives")]
    assert [axes.get_title().partition(": ")[2] for axes in panels] == ["a_o1", "a_o2"]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in panels] == [("input i1", "input i2")] * 2
    scales = [axes.get_ylabel() for axes in drawn[0].axes if axes.get_ylabel().startswith("output")]
    assert scales == ["output a_o1", "output a_o2"]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in panels]  # type: ignore[union-attr]
    assert legends == [["target 0", "target 1"], ["target 5", "target 6", "target 7"]]


@pytest.mark.parametrize("name", ["W", "<b>", "x$y", "\\input{a}"])
def test_a_look_that_cannot_be_set_is_a_name(name: str) -> None:
    labels = Labels(Names(latex={name: "\\mathtt{x\\_y}", "bad": "\\textcolor{red}{x}"}))
    assert labels("bad") == "bad"
    assert labels(name) == name or labels(name).startswith("$")


def test_a_picture_in_a_page_has_names_of_its_own() -> None:
    one, other = (sweep_svg(RUNS, name) for name in ("first", "second"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0].isdisjoint(ids[1])
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', one))
    assert {name for pair in used for name in pair if name} <= ids[0]
    assert one.startswith("<svg ")
    assert not re.search(r"<path(?![^>]*\sd=)", one)
    assert not re.search("<style|<metadata|<!DOCTYPE|<\\?xml", one)
    assert ElementTree.fromstring(one).tag == "{http://www.w3.org/2000/svg}svg"


def test_limits_have_a_line_at_two(drawn: list[Figure]) -> None:
    limits_svg([(0.5, [(0, 0.1), (4, 0.2)]), (20.0, [(0, 4.0), (4, 8.0)]), (9.0, [])], "x")
    axes = drawn[0].axes[0]
    lines = curves(axes)
    assert lines[:2] == [[(0, 0.1), (4, 0.2)], [(0, 4.0), (4, 8.0)]]
    assert [y for _, y in lines[2]] == [2, 2]


@pytest.mark.parametrize("layers", [[Dense(3, "tanh"), Dense(1, "sigmoid")], [Dense(2, bias=False)]])
def test_whole_runs_are_drawn(tmp_path: Path, drawn: list[Figure], layers: list[Dense]) -> None:
    model = compiled(NetworkSpec(2, layers))
    random = np.random.default_rng(1)
    x, t = random.normal(size=(5, 2)), random.uniform(size=(5, layers[-1].units))
    tracer = Tracer(Gauge(model, x, t))
    history = model.fit(x, t, epochs=1, watch=tracer)
    trace = tracer.trace(history.updates, history.parameters)
    run_panels(history.losses, tmp_path / "x.png", "one update", trace, surface(model, history.parameters, x, t))
    assert ("Slope of each activation" in titles(drawn[0])) == (layers[0].activation == "tanh")


@pytest.mark.parametrize(("other", "same"), [([1.0, 0.0, 0.0], True), ([50.0, 70.0, 70.0], False)])
def test_a_target_has_one_colour_in_all_panels(
    tmp_path: Path, drawn: list[Figure], other: list[float], same: bool
) -> None:
    """The second output goes further; outputs without a target in common keep scales of their own."""
    places = np.linspace(-1, 1, 5)
    plane = np.add.outer(places, places)
    x, t = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 1.0, 1.0], other]).T
    run_panels(
        [1.0], tmp_path / "x.pdf", surface=Surface(("i1", "i2"), places, places, {"a": plane, "b": 9 * plane}, x, t)
    )
    panels = [axes for axes in drawn[0].axes if axes.get_title().startswith("What")]
    ranges = [(axes.collections[0].norm.vmin, axes.collections[0].norm.vmax) for axes in panels]
    assert all(axes.collections[-1].norm is axes.collections[0].norm for axes in panels)
    assert (ranges[0] == ranges[1]) == same


def test_labels_stand_off_the_edge(tmp_path: Path, drawn: list[Figure]) -> None:
    run_panels([1.0, 0.5], tmp_path / "x.png", "", traced({"m": [0.2, 0.1]}, {"a1": [0.2, 0.1]}))
    figure = drawn[0]
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    assert min(axes.yaxis.label.get_window_extent().x0 for axes in figure.axes) > 0.1 * figure.dpi


def test_a_letter_that_the_font_lacks_is_a_question_mark(tmp_path: Path, drawn: list[Figure]) -> None:
    run_panels([1.0, 0.5], tmp_path / "x.png", "重 net η", labels=Labels(loss="損"))
    assert drawn[0].get_suptitle() == "? net η"
    assert drawn[0].axes[0].get_ylabel().replace("$", "") == "loss ?"


def test_a_curve_that_ends_early_has_no_line_to_its_label(tmp_path: Path, drawn: list[Figure]) -> None:
    """The line would look like a loss that falls; a piece of the curve stands at the label, an arrow head at its exit."""
    falling = [0.9**k for k in range(100)]
    runs = [
        (0.1, falling, "converging"),
        (1, [10.0**k for k in range(100)], "diverged"),
        (2, [1, 3, math.inf], "diverged"),
    ]
    sweep_curves(runs, tmp_path / "x.png")
    axes = drawn[0].axes[0]
    FigureCanvasAgg(drawn[0]).draw()  # type: ignore[no-untyped-call]
    starts = {text.get_text(): text.xy[0] for text in axes.texts if isinstance(text, Annotation) and text.arrow_patch}
    assert 0.95 < starts["0.1, converging"] <= 1 < starts["1, diverged"] == starts["2, diverged"]
    (exit_,) = axes.collections
    assert exit_.get_offsets()[0].tolist() == pytest.approx([4, 1], abs=0.3)  # 1e4 times the first loss is the edge


def test_a_long_curve_that_leaves_is_drawn_soon(tmp_path: Path) -> None:
    begun = perf_counter()
    loss_curve([0.5 ** (k / 100) for k in range(200_000)], tmp_path / "x.png")
    assert perf_counter() - begun < 30


def test_numbers_within_a_decade_are_plain(tmp_path: Path, drawn: list[Figure]) -> None:
    loss_curve([0.9, 0.5, 0.31], tmp_path / "x.png")
    FigureCanvasAgg(drawn[0]).draw()  # type: ignore[no-untyped-call]
    axes = drawn[0].axes[0]
    shown = {label.get_text() for label in axes.get_yticklabels(which="both")}
    assert {"0.3", "0.5"} <= shown
    assert axes.get_yscale() == "log"
