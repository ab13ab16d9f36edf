"""What updates are fed: every example once an epoch, the same again for the same update; masks with their chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from symprop import Dense, Dropout, Network
from symprop.ir.tensor import Index, Role, Tensor
from symprop.training.feeding import Feeding, draw_masks

MASK = Tensor("mask1", (Index("i", 50),), Role.CONSTANT, chance=0.7)


class Recorder:
    """Records what updates are fed, and how they are put together."""

    def __init__(self) -> None:
        self.rows: list[list[float]] = []
        self.calls: list[tuple[int, int]] = []

    def run(self, count: int, size: int, state: Any, fed: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        self.calls.append((count, size))
        self.rows += [np.atleast_1d(row).tolist() for row in fed["x"]] if "x" in fed else []
        return np.zeros(count), dict(state)


def fed(copies: int, size: int, count: int, before: int = 0, **options: Any) -> Recorder:
    recorder = Recorder()
    Feeding(recorder.run, {"x": np.arange(float(copies))}, copies, size, **options).updates(count, before, {})
    return recorder


def test_an_epoch_goes_through_every_example_once() -> None:
    recorder = fed(11, 4, 6, seed=5)
    assert [len(row) for row in recorder.rows] == [4, 4, 3, 4, 4, 3]
    for epoch in (recorder.rows[:3], recorder.rows[3:]):
        assert sorted(number for row in epoch for number in row) == list(range(11))
    assert recorder.rows[:3] != recorder.rows[3:]
    assert recorder.calls == [(2, 4), (1, 3), (2, 4), (1, 3)]


def test_without_shuffling_examples_come_in_their_order() -> None:
    assert fed(6, 2, 4, shuffle=False).rows == [[0, 1], [2, 3], [4, 5], [0, 1]]


def test_the_same_update_is_fed_the_same() -> None:
    assert fed(11, 4, 2, before=4, seed=5).rows == fed(11, 4, 6, seed=5).rows[4:]
    assert fed(11, 4, 3, seed=5).rows != fed(11, 4, 3, seed=6).rows


def test_one_example_at_a_time_comes_without_its_axis() -> None:
    assert [len(row) for row in fed(3, 1, 3).rows] == [1, 1, 1]


def test_all_examples_together_are_not_fed_again() -> None:
    recorder = fed(5, 5, 100)
    assert (recorder.rows, recorder.calls) == ([], [(100, 5)])


def test_masks_are_drawn_with_their_chance() -> None:
    first, again, other = (draw_masks([MASK], 40, 3, update)["mask1"] for update in (0, 0, 1))
    assert first.shape == (40, 50)
    assert set(np.unique(first)) == {0.0, 1.0}
    assert abs(first.mean() - 0.7) < 0.05
    assert (first == again).all()
    assert (first != other).any()
    assert draw_masks([MASK], 1, 3, 0)["mask1"].shape == (50,)


def test_dropout_trains_and_predicts_without_it() -> None:
    random = np.random.default_rng(0)
    x, t = random.normal(size=(30, 4)), random.normal(size=(30, 1))
    model = Network(4, [Dense(6, activation="tanh"), Dropout(0.25), Dense(1)]).derive().compile()
    history = model.fit(x, t, 0.05, epochs=60, batch_size=10)
    assert len(history.losses) == 181
    assert history.losses == model.fit(x, t, 0.05, epochs=60, batch_size=10).losses
    assert history.losses != model.fit(x, t, 0.05, epochs=60, batch_size=10, seed=1).losses
    hidden = np.tanh(x @ history.parameters["W1"].T + history.parameters["b1"])
    expected = hidden @ history.parameters["W3"].T + history.parameters["b3"]
    np.testing.assert_allclose(model.predict(history.parameters, x), expected, rtol=1e-12)


def test_a_batch_of_all_is_the_whole_batch() -> None:
    random = np.random.default_rng(1)
    x, t = random.normal(size=(8, 3)), random.normal(size=(8, 2))
    model = Network(3, [Dense(2)]).derive().compile()
    assert model.fit(x, t, epochs=5, batch_size=100).losses == model.fit(x, t, epochs=5).losses
