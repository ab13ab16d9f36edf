"""Saturated units: slopes against finite differences, the sentence, and nets without activations on the way."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.layers.dense import Dense
from symprop.layers.normalisation import BatchNorm
from symprop.network import NetworkSpec
from symprop.prose import prose
from symprop.prose.text import in_unicode
from symprop.training.saturation import UnitSlope, explain, unit_slopes
from symprop.training.sweep import sweep
from tests.training.nets import compiled, data, uneven, worked


def test_slopes_are_the_activations_own() -> None:
    model = uneven()
    x, _ = data(model, 5)
    start = model.start(1)
    units = {unit.unit: unit for unit in unit_slopes(model, start, x)}
    assert [*units] == ["h1", "h2", "h3", "h4", "o1", "o2"]
    z = x @ start["W1"].T + start["b1"]
    np.testing.assert_allclose([units[f"h{k}"].value for k in range(1, 5)], np.tanh(z).mean(axis=0))
    np.testing.assert_allclose([units[f"h{k}"].slope for k in range(1, 5)], (1 - np.tanh(z) ** 2).mean(axis=0))
    u = np.tanh(z) @ start["W2"].T + start["b2"]
    silu = (u + 1e-6) / (1 + np.exp(-u - 1e-6)), (u - 1e-6) / (1 + np.exp(-u + 1e-6))
    np.testing.assert_allclose([units[f"o{k}"].slope for k in (1, 2)], ((silu[0] - silu[1]) / 2e-6).mean(axis=0), 1e-7)


def test_the_stuck_worked_example_is_explained() -> None:
    model, x, t = worked("classroom")
    (run,) = sweep(model, x, t, [1000.0], 100)
    hidden = unit_slopes(model, run.parameters, x)[:2]
    assert not any(unit.saturated for unit in hidden)
    a = model.predict(run.parameters, x)[0]
    assert run.explanation == (
        f"o1 and o2 are saturated: a_o1 = {a[0]:.7g}, the factor ∂a_o1/∂o1 = a_o1(1 − a_o1) = {a[0] * (1 - a[0]):.2g}; "
        f"a_o2 = {a[1]:.7g}, the factor ∂a_o2/∂o2 = a_o2(1 − a_o2) = {a[1] * (1 - a[1]):.2g}, so their weights hardly change."
    )


def test_a_dead_relu_is_saturated() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, activation="relu"), Dense(1)]))
    dead = {**model.start(), "b1": [-9.0, 0.5, -9.0]}
    assert [unit.saturated for unit in unit_slopes(model, dead, [[0.1, 0.2]])] == [True, False, True, False]


def test_an_output_whose_activation_is_part_of_the_loss_is_not_listed() -> None:
    spec = NetworkSpec(2, [Dense(3, activation="tanh"), Dense(1, activation="sigmoid")], loss="binary_cross_entropy")
    model = compiled(spec)
    assert [unit.unit for unit in unit_slopes(model, model.start(), [[0.1, 0.2]])] == ["h1", "h2", "h3"]


def slope(number: int, size: float) -> UnitSlope:
    return UnitSlope(f"h{number}", f"a_h{number}", 0.5, size, "f")


@pytest.mark.parametrize(
    ("units", "start"),
    [
        ([], "No activation lies on the way to the loss; the gradient has norm 0.03"),
        ([slope(1, 0.2), slope(2, 0.1)], "No unit is saturated (the smallest factor is ∂a_h2/∂h2 = 0.1)"),
        ([slope(k, 0.0) for k in range(1, 8)], "h1, h2, h3, h4 and 3 others are saturated: a_h1 = 0.5, the factor"),
    ],
)
def test_sentences(units: list[UnitSlope], start: str) -> None:
    found = in_unicode(explain(units, 0.03, 1e-9, prose("en")))
    assert found.startswith(start)
    assert ("moves the weights by 3e-11" in found) == (not any(unit.saturated for unit in units))


def test_of_another_optimizer_the_gradient_does_not_tell_the_step() -> None:
    spec = NetworkSpec(2, [Dense(3, activation="tanh"), Dense(1)])
    model, x, t = compiled(spec), [[0.1, 0.2]], [[0.3]]
    plain, other = (sweep(model, x, t, [1e-9], 3, update=rule)[0].explanation for rule in ("sgd", "adam"))
    assert "so at learning rate 1e-09 an update moves the weights by" in plain
    assert other.startswith("No unit is saturated")
    assert "moves" not in other


def test_units_of_a_batch_are_taken_over_its_examples() -> None:
    net = NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(), Dense(1, "sigmoid")], batch=4)
    model = compiled(net)
    x = np.random.default_rng(2).normal(size=(8, 2))
    start = model.start(1)
    units = {unit.unit: unit for unit in unit_slopes(model, start, x)}
    assert [*units] == ["h1_1", "h1_2", "h1_3", "o1"]
    a = np.tanh(x @ start["W1"].T + start["b1"])
    np.testing.assert_allclose([units[f"h1_{k}"].slope for k in (1, 2, 3)], (1 - a**2).mean(axis=0))
    normal = np.concatenate([(b - b.mean(axis=0)) / np.sqrt(b.var(axis=0) + 1e-5) for b in (a[:4], a[4:])])
    p = 1 / (1 + np.exp(-normal @ start["W3"].T - start["b3"]))
    assert units["o1"].slope == pytest.approx((p * (1 - p)).mean())
    assert (units["o1"].output, units["o1"].formula) == ("a_o1", "a_o1(1 − a_o1)")


def test_of_several_examples_one_stands_beside_its_own_factor() -> None:
    """Means do not fulfil the formula: 1 - (1/3)^2 is not 0."""
    model = compiled(NetworkSpec(2, [Dense(1, activation="tanh")]))
    x = [[9.0, 9.0], [-0.9, -0.9], [9.0, 8.0]]
    (unit,) = unit_slopes(model, {"W1": [[3.0, 3.0]], "b1": [0.0]}, x)
    assert unit.steepest is not None
    assert (unit.steepest.example, unit.steepest.examples) == (2, 3)
    output = np.tanh(-5.4)
    assert (unit.steepest.value, unit.steepest.slope) == pytest.approx((output, 1 - output**2), rel=1e-9)
    assert unit.value == pytest.approx((2 + output) / 3)
    assert in_unicode(explain([unit], 1, 1, prose("en"))) == (
        f"o1 is saturated: for example 2, where it is steepest, a_o1 = {output:.7g}, the factor ∂a_o1/∂o1 = 1 − a_o1² = "
        f"{1 - output**2:.2g}, {(1 - output**2) / 3:.2g} on average over all 3 examples, so its weights hardly change."
    )


def test_the_example_of_a_batch_is_counted_over_all_batches() -> None:
    model = compiled(NetworkSpec(2, [Dense(3, "tanh"), BatchNorm(), Dense(1, "sigmoid")], batch=4))
    x = np.random.default_rng(2).normal(size=(8, 2))
    start = model.start(1)
    slopes = 1 - np.tanh(x @ start["W1"].T + start["b1"]) ** 2
    units = unit_slopes(model, start, x)[:3]
    assert [unit.steepest and unit.steepest.example for unit in units] == list(slopes.argmax(axis=0) + 1)
