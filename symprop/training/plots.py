"""Pictures of training runs, as files and as SVG: which panels there are and what stands beside them; no run is judged here."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.notation.names import Names
from symprop.pictures import Size, is_drawable
from symprop.prose import ENGLISH, Prose, prose
from symprop.training.curves import Curve, draw, draw_one, fit, new_axes
from symprop.training.figures import ALONE, as_svg, check_suffix, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from symprop.network import Training
    from symprop.training.surface import Surface
    from symprop.training.trace import Trace

__all__ = [
    "Labels",
    "PlottedRun",
    "check_suffix",
    "limits_svg",
    "loss_curve",
    "loss_svg",
    "run_panels",
    "sweep_curves",
    "sweep_svg",
]

PlottedRun = tuple[float, Sequence[float], str]

_ROW, _COLUMN = 3.7, 5.6  # inches
_ROOM = {"w_pad": 0.12, "h_pad": 0.08}  # inches about each panel
_LIGHT = "#9ecae1"
_NARROW = 20.0  # slopes within this factor get an axis that begins at 0


@dataclass(frozen=True)
class Labels:
    """How the quantities of a network look on axes: by its notation where matplotlib can set that, else by name.

    Words beside them are in the `language`.
    """

    names: Names = field(default_factory=Names)
    loss: str = "E_total"
    language: str = ENGLISH

    @property
    def words(self) -> Prose:
        """What is said beside the curves."""
        return prose(self.language)

    def __call__(self, name: str, template: str = "{}") -> str:
        """A name in mathematics; the template gives what stands around it."""
        look = self.names.look(name)
        shown = f"${template.format(look)}$" if look else ""
        return shown if look and is_drawable(shown) else name

    @property
    def of_loss(self) -> str:
        """The label of an axis of losses."""
        return self.words.phrase("picture.loss_of", name=self(self.loss))

    @property
    def of_norms(self) -> str:
        """The label of an axis of norms of gradients."""
        return self.words.phrase("picture.norm", norm=self(self.loss, r"\Vert\partial {}/\partial\theta\Vert"))


def loss_curve(
    losses: Sequence[float], path: str | Path, title: str = "", loss: str = "", language: str = ENGLISH
) -> None:
    """Draws the losses of one run, before the first update, after 1, …, into a .png, .svg or .pdf file.

    `loss` stands beside the axis, which is logarithmic unless a loss is negative. The same losses give the same bytes.
    Raises UserError for another suffix or language, or where the file cannot be written.
    """
    save(partial(_alone, losses=losses, title=title, loss=loss, words=prose(language)), path)


def loss_svg(losses: Sequence[float], name: str, title: str = "", loss: str = "", language: str = ENGLISH) -> str:
    """The picture of `loss_curve` as an SVG element, the names in it beginning with `name`."""
    return as_svg(partial(_alone, losses=losses, title=title, loss=loss, words=prose(language)), name)


def _alone(figure: Figure, losses: Sequence[float], title: str, loss: str, words: Prose) -> None:
    axes = _over_updates(figure, 111, titled(title), loss or words.phrase("picture.loss"), words)
    draw(figure, axes, [Curve(losses)], "")


def _over_updates(figure: Figure, place: Any, title: str, ylabel: str, words: Prose) -> Axes:
    return new_axes(figure, place, title, words.phrase("picture.updates"), ylabel)


def sweep_curves(
    runs: Sequence[PlottedRun], path: str | Path, title: str = "", loss: str = "", language: str = ENGLISH
) -> None:
    """Draws runs (learning rate, losses, verdict) into one picture, each labelled at its end with its rate and verdict.

    The colours are ordered like the rates, and can be told apart by the colour-blind. More than 12 runs get a colour
    scale instead of labels. Otherwise as `loss_curve`.
    """
    save(partial(_sweep, runs=runs, title=title, loss=loss, words=prose(language)), path, _SWEEP)


def sweep_svg(runs: Sequence[PlottedRun], name: str, title: str = "", loss: str = "", language: str = ENGLISH) -> str:
    """The picture of `sweep_curves` as an SVG element, the names in it beginning with `name`."""
    return as_svg(partial(_sweep, runs=runs, title=title, loss=loss, words=prose(language)), name, _SWEEP)


def limits_svg(runs: Sequence[tuple[float, Sequence[tuple[int, float]]]], name: str, language: str = ENGLISH) -> str:
    """The learning rate times the largest curvature over updates, for each rate, with the limit of gradient descent."""
    from symprop.training.curvature import LIMIT

    words = prose(language)

    def drawn(figure: Figure) -> None:
        bound = words.phrase("picture.bound", bound=r"$\eta\,\lambda_{\max}$")
        axes = _over_updates(figure, 111, "", bound, words)
        ordered = sorted((run for run in runs if run[1]), key=lambda run: run[0])
        curves = [
            Curve([limit for _, limit in limits], f"{rate:g}", [update for update, _ in limits])
            for rate, limits in ordered
        ]
        draw(figure, axes, curves, words.phrase("picture.rate"), ordered=True)
        axes.axhline(LIMIT, color="black", linewidth=1)
        limit = words.phrase("picture.limit", limit=f"{LIMIT:g}")
        beside: dict[str, Any] = {
            "xycoords": axes.get_yaxis_transform(),
            "textcoords": "offset points",
            "fontsize": "small",
        }
        axes.annotate(limit, (1, LIMIT), xytext=(-4, 2), ha="right", va="bottom", **beside)

    return as_svg(drawn, name, _SWEEP)


_SWEEP: Size = (7.8, 4.4)


def _sweep(figure: Figure, runs: Sequence[PlottedRun], title: str, loss: str, words: Prose) -> None:
    axes = _over_updates(figure, 111, titled(title), loss or words.phrase("picture.loss"), words)
    ordered = sorted(runs, key=lambda run: run[0])
    form = "{:g}" if len(runs) <= 12 else "{:.3g}"
    curves = [
        Curve(losses, words.phrase("picture.run", rate=f"{rate:g}", verdict=what), key=form.format(rate))
        for rate, losses, what in ordered
    ]
    draw(figure, axes, curves, words.phrase("picture.rate"), ordered=True, cut=True)


def run_title(network: str, updates: int, settings: Training, language: str = ENGLISH) -> str:
    """What stands above the picture of a run.

    >>> from symprop.network import Training
    >>> run_title("xor", 7000, Training(learning_rate=0.5))
    'xor: 7,000 updates at learning rate 0.5'
    """
    words, rule, plan = prose(language), settings.update.rule.name, settings.update.plan.name
    values: dict[str, Any] = {"network": network, "rate": f"{settings.learning_rate:g}"}
    values["updates"] = words.counted("report.updates", updates, number=f"{updates:,}")
    if rule == "sgd" and plan == "constant":
        return words.phrase("picture.title_run", **values)
    return words.phrase("picture.title_run_by", rule=rule if plan == "constant" else f"{rule}, {plan}", **values)


def run_panels(
    losses: Sequence[float],
    path: str | Path,
    title: str = "",
    trace: Trace | None = None,
    surface: Surface | None = None,
    labels: Labels = Labels(),
    of_batches: bool = False,
) -> None:
    """Draws one run: its losses, and the gradients and slopes of the `trace`, and what it gives in the end, where it is told.

    A loss that is not finite cuts the curve. `of_batches` says that each loss is of one batch. Otherwise as `loss_curve`.
    """
    panels = [_loss_panel(losses, trace, labels, of_batches)]
    if trace is not None and trace.norms:
        panels.append(partial(_norms_panel, trace=trace, labels=labels))
    if trace is not None and trace.slopes:
        panels.append(partial(_slopes_panel, trace=trace, labels=labels))
    if surface is not None:
        panels += [partial(_surface_panel, found=surface, number=k, labels=labels) for k in range(len(surface.outputs))]

    def drawn(figure: Figure) -> None:
        columns = min(2, len(panels))
        places = figure.add_gridspec(math.ceil(len(panels) / columns), columns)
        for number, panel in enumerate(panels):
            panel(figure, places[divmod(number, columns)])
        figure.suptitle(titled(title), parse_math=False)
        figure.get_layout_engine().set(**_ROOM)  # type: ignore[union-attr]

    rows = math.ceil(len(panels) / 2)
    save(drawn, path, ALONE if len(panels) == 1 else (2 * _COLUMN, rows * _ROW + 0.3))


Panel = Callable[["Figure", Any], None]


def _loss_panel(losses: Sequence[float], trace: Trace | None, labels: Labels, of_batches: bool) -> Panel:
    def panel(figure: Figure, place: Any) -> None:
        axes = _panel(figure, place, "picture.title_loss", labels.of_loss, labels.words)
        if not of_batches or trace is None:
            draw(figure, axes, [Curve(losses)], "")
            return
        draw_one(axes, Curve(losses), _LIGHT, width=0.9)
        whole = Curve(trace.losses, "", trace.updates)
        draw_one(axes, whole)
        fit(axes, [Curve(losses), whole])
        told = [labels.words.phrase(key) for key in ("picture.of_each_batch", "picture.of_all")]
        axes.legend(told, frameon=False, fontsize="small")

    return panel


def _panel(figure: Figure, place: Any, title: str, ylabel: str, words: Prose) -> Axes:
    return _over_updates(figure, place, words.phrase(title), ylabel, words)


def _norms_panel(figure: Figure, place: Any, trace: Trace, labels: Labels) -> None:
    axes = _panel(figure, place, "picture.title_norms", labels.of_norms, labels.words)
    curves = [Curve(norms, labels(name), trace.updates) for name, norms in trace.norms.items()]
    draw(figure, axes, curves, r"$\theta$")


def _slopes_panel(figure: Figure, place: Any, trace: Trace, labels: Labels) -> None:
    from symprop.training.saturation import FLAT

    words = labels.words
    slope = words.phrase("picture.slope", slope=r"$|\partial a/\partial z|$")
    axes = _panel(figure, place, "picture.title_slopes", slope, words)
    curves = [Curve(slopes, labels(name), trace.updates) for name, slopes in trace.slopes.items()]
    draw(figure, axes, curves, words.phrase("picture.activation"), narrow=_NARROW)
    if axes.get_yscale() == "log" and axes.get_ylim()[0] < FLAT:
        axes.axhspan(0, FLAT, color="#000000", alpha=0.06, linewidth=0)
        flat = words.phrase("picture.saturated", slope=f"{FLAT:g}")
        axes.text(0.01, FLAT, flat, transform=axes.get_yaxis_transform(), va="top", fontsize=8)


def _surface_panel(figure: Figure, place: Any, found: Surface, number: int, labels: Labels) -> None:
    from symprop.training.surface import draw_surface

    axes: Axes = figure.add_subplot(place)
    words, name = labels.words, labels([*found.outputs][number])
    axes.set_title(words.phrase("picture.title_output", name=name), fontsize="medium")
    one, other = (words.phrase("picture.input", name=labels(each)) for each in found.inputs)
    draw_surface(figure, axes, found, number, (one, other, words.phrase("picture.output", name=name)), words)


def titled(title: str) -> str:
    """A title in lines that fit, without what cannot be printed."""
    printable = "".join(character if character.isprintable() else " " for character in title)
    return textwrap.fill(textwrap.shorten(printable, 240), 72)
