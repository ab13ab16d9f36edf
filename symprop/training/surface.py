"""What a network with two inputs gives everywhere around its examples: the numbers, and their picture beside the examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symprop.ir.tensor import Role
from symprop.prose import Prose
from symprop.training.model import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = Any

MOST_OUTPUTS = 2
MOST_CLASSES = 6
MOST_EXAMPLES = 2000
POINTS = 96  # along either input
_MARGIN = 0.25  # of the examples' range
_MARKERS = "osD^vP"
_LEVELS = 12


@dataclass(frozen=True, eq=False)
class Surface:
    """`outputs` by name, each of shape (points along the second input, along the first), at the places `first`, `second`.

    `x` are the examples, of shape (N, 2), `targets` theirs, of shape (N, outputs).
    """

    inputs: tuple[str, str]
    first: Array
    second: Array
    outputs: Mapping[str, Array]
    x: Array
    targets: Array


def surface(model: Model, parameters: Mapping[str, Any], x: Any, t: Any) -> Surface | None:
    """The outputs around the examples, once a network is trained; None unless it has two inputs and one or two outputs."""
    inputs, outputs = model.evaluation.columns(Role.INPUT), model.outputs
    whole = any(tensor.role is Role.INDEX for tensor in model.evaluation.program.columns(Role.INPUT))
    if len(inputs) != 2 or not 1 <= len(outputs) <= MOST_OUTPUTS or whole or x is None or t is None:
        return None
    x, t = np.reshape(np.asarray(x, float), (-1, 2)), np.reshape(np.asarray(t, float), (-1, len(outputs)))
    first, second = (_range(column) for column in x.T)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    together = model.evaluation.batch or 1
    filled = np.concatenate([grid, np.repeat(grid[-1:], -len(grid) % together, axis=0)])
    found = model.predict(parameters, filled)[: len(grid)].reshape(POINTS, POINTS, -1)
    shown = slice(None, None, -(-len(x) // MOST_EXAMPLES))
    by_name = {name: found[..., k] for k, name in enumerate(outputs)}
    return Surface((inputs[0], inputs[1]), first, second, by_name, x[shown], t[shown])


def _range(column: Array) -> Array:
    low, high = float(column.min()), float(column.max())
    margin = _MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, POINTS)


def draw_surface(figure: Figure, axes: Axes, found: Surface, number: int, labels: Sequence[str], words: Prose) -> None:
    """One output as filled contours, with the examples in the colours of their targets.

    `labels` are of the two inputs and of the output; `words` say what the examples are. Few targets are classes: each has
    a marker, and a line stands between the outermost two.
    """
    values, targets = [*found.outputs.values()][number], found.targets[:, number]
    levels = _levels(*_together(found, number))
    filled = axes.contourf(found.first, found.second, values, levels=levels, cmap="viridis")
    filled.set_edgecolor("face")  # else thin gaps show between the fills
    scale = figure.colorbar(filled, ax=axes)
    scale.set_label(labels[2])
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    kinds = np.unique(targets)
    if 1 < len(kinds) <= MOST_CLASSES:
        middle = (kinds[0] + kinds[-1]) / 2
        axes.contour(found.first, found.second, values, levels=[middle], colors="white", linewidths=3)
        axes.contour(
            found.first, found.second, values, levels=[middle], colors="black", linestyles="--", linewidths=1.3
        )
    groups = [targets == kind for kind in kinds] if len(kinds) <= MOST_CLASSES else [np.ones(len(targets), bool)]
    for group, marker in zip(groups, _MARKERS, strict=False):
        label = (
            words.phrase("picture.target", value=f"{targets[group][0]:g}")
            if len(kinds) <= MOST_CLASSES
            else words.phrase("picture.examples")
        )
        size = 60 if len(targets) <= 100 else 18
        look: dict[str, Any] = {"cmap": filled.cmap, "norm": filled.norm, "edgecolors": "black", "linewidths": 1.2}
        look |= {"c": targets[group], "s": size, "marker": marker, "label": label}
        axes.scatter(found.x[group, 0], found.x[group, 1], clip_on=False, zorder=3, **look)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3, frameon=False, fontsize="small", handletextpad=0.2
    )


def _together(found: Surface, number: int) -> tuple[Array, Array]:
    """The outputs and targets that one scale is for: of outputs with a target in common, so that it has one colour, all."""
    values, targets = [*found.outputs.values()], found.targets.T
    shared = [k for k, column in enumerate(targets) if np.isin(column, targets[number]).any()]
    return np.concatenate([values[k] for k in shared]), np.concatenate([targets[k] for k in shared])


def _levels(values: Array, targets: Array) -> Array:
    """Levels over all that the network gives and should give, at even distances."""
    from matplotlib.ticker import MaxNLocator

    seen = np.concatenate([values.ravel(), targets])
    seen = seen[np.isfinite(seen)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
    room = 0.0 if high - low > 1e-6 * max(abs(low), abs(high)) else 0.5
    return MaxNLocator(_LEVELS).tick_values(low - room, high + room)
