"""Curves over updates on one pair of axes: scale, colours, styles, labels at their ends; what is drawn is `plots`' affair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from symprop.palette import CURVES
from symprop.pictures import is_drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = ("-", "--", "-.", ":", (0, (7, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 3)))
MOST_LABELLED = 12
_MOST_POINTS = 4000
_DEEPEST, _HIGHEST = 1e-12, 1e4  # of the largest first value: what lies beyond leaves the picture
_LEAST, _GREATEST = 1e-250, 1e250  # of what an axis can show
_ROOM = 0.03  # of the decades that values span, above and below them
_PLAIN = (1e-3, 1e4)  # numbers that need no power of ten
_LABEL_SIZE = 8.5  # points
_SHARE = 0.72  # of a row's height that axes take
_LATE = 0.9  # of the way: a curve that ends before has no line to its label
_LABELLED, _PIECE = (
    1.07,
    0.055,
)  # where labels begin, and how long a piece of a curve is before them, in widths of the axes
_GREY = "#555555"


@dataclass(frozen=True)
class Curve:
    """Values at some updates, by default at each from 0; the first that is not finite cuts it, and its end is marked.

    Curves with the same `key`, by default the label, look the same.
    """

    values: Sequence[float]
    label: str = ""
    updates: Sequence[int] | None = None
    key: str = ""

    @property
    def shown(self) -> Sequence[float]:
        """The values before the first that is infinite or NaN."""
        end = next((k for k, value in enumerate(self.values) if not math.isfinite(value)), len(self.values))
        return self.values[:end]

    def at(self, position: int) -> int:
        """The update of a value."""
        return position if self.updates is None else self.updates[position]


def new_axes(figure: Figure, place: Any, title: str, xlabel: str, ylabel: str) -> Axes:
    """Axes over updates, with a grid and no box."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes: Axes = figure.add_subplot(place)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, parse_math=False, fontsize="medium")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    return axes


def draw(
    figure: Figure,
    axes: Axes,
    curves: Sequence[Curve],
    title: str,
    ordered: bool = False,
    narrow: float = 1.0,
    cut: bool = False,
) -> None:
    """Curves in colours and styles by their keys, each labelled at its end; of more than 12, a colour scale tells.

    `title` stands above the labels. `ordered` keys get colours in that order. For `narrow` and
    `cut` see `fit`.
    """
    keys = list(dict.fromkeys(curve.key or curve.label for curve in curves))
    looks = dict(zip(keys, _looks(len(keys), ordered), strict=True))
    for curve in curves:
        draw_one(axes, curve, *looks[curve.key or curve.label])
    fit(axes, curves, narrow, cut)
    for curve in curves:
        _mark_exit(axes, curve, looks[curve.key or curve.label][0])
    if len(curves) > MOST_LABELLED:
        _add_scale(figure, axes, keys, [color for color, _ in looks.values()], title)
    elif any(curve.label for curve in curves):
        shown = [curve for curve in curves if curve.shown]
        _label_ends(figure, axes, shown, [looks[curve.key or curve.label] for curve in shown], title)


def draw_one(axes: Axes, curve: Curve, color: Any = CURVES[0], style: Any = "-", width: float = 1.6) -> None:
    """One curve, with a point at its end, or a cross where it is cut."""
    shown = curve.shown
    cut = len(shown) < len(curve.values)
    points = _thin(shown)
    axes.plot(
        [curve.at(k) for k in points],
        [shown[k] for k in points],
        linestyle=style,
        color=color,
        linewidth=width,
        label=curve.label,
        marker="X" if cut else "o",
        markersize=7 if cut else 4,
        markevery=[-1] if points else None,
    )


def fit(axes: Axes, curves: Sequence[Curve], narrow: float = 1.0, cut: bool = False) -> None:
    """Makes the axis of values logarithmic unless one is negative, or all lie within a factor `narrow`.

    It ends where values of 1e-30 would press all curves flat, and if it is `cut`, where values of 1e30 would.
    """
    if all(curve.at(len(curve.shown) - 1) <= 0 for curve in curves if curve.shown):
        axes.set_xlim(-0.05, 1)  # no update holds
    from matplotlib.ticker import StrMethodFormatter

    values = [value for curve in curves for value in curve.shown]
    positive = [value for value in values if value > 0]
    if not positive or min(values) < 0:
        return
    if max(values) < narrow * min(values):
        axes.set_ylim(0, 1.1 * max(values))
        return
    start = max(curve.shown[0] for curve in curves if curve.shown) or max(positive)
    low, high = max(min(positive), start * _DEEPEST), min(max(positive), start * _HIGHEST if cut else math.inf)
    axes.set_yscale("log", nonpositive="clip")
    room = max(1.5, 10 ** (_ROOM * (math.log10(high) - math.log10(low))))
    least = max(low / room, _LEAST)
    axes.set_ylim(least, min(max(2 * least, room * high), least * _GREATEST, _GREATEST))
    if least >= _PLAIN[0] and high <= _PLAIN[1] and high < 10 * least:
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(StrMethodFormatter("{x:g}"))


def _looks(count: int, ordered: bool) -> list[tuple[Any, Any]]:
    from matplotlib import colormaps

    graded = [colormaps["viridis"](0.88 * k / max(1, count - 1)) for k in range(count)]
    colors = graded if ordered or count > len(CURVES) else CURVES
    return [(colors[k], STYLES[k % len(STYLES)]) for k in range(count)]


