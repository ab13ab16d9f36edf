"""What a network gives around its examples: against its own predictions, and when there is no such picture."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

import symprop
from symprop.layers.dense import Dense
from symprop.layers.normalisation import BatchNorm
from symprop.network import NetworkSpec
from symprop.prose import prose
from symprop.training.surface import MOST_CLASSES, POINTS, Surface, draw_surface, surface
from tests.training.nets import compiled


def test_outputs_stand_where_their_inputs_are() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, "tanh"), Dense(2)]))
    start = model.start(4)
    x, t = np.array([[0.0, 5.0], [1.0, 9.0], [0.4, 6.0]]), np.zeros((3, 2))
    found = surface(model, start, x, t)
    assert found is not None
    assert (found.inputs, list(found.outputs)) == (("i1", "i2"), ["a_o1", "a_o2"])
    assert (found.first[0], found.first[-1], found.second[0], found.second[-1]) == (-0.25, 1.25, 4.0, 10.0)
    expected = model.predict(start, [[found.first[7], found.second[60]]])[0]
    assert [outputs[60, 7] for outputs in found.outputs.values()] == pytest.approx(expected, rel=1e-12)


def test_one_example_has_room_about_it() -> None:
    model = compiled(NetworkSpec(2, [Dense(1)]))
    found = surface(model, model.start(), [0.05, 0.1], [0.5])
    assert found is not None
    assert (found.first[0], found.second[-1]) == pytest.approx((-0.95, 1.1))


def test_a_network_of_whole_batches_is_asked_for_them() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(), Dense(1)], batch=5))
    found = surface(model, model.start(), np.arange(10.0).reshape(5, 2), np.zeros((5, 1)))
    assert found is not None
    assert found.outputs["o1_1" if "o1_1" in found.outputs else next(iter(found.outputs))].shape == (POINTS, POINTS)


@pytest.mark.parametrize("sizes", [(3, 1), (2, 3), (1, 1)])
def test_other_numbers_of_inputs_and_outputs_have_none(sizes: tuple[int, int]) -> None:
    model = compiled(NetworkSpec(sizes[0], [Dense(sizes[1])]))
    assert surface(model, model.start(), np.zeros((1, sizes[0])), np.zeros((1, sizes[1]))) is None


def test_equations_have_none() -> None:
    model = symprop.load("logistic_equations").derive().compile()
    assert surface(model, model.start(), [[1.0, 2.0, 1.0]], None) is None


def test_rows_of_a_table_have_none() -> None:
    model = symprop.Network(2, [symprop.Embedding(4, 3), symprop.Flatten(), symprop.Dense(1)]).derive().compile()
    assert surface(model, model.start(), [[1, 2]], [[0.5]]) is None


X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [-1.0, 0.5], [0.5, -1.0], [0.0, 0.0], [0.25, 0.25]])


def pictured(targets: list[float]) -> Axes:
    """One output with its examples, whose values go from -2 to 2."""
    first, second = np.linspace(-1, 1, 5), np.linspace(-1, 1, 7)
    found = Surface(
        ("i1", "i2"), first, second, {"a": np.add.outer(second, first)}, X[: len(targets)], np.array([targets]).T
    )
    figure = Figure()
    draw_surface(figure, figure.add_subplot(), found, 0, ("one", "other", "output"), prose("en"))
    return figure.axes[0]


def lines(axes: Axes) -> list[list[float]]:
    """The levels of the lines, without those of the filled contours."""
    return [list(each.levels) for each in axes.collections if isinstance(each, QuadContourSet) and not each.filled]


def groups(axes: Axes) -> list[tuple[object, list[list[float]], list[float]]]:
    """What each kind of marker says, where its examples stand, and what they are coloured by."""
    found = [each for each in axes.collections if isinstance(each, PathCollection)]
    return [(each.get_label(), each.get_offsets().tolist(), each.get_array().tolist()) for each in found]  # type: ignore[union-attr]


def test_a_line_stands_halfway_between_the_outermost_targets() -> None:
    """White below, and black: one level, which no target has."""
    assert lines(pictured([0.25, 1.0, 0.25, 0.5])) == [[0.625], [0.625]]


@pytest.mark.parametrize("targets", [[0.5, 0.5], [0.1 * k for k in range(MOST_CLASSES + 1)]])
def test_one_class_and_numbers_have_no_line(targets: list[float]) -> None:
    assert lines(pictured(targets)) == []


def test_each_class_has_a_marker_of_its_own() -> None:
    axes = pictured([0.25, 1.0, 0.25, 0.5])
    assert groups(axes) == [
        ("target 0.25", [[0.0, 1.0], [1.0, 1.0]], [0.25, 0.25]),
        ("target 0.5", [[-1.0, 0.5]], [0.5]),
        ("target 1", [[1.0, 0.0]], [1.0]),
    ]
    markers = [each.get_paths()[0].vertices for each in axes.collections if isinstance(each, PathCollection)]
    assert len({np.asarray(vertices).tobytes() for vertices in markers}) == 3


def test_numbers_have_one_marker() -> None:
    targets = [0.125 * k for k in range(MOST_CLASSES + 1)]
    assert groups(pictured(targets)) == [
        ("examples, in the colours of their targets", X[: len(targets)].tolist(), targets)
    ]
