"""Traces: every number against the model's own at the same parameters, however the run went."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symprop
from symprop.layers.dense import Dense
from symprop.layers.shaping import Dropout
from symprop.network import NetworkSpec
from symprop.training.loop import watched
from symprop.training.model import History, Model
from symprop.training.own_data import own_data
from symprop.training.saturation import unit_slopes
from symprop.training.trace import Gauge, Trace, Tracer
from tests.training.nets import compiled, data, uneven


class Kept(Tracer):
    """A tracer that keeps all parameters."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__(gauge)
        self.all: dict[int, Any] = {}

    def __call__(self, update: int, parameters: Any) -> None:
        super().__call__(update, parameters)
        self.all[update] = parameters


def run(model: Model, x: Any, t: Any, **options: Any) -> tuple[History, Trace, Kept]:
    tracer = Kept(Gauge(model, x, t))
    history = model.fit(x, t, watch=tracer, **options)
    return history, tracer.trace(history.updates, history.parameters), tracer


def test_the_numbers_are_those_of_the_model() -> None:
    model = uneven()
    x, t = data(model, 6)
    history, trace, tracer = run(model, x, t, epochs=90, learning_rate=0.3)
    assert history.losses == model.fit(x, t, epochs=90, learning_rate=0.3).losses
    assert trace.updates == tuple(watched(90))
    assert trace.losses == pytest.approx([history.losses[update] for update in trace.updates], rel=1e-12)
    for place, update in enumerate(trace.updates[:-1]):
        _, gradient = model.value_and_gradient(tracer.all[update], x, t)
        assert {name: norms[place] for name, norms in trace.norms.items()} == pytest.approx(
            {name: np.linalg.norm(array) for name, array in gradient.items()}, rel=1e-12
        )
    units = unit_slopes(model, history.parameters, x)
    for name, letter in (("a1", "h"), ("a2", "o")):
        slopes = [unit.slope for unit in units if unit.unit.startswith(letter)]
        assert trace.slopes[name][-1] == pytest.approx(np.mean(slopes), rel=1e-12)
        assert trace.flat[name][-1] == np.mean([slope < 0.01 for slope in slopes])


def test_a_run_in_batches_is_measured_on_all_examples() -> None:
    model = uneven()
    x, t = data(model, 7)
    history, trace, _ = run(model, x, t, epochs=9, batch_size=3)
    assert trace.updates[-1] == history.updates == 27
    assert trace.losses[-1] == pytest.approx(model.value_and_gradient(history.parameters, x, t)[0], rel=1e-12)
    assert trace.losses[0] != history.losses[0]


def test_nothing_is_dropped_while_it_is_measured() -> None:
    spec = NetworkSpec(3, [Dense(5, "tanh"), Dropout(0.5), Dense(2)])
    model = compiled(spec)
    x, t = data(model, 4)
    history, trace, _ = run(model, x, t, epochs=5)
    off = model.predict(history.parameters, x) - t
    assert trace.losses[-1] == pytest.approx((off**2).sum(axis=1).mean() / 2, rel=1e-12)


def test_of_many_examples_some_are_measured() -> None:
    model = uneven()
    x, t = data(model, 2500)
    gauge = Gauge(model, x, t)
    rows = np.linspace(0, 2499, 1000).astype(int)
    start = model.start()
    assert gauge.probe.examples == 1000
    expected = model.value_and_gradient(start, x[rows], t[rows])[0]
    assert gauge.measure(0, start, curved=False).loss == pytest.approx(expected, rel=1e-12)


def test_a_run_that_is_stopped_by_hand_keeps_its_trace() -> None:
    model = uneven()
    x, t = data(model)
    history, trace, _ = run(model, x, t, epochs=1000, progress=lambda update, loss: update == 41)
    assert (history.stopped, trace.updates[-1]) == ("interrupted", 41)
    assert list(trace.updates) == sorted(set(trace.updates))


def test_a_run_that_diverges_keeps_what_holds() -> None:
    model = compiled(NetworkSpec(1, [Dense(1, bias=False)], loss="squared_error"))
    history, trace, _ = run(model, [[1.0]], [[2.0]], epochs=2000, learning_rate=1e3)
    assert history.stopped == "diverged"
    assert trace.updates[-1] == history.updates
    assert np.isfinite(trace.losses).all()


def test_a_line_has_no_slope_to_show() -> None:
    model = compiled(NetworkSpec(2, [Dense(3), Dense(1)]))
    _, trace, _ = run(model, [[1.0, 2.0]], [[0.5]], epochs=3)
    assert trace.slopes == {}
    assert set(trace.norms) == {"W1", "b1", "W2", "b2"}


def test_recurrent_layers_are_traced() -> None:
    layers = [symprop.RNN(3), symprop.Dense(1, "sigmoid")]
    model = symprop.Network((4, 2), layers).derive().compile()
    random = np.random.default_rng(0)
    _, trace, _ = run(model, random.normal(size=(3, 8)), random.uniform(size=(3, 1)), epochs=2)
    assert list(trace.slopes) == ["a2"]


def test_equations_are_traced() -> None:
    derivation = symprop.load("logistic_equations").derive()
    x, t = own_data(derivation.core.forward, derivation.names, derivation.spec.training, derivation.values)
    model = derivation.compile()
    tracer = Tracer(Gauge(model, x, t))
    history = model.fit(watch=tracer)
    assert set(tracer.trace(history.updates, history.parameters).norms) == set(history.parameters)


def test_watching_changes_no_race() -> None:
    model = uneven()
    x, t = data(model)
    rates = [0.1, 0.7, 3.0]
    tracers = [Kept(Gauge(model, x, t)) for _ in rates]
    starts = [model.start(2)] * 3
    settings = model.training.but(epochs=40)
    alone = model.race(starts, x, t, rates, settings)
    seen = model.race(starts, x, t, rates, settings, watches=tracers)
    assert [history.losses for history in seen] == [history.losses for history in alone]
    for tracer, history in zip(tracers, seen, strict=True):
        trace = tracer.trace(history.updates, history.parameters)
        assert trace.losses == pytest.approx([history.losses[update] for update in trace.updates], rel=1e-9)
