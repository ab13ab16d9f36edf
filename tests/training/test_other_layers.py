"""Training nets of other layers than dense ones: batches as a whole, running statistics, classes, integers."""

from __future__ import annotations

import numpy as np
import pytest

from symprop import BatchNorm, Conv2d, Dense, Embedding, Flatten, LogSoftmax, MaxPool, Network, Softmax
from symprop.errors import UserError

RANDOM = np.random.default_rng(3)


def test_running_statistics_follow_the_batches_and_predict() -> None:
    """NumPy's own mean and variance of the layer's input, batch by batch."""
    net = Network(3, [Dense(4, "tanh"), BatchNorm(momentum=0.2), Dense(2)], "mean_squared_error", batch=5)
    x, t = RANDOM.normal(size=(10, 3)), RANDOM.normal(size=(10, 2))
    model = net.derive().compile()
    history = model.fit(x, t, learning_rate=0.05, epochs=300)
    found = history.parameters
    assert history.losses[-1] < history.losses[0] / 2
    a = np.tanh(x @ found["W1"].T + found["b1"])
    assert found["mean2"] == pytest.approx(a.mean(axis=0), abs=0.02)
    assert found["variance2"] == pytest.approx(a.reshape(2, 5, 4).var(axis=1).mean(axis=0), abs=0.02)
    y = (a - found["mean2"]) / np.sqrt(found["variance2"] + 1e-5) * found["g2"] + found["b2"]
    assert model.predict(found, x) == pytest.approx(y @ found["W3"].T + found["b3"], rel=1e-12)


def test_a_normalisation_starts_as_the_identity() -> None:
    start = Network(3, [Dense(4), BatchNorm()], batch=2).derive().compile().start()
    assert [set(start[name]) for name in ("g2", "b2", "mean2", "variance2")] == [{1.0}, {0.0}, {0.0}, {1.0}]


def test_images_are_learnt() -> None:
    layers = [Conv2d(2, 3, "relu"), MaxPool(2), Flatten(), Dense(3), LogSoftmax()]
    net = Network((1, 6, 4), layers, "negative_log_likelihood")
    x, classes = RANDOM.normal(size=(9, 1, 6, 4)), RANDOM.integers(0, 3, 9)
    model = net.derive().compile()
    history = model.fit(x, np.eye(3)[classes], learning_rate=0.5, epochs=200)
    assert history.losses[-1] < 0.1
    assert (model.predict(history.parameters, x).argmax(axis=1) == classes).all()


def test_targets_have_to_add_up_to_one() -> None:
    model = Network(3, [Dense(3), Softmax()], "categorical_cross_entropy").derive().compile()
    with pytest.raises(UserError, match=r"t1, t2, t3 do not add up to 1 \(expected .*, got 1.5 in example 2\)"):
        model.fit(RANDOM.normal(size=(2, 3)), [[1, 0, 0], [0.5, 0.5, 0.5]])


def test_a_batch_has_its_size() -> None:
    model = Network(3, [Dense(2), BatchNorm()], batch=4).derive().compile()
    with pytest.raises(
        UserError, match=r"^6 examples do not make whole batches \(.* of 4, .*\). Leave out 2, or add 2.$"
    ):
        model.fit(RANDOM.normal(size=(6, 3)), RANDOM.normal(size=(6, 2)))


def test_embeddings_are_learnt() -> None:
    """By NumPy: each row of the table gets the gradients of the places that name it, added up."""
    net = Network((4,), [Embedding(5, 2), Flatten(), Dense(3)], "squared_error")
    model = net.derive().compile()
    x, t = np.array([[0, 4, 4, 1], [3, 4, 0, 0], [1, 1, 1, 1]]), RANDOM.normal(size=(3, 3))
    start = model.start(2)
    table, w, b = start["W1"], start["W3"], start["b3"]
    error = table[x].reshape(3, 8) @ w.T + b - t
    loss, gradient = model.value_and_gradient(start, x, t)
    assert loss == pytest.approx((error**2).sum() / 3, rel=1e-12)
    rows = np.zeros((5, 2))
    np.add.at(rows, x, (2 / 3 * error @ w).reshape(3, 4, 2))
    np.testing.assert_allclose(gradient["W1"], rows, rtol=1e-12, atol=1e-15)
    assert not gradient["W1"][2].any()
    history = model.fit(x, t, learning_rate=0.1, epochs=200, parameters=start)
    assert history.losses[-1] < 1e-3 < history.losses[0]
    np.testing.assert_array_equal(history.parameters["W1"][2], table[2])
    found = history.parameters
    predicted = found["W1"][x].reshape(3, 8) @ found["W3"].T + found["b3"]
    np.testing.assert_allclose(model.predict(found, x), predicted, rtol=1e-12)


def test_integers_index_a_row() -> None:
    model = Network((2,), [Embedding(5, 2), Flatten(), Dense(3)]).derive().compile()
    for wrong, got in ((5, "5"), (0.5, "0.5")):
        with pytest.raises(UserError, match=rf"wrong value in 'x' \(expected whole numbers from 0 to 4, got {got}\)"):
            model.predict(model.start(), [[0, wrong]])


def test_what_does_not_add_up_is_found_in_its_example() -> None:
    model = Network(2, [Dense(3), BatchNorm(), Softmax()], "categorical_cross_entropy", batch=2).derive().compile()
    t = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.4, 0]]
    with pytest.raises(UserError, match=r"t1, t2, t3 do not add up to 1 \(expected .*, got 0.9 in example 4\)"):
        model.fit(RANDOM.normal(size=(4, 2)), t)


def test_a_network_with_a_batch_trains_on_the_examples_among_its_values() -> None:
    x, t = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(2, 1))
    net = Network(3, [Dense(2), BatchNorm(), Dense(1)], batch=2, values={"x": x, "t": t})
    model = net.derive().compile()
    assert model.fit(epochs=3).losses == model.fit(x, t, epochs=3).losses
