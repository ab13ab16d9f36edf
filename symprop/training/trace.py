"""What happened on the way of a training run, measured at some of its updates: loss, gradients, slopes; `plots` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, isfinite, prod
from typing import Any

import numpy as np

from symprop.errors import BudgetError
from symprop.training.curvature import Curvature, curvature
from symprop.training.model import Model
from symprop.training.probe import MOST_EXAMPLES, Probe
from symprop.training.saturation import FLAT, Slopes

Array = Any
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """One look at a run: `norms` of the gradient by parameter, `slopes` and shares of `flat` units by activation."""

    update: int
    loss: float
    norms: Mapping[str, float]
    slopes: Mapping[str, float]
    flat: Mapping[str, float]
    curvature: Curvature | None = None

    @property
    def norm(self) -> float:
        """The Euclidean norm of the whole gradient."""
        return hypot(*self.norms.values())


@dataclass(frozen=True)
class Trace:
    """A run as it was measured, on `examples` of the data, with nothing dropped.

    `norms` are the Euclidean norms of ``∂loss/∂parameter``, by tensor; `slopes` the mean sizes of the slopes of activations,
    by output, over examples and units, and `flat` the share of the units whose slope is below 0.01. All are as
    long as `updates`.
    """

    points: tuple[Point, ...] = field(repr=False)
    examples: int

    @property
    def updates(self) -> tuple[int, ...]:
        """After how many updates each look was taken, in order."""
        return tuple(point.update for point in self.points)

    @property
    def losses(self) -> tuple[float, ...]:
        """The loss at each look, over the examples measured."""
        return tuple(point.loss for point in self.points)

    @property
    def norms(self) -> dict[str, tuple[float, ...]]:
        """The norm of the gradient of each parameter, by its name."""
        return _by_name([point.norms for point in self.points])

    @property
    def slopes(self) -> dict[str, tuple[float, ...]]:
        """The mean slope of each activation, by its output's name."""
        return _by_name([point.slopes for point in self.points])

    @property
    def flat(self) -> dict[str, tuple[float, ...]]:
        """The share of units with a slope below 0.01, from 0 to 1, by the output's name."""
        return _by_name([point.flat for point in self.points])

    @property
    def curved(self) -> tuple[Point, ...]:
        """The points at which the curvature was measured and is finite."""
        return tuple(p for p in self.points if p.curvature is not None and isfinite(p.curvature.largest))


def _by_name(points: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(point[name] for point in points) for name in (points[0] if points else ())}


class Gauge:
    """What measures one network on one set of data, compiled once: before a run, so that none is lost to an error.

    Where all examples take too much memory at once, fewer are taken. With `curved`, it measures the curvature too, unless
    that takes too long. Raises UserError for data that do not fit, BudgetError where not even one example does.
    """

    def __init__(self, model: Model, x: Any = None, t: Any = None, curved: bool = False) -> None:
        slopes = Slopes(model)
        # The slope of a line is the same everywhere, and not worth a curve.
        self.bent = [a.output.name for a in slopes.activations if any(a.slope.value.accesses)]
        self.units = sum(prod(a.output.extents) for a in slopes.activations)
        self.probe = _fitting(model, x, t)
        self.read = slopes.reader(self.probe)
        self.curvature = _curvature(self.probe) if curved and self.probe.compiled.gradients else None

    def measure(self, update: int, parameters: Parameters, curved: bool) -> Point:
        """One point of a run; its curvature if that is wanted, and can be had."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._measured(update, parameters, curved)

    def _measured(self, update: int, parameters: Parameters, curved: bool) -> Point:
        loss, gradient = self.probe.gradient(parameters)
        norms = {name: float(np.linalg.norm(array)) for name, array in gradient.items()}
        found = self.read(parameters)
        slopes = {name: abs(found[name].slopes).mean(axis=0) for name in self.bent}
        mean = {name: float(sizes.mean()) for name, sizes in slopes.items()}
        flat = {name: float((sizes < FLAT).mean()) for name, sizes in slopes.items()}
        bent = self.curvature(parameters, gradient) if curved and self.curvature else None
        return Point(update, loss, norms, mean, flat, bent)


def _curvature(probe: Probe) -> Callable[[Parameters, Mapping[str, Array]], Curvature] | None:
    """What measures the curvature; None where that takes too much time or memory."""
    try:
        return curvature(probe)
    except BudgetError:
        return None


def _fitting(model: Model, x: Any, t: Any) -> Probe:
    """A probe of as many examples as the memory is enough for."""
    most = MOST_EXAMPLES
    while True:
        probe = model.probe(x, t, most)
        try:
            probe.compiled.gradient(probe.copies)
        except BudgetError:
            if probe.copies == 1:
                raise
            most = probe.examples // 2
        else:
            return probe


class Tracer:
    """Watches one run: `fit` calls it with the parameters at some updates."""

    def __init__(self, gauge: Gauge) -> None:
        self.gauge, self.points = gauge, list[Point]()
        self.kept: dict[int, Parameters] = {}  # before the first update and after it
        self.next_curved = 0

    def __call__(self, update: int, parameters: Parameters) -> None:
        if update <= 1:
            self.kept[update] = parameters
        curved = update >= self.next_curved
        if curved:  # at points ever further apart
            self.next_curved = max(update + 1, update * 2)
        self.points.append(self.gauge.measure(update, parameters, curved))

    def trace(self, updates: int, parameters: Parameters) -> Trace:
        """The whole run, which ended after so many updates, at these parameters; what it saw of undone updates goes."""
        held = [point for point in self.points if point.update < updates]
        return Trace((*held, self.gauge.measure(updates, parameters, curved=True)), self.gauge.probe.examples)