def _label_ends(
    figure: Figure, axes: Axes, curves: Sequence[Curve], looks: Sequence[tuple[Any, Any]], title: str
) -> None:
    """Labels beside the axes, each led to from the end of its curve; they make room for one another.

    A line across the picture would look like a curve, so that a curve which ends early has a piece of itself at its label.
    """
    axes.margins(x=0.01)
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    gap = 1.35 * _LABEL_SIZE / 72 / (_SHARE * figure.get_figheight() / _rows(axes))
    if not curves:
        return
    ends = [_end(axes, curve) for curve in curves]
    places = spread([y for _, y in ends], gap)
    for curve, (color, style), end, place in zip(curves, looks, ends, places, strict=True):
        line = {"arrowstyle": "-", "color": color, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3, "linewidth": 0.9}
        if end[0] <= _LATE:
            end = (_LABELLED - _PIECE, place)
            line |= {"linestyle": style, "linewidth": 1.6, "shrinkB": 0}
        _beside(axes, curve.label, place, xy=end, xycoords="axes fraction", arrowprops=line)
    _beside(axes, title, max(places) + 1.3 * gap, xy=(0, 0), color=_GREY)


def _mark_exit(axes: Axes, curve: Curve, color: Any) -> None:
    """An arrow head where a curve leaves the picture for good, on its upper or lower edge."""
    low, high = axes.get_ylim()
    last = _last_shown(curve, low, high)
    if last is None or last + 1 == len(curve.shown):
        return
    inside, beyond = curve.shown[last], curve.shown[last + 1]
    edge = high if beyond > high else low
    part = math.log(edge / inside) / math.log(beyond / inside) if beyond > 0 else 0.0
    x = curve.at(last) + part * (curve.at(last + 1) - curve.at(last))
    look: dict[str, Any] = {
        "marker": "^" if beyond > high else "v",
        "s": 49,
        "color": [color],
        "clip_on": False,
        "zorder": 3,
    }
    axes.scatter([x], [float(beyond > high)], transform=axes.get_xaxis_transform(), **look)


def _last_shown(curve: Curve, low: float, high: float) -> int | None:
    """The place of the last value between two others; None where there is none."""
    values = curve.shown
    return next((k for k in reversed(range(len(values))) if low <= values[k] <= high), None)


def _beside(axes: Axes, text: str, place: float, **options: Any) -> None:
    axes.annotate(
        text,
        xytext=(_LABELLED, place),
        textcoords="axes fraction",
        fontsize=_LABEL_SIZE,
        va="center",
        annotation_clip=False,
        parse_math=_is_math(text),
        **options,
    )


def _rows(axes: Axes) -> int:
    """How many axes stand one above the other in the figure."""
    place = axes.get_subplotspec()
    return place.get_gridspec().nrows if place else 1


def _end(axes: Axes, curve: Curve) -> tuple[float, float]:
    """Where a curve ends, or leaves the picture for good, from 0 to 1 along the axes."""
    low, high = axes.get_ylim()
    values = curve.shown
    last = _last_shown(curve, low, high) or 0
    x = curve.at(last)
    if last + 1 < len(values):
        beyond = values[last + 1]
        return _along(axes, curve.at(last + 1), high)[0], float(beyond > high)
    across, up = _along(axes, x, max(values[last], low))
    return across, min(1.0, max(0.0, up))


def _along(axes: Axes, x: float, y: float) -> tuple[float, float]:
    across, up = axes.transLimits.transform(axes.transScale.transform((x, y)))
    return float(across), float(up)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The places moved apart to at least `gap`, in their order, around 0 to 1.

    >>> spread([0.5, 0.5, 0.0], 0.1)
    [0.5, 0.6, 0.0]
    >>> spread([1.0, 1.0], 0.25)
    [0.75, 1.0]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    found = [float(place) for place in places]
    for before, k in pairwise(order):
        found[k] = max(found[k], found[before] + gap)
    most = 1.0
    for k in reversed(order):
        found[k] = min(found[k], most)
        most = found[k] - gap
    return found


def _add_scale(figure: Figure, axes: Axes, labels: Sequence[str], palette: Sequence[Any], title: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colors = ScalarMappable(Normalize(-0.5, len(labels) - 0.5), ListedColormap(list(palette)))
    scale = figure.colorbar(colors, ax=axes, label=title)
    ticks = range(0, len(labels), math.ceil(len(labels) / 10))
    scale.set_ticks(ticks, labels=[labels[k] for k in ticks])


def _is_math(text: str) -> bool:
    """Whether a label was made as mathematics; whatever else has a dollar sign in it is text."""
    return text.startswith("$") and text.endswith("$") and text.count("$") == 2 and is_drawable(text)


def _thin(values: Sequence[float]) -> Sequence[int]:
    """The places to draw: all, or of many the lowest and highest in each stretch, so that no swing is lost."""
    if len(values) <= _MOST_POINTS:
        return range(len(values))
    kept = {0, len(values) - 1}
    length = math.ceil(len(values) / (_MOST_POINTS // 2))
    for start in range(0, len(values), length):
        stretch = range(start, min(start + length, len(values)))
        kept |= {min(stretch, key=values.__getitem__), max(stretch, key=values.__getitem__)}
    return sorted(kept)
