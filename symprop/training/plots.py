"""Pictures of training runs, as files; matplotlib is imported only when one is drawn, and no run is judged here."""

from __future__ import annotations

import math
import textwrap
import warnings
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.errors import UserError
from symprop.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Run = tuple[float, Sequence[float], str]

# What would make two files of the same picture differ.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
_STYLES = ("-", "--", "-.", ":")
_MOST_LABELLED = 12
_MOST_POINTS = 4000
_DEEPEST, _HIGHEST = 1e-12, 1e4  # of the largest first loss: what lies beyond leaves the picture


def check_suffix(path: str | Path) -> str:
    """The suffix of a picture's path, in lower case; UserError where no picture can be drawn in that format.

    >>> check_suffix("loss.PNG")
    '.png'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _METADATA:
        expected = ", ".join(_METADATA)
        got = suffix or "no suffix"
        raise UserError("a picture cannot have this format", where=str(path), expected=expected, got=got)
    return suffix


def loss_curve(losses: Sequence[float], path: str | Path, title: str = "") -> None:
    """Draws the losses of one run, before the first update, after 1, …, into a .png, .svg or .pdf file.

    The axis is logarithmic unless a loss is negative. The same losses give the same bytes. Raises UserError for another
    suffix, or where the file cannot be written.
    """

    def draw(figure: Figure) -> None:
        axes = _axes(figure, [losses], title)
        _draw_run(axes, losses, color="#0072B2")

    _save(draw, path)


def sweep_curves(runs: Sequence[Run], path: str | Path, title: str = "") -> None:
    """Draws runs (learning rate, losses, verdict) into one picture, each labelled with its rate and its verdict.

    The colours are ordered like the rates, and can be told apart by the colour-blind. More than 12 runs get a colour
    scale instead of labels. Otherwise as `loss_curve`.
    """

    def draw(figure: Figure) -> None:
        axes = _axes(figure, [losses for _, losses, _ in runs], title)
        rates = sorted({rate for rate, _, _ in runs})
        palette = _palette(len(rates))
        for rate, losses, verdict in runs:
            place = rates.index(rate)
            _draw_run(axes, losses, palette[place], _STYLES[place % len(_STYLES)], f"{rate:g}, {verdict}")
        if len(runs) <= _MOST_LABELLED:
            _label(figure)
        else:
            _add_scale(figure, axes, rates, palette)

    _save(draw, path)


def _axes(figure: Figure, curves: Sequence[Sequence[float]], title: str) -> Axes:
    from matplotlib.ticker import MaxNLocator

    axes: Axes = figure.add_subplot()
    axes.set_xlabel("updates")
    axes.set_ylabel("loss E_total")
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(textwrap.fill(textwrap.shorten(_printable(title), 240), 72), parse_math=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _scale(axes, [loss for curve in curves for loss in _finite(curve)], [c[0] for c in curves if _finite(c)])
    return axes


def _scale(axes: Axes, losses: Sequence[float], first: Sequence[float]) -> None:
    """Make the loss axis logarithmic, and cut it where losses of 1e-30 or 1e30 would press all curves flat."""
    positive = [loss for loss in losses if loss > 0]
    if not positive or min(losses) < 0:
        return
    start = max(first) or max(positive)
    low, high = max(min(positive), start * _DEEPEST), min(max(positive), start * _HIGHEST)
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(low / 1.5, max(low, high) * 1.5)


def _draw_run(axes: Axes, losses: Sequence[float], color: Any, style: str = "-", label: str = "") -> None:
    shown = _finite(losses)
    cut = len(shown) < len(losses)
    points = _thin(shown)
    axes.plot(
        points,
        [shown[k] for k in points],
        style,
        color=color,
        linewidth=1.6,
        label=label,
        marker="X" if cut else "o",
        markersize=7 if cut else 4,
        markevery=[-1] if points else None,
    )


def _palette(count: int) -> list[Any]:
    from matplotlib import colormaps

    return [colormaps["viridis"](0.9 * k / max(1, count - 1)) for k in range(count)]


def _label(figure: Figure) -> None:
    """Labels beside the axes, where they hide no curve."""
    legend = figure.legend(loc="outside right upper", title="learning rate", frameon=False, handlelength=3.5)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _add_scale(figure: Figure, axes: Axes, rates: Sequence[float], palette: Sequence[Any]) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colors = ScalarMappable(Normalize(-0.5, len(rates) - 0.5), ListedColormap(palette))
    scale = figure.colorbar(colors, ax=axes, label="learning rate")
    ticks = range(0, len(rates), math.ceil(len(rates) / 10))
    scale.set_ticks(ticks, labels=[f"{rates[k]:.3g}" for k in ticks])


def _finite(losses: Sequence[float]) -> Sequence[float]:
    """The losses before the first that is infinite or NaN."""
    end = next((k for k, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    return losses[:end]


def _thin(losses: Sequence[float]) -> Sequence[int]:
    """The updates to draw: all, or of a long run the lowest and highest in each stretch, so that no swing is lost."""
    if len(losses) <= _MOST_POINTS:
        return range(len(losses))
    kept = {0, len(losses) - 1}
    length = math.ceil(len(losses) / (_MOST_POINTS // 2))
    for start in range(0, len(losses), length):
        stretch = range(start, min(start + length, len(losses)))
        kept |= {min(stretch, key=losses.__getitem__), max(stretch, key=losses.__getitem__)}
    return sorted(kept)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _save(draw: Callable[[Figure], None], path: str | Path) -> None:
    suffix = check_suffix(path)
    import matplotlib
    from matplotlib.figure import Figure

    picture = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks
        matplotlib.rcdefaults()  # a reader's own settings would make another picture
        matplotlib.rcParams["svg.hashsalt"] = "symprop"
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        draw(figure)
        figure.savefig(picture, format=suffix[1:], dpi=150, metadata=_METADATA[suffix])
    write_atomically(path, picture.getvalue())
