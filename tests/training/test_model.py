"""The compiled model: the worked examples' numbers, autograd as referee, both back ends, every refusal."""

from __future__ import annotations

import warnings
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.custom import activation_from_text
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.update_rule import UpdateRule
from symprop.training.model import Model
from symprop.training.sweep import sweep
from tests.training.nets import REFERENCE, compiled, data, uneven, worked

WORKED = [(name, rate) for name, given in REFERENCE.items() for rate in given["loss_after_updates_by_learning_rate"]]


@pytest.mark.parametrize("name", REFERENCE)
def test_loss_and_gradients_of_the_worked_examples(name: str) -> None:
    model, x, t = worked(name)
    loss, gradients = model.value_and_gradient(model.start(), x, t)
    expected = REFERENCE[name]
    assert loss == pytest.approx(expected["forward"]["E_total"], rel=1e-12)
    assert gradients.keys() == {"W1", "W2"}
    flat = [*gradients["W1"].ravel(), *gradients["W2"].ravel()]
    assert flat == pytest.approx([expected["gradients"][f"w{k}"] for k in range(1, 9)], rel=1e-12)
    outputs = [expected["forward"][f"a_o{k}"] for k in (1, 2)]
    assert model.predict(model.start(), x)[0].tolist() == pytest.approx(outputs, rel=1e-12)


@pytest.mark.parametrize(("name", "rate"), WORKED)
def test_losses_of_the_worked_examples(name: str, rate: str) -> None:
    model, x, t = worked(name)
    expected = {int(k): v for k, v in REFERENCE[name]["loss_after_updates_by_learning_rate"][rate].items()}
    history = model.fit(x, t, float(rate), max(expected))
    assert history.losses[0] == pytest.approx(REFERENCE[name]["forward"]["E_total"], rel=1e-12)
    assert {k: history.losses[k] for k in expected} == pytest.approx(expected, rel=1e-9, abs=1e-15)
    assert (history.stopped, history.epochs) == ("epochs", max(expected))


def test_fixed_biases_stay() -> None:
    model, x, t = worked("mazur")
    history = model.fit(x, t, epochs=3)
    assert (history.parameters["b1"].item(), history.parameters["b2"].item()) == (0.35, 0.6)


def by_autograd(parameters: dict[str, Any], x: Any, t: Any) -> Any:
    """The mean of Σ ½(t − a)² of `uneven`, written out once more."""
    hidden = anp.tanh(anp.dot(x, parameters["W1"].T) + parameters["b1"])
    z = anp.dot(hidden, parameters["W2"].T) + parameters["b2"]
    return anp.mean(anp.sum((t - z / (1 + anp.exp(-z))) ** 2 / 2, axis=1))


@pytest.mark.parametrize("examples", [1, 7])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_autograd(examples: int, seed: int) -> None:
    model = uneven()
    x, t = data(model, examples, seed)
    parameters = {name: value + 0.05 for name, value in model.start(seed).items()}
    loss, gradients = model.value_and_gradient(parameters, x, t)
    expected, slopes = autograd.value_and_grad(by_autograd)(parameters, x, t)
    assert loss == pytest.approx(float(expected), rel=1e-13)
    assert gradients.keys() == {"W1", "b1", "b2"}
    for name, gradient in gradients.items():
        assert gradient.shape == parameters[name].shape
        np.testing.assert_allclose(gradient, slopes[name], rtol=1e-12, atol=1e-16)


def test_one_example_may_come_without_its_axis() -> None:
    model = uneven()
    x, t = data(model, 1)
    assert model.value_and_gradient(model.start(), x[0], t[0])[0] == model.value_and_gradient(model.start(), x, t)[0]


def test_a_batch_is_the_mean_of_its_examples() -> None:
    model = uneven("absolute_error")
    x, t = data(model, 3)
    start = model.start()
    each = [model.value_and_gradient(start, x[k], t[k]) for k in range(3)]
    loss, gradients = model.value_and_gradient(start, x, t)
    assert loss == pytest.approx(np.mean([one for one, _ in each]), rel=1e-14)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, np.mean([slopes[name] for _, slopes in each], axis=0), rtol=1e-13)


def test_floats_and_arrays_train_alike() -> None:
    model = uneven("log_cosh")
    x, t = data(model, 1)
    alone = model.fit(x, t, epochs=50)
    twice = model.fit(np.repeat(x, 2, axis=0), np.repeat(t, 2, axis=0), epochs=50)
    assert alone.losses == pytest.approx(twice.losses, rel=1e-12)
    for name, value in alone.parameters.items():
        np.testing.assert_allclose(value, twice.parameters[name], rtol=1e-12)


def test_a_gradient_that_no_example_changes_has_its_shape() -> None:
    spec = EquationsSpec(["E = w*x + v**2"], loss="E", parameters=["w", "v"])
    model = Model.of(derive(spec.elaborate()), Names(), spec)
    loss, gradients = model.value_and_gradient({"w": 2.0, "v": 3.0}, [[1.0], [5.0]])
    assert (loss, gradients["w"].item(), gradients["v"].item()) == (15.0, 3.0, 6.0)


def test_equations_without_inputs_train() -> None:
    spec = EquationsSpec(["E = (w - 3)**2"], loss="E", values={"w": 1.0})
    model = Model.of(derive(spec.elaborate()), Names(), spec)
    history = model.fit(learning_rate=0.25, epochs=40)
    assert history.losses[:2] == [4.0, 1.0]
    assert history.parameters["w"].item() == pytest.approx(3.0)


def test_gradients_by_other_quantities_disturb_no_mean() -> None:
    forward = NetworkSpec(3, [Dense(4, activation="tanh"), Dense(2)]).elaborate()
    plain = Model(derive(forward), names_for(forward))
    wider = Model(derive(forward, ["x", "a1", "W1", "b1", "W2", "b2"]), names_for(forward))
    x, t = data(plain, 4)
    for name, gradient in wider.value_and_gradient(plain.start(), x, t)[1].items():
        np.testing.assert_allclose(gradient, plain.value_and_gradient(plain.start(), x, t)[1][name], rtol=1e-15)


def test_float32() -> None:
    model, precise = uneven(dtype="float32"), uneven()
    x, t = data(model)
    loss, gradients = model.value_and_gradient(model.start(), x, t)
    assert loss == pytest.approx(precise.value_and_gradient(model.start(), x, t)[0], rel=1e-6)
    assert {gradient.dtype for gradient in gradients.values()} == {np.dtype("float32")}
    assert model.predict(model.start(), x).dtype == np.float32
    assert model.fit(x, t, epochs=5).losses == pytest.approx(precise.fit(x, t, epochs=5).losses, rel=1e-5)


def test_predictions_have_a_row_for_each_example() -> None:
    model = compiled(NetworkSpec(3, [Dense(2, activation="hard_tanh")]))
    constant = {"W1": np.zeros((2, 3)), "b1": np.array([0.5, 9.0])}
    assert model.predict(constant, np.ones((4, 3))).tolist() == [[0.5, 1.0]] * 4


def test_training_learns_xor() -> None:
    spec = NetworkSpec(2, [Dense(4, activation="tanh"), Dense(1, activation="sigmoid")], loss="binary_cross_entropy")
    model = compiled(spec)
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    t = np.array([[0], [1], [1], [0]])
    history = model.fit(x, t, learning_rate=1.0, epochs=500)
    assert history.losses[-1] < 0.02
    assert np.round(model.predict(history.parameters, x)).tolist() == t.tolist()


def test_divergence_is_undone_and_reported() -> None:
    model = compiled(NetworkSpec(3, [Dense(2, activation="relu"), Dense(1)], loss="squared_error"))
    for examples in (1, 5):
        x, t = data(model, examples)
        history = model.fit(x * 10, t, learning_rate=50.0, epochs=100, seed=2)
        assert history.stopped == "diverged"
        assert history.diverged_at == len(history.losses) == history.epochs + 1
        assert np.isfinite(history.losses).all()
        again, _ = model.value_and_gradient(history.parameters, x * 10, t)
        assert again == pytest.approx(history.losses[-1])


def test_progress_is_told() -> None:
    model, x, t = worked("classroom")
    told: list[tuple[int, float]] = []
    history = model.fit(x, t, epochs=3, progress=lambda *news: told.append(news))
    assert told == list(enumerate(history.losses))[1:]


def test_values_of_the_network_are_where_training_starts() -> None:
    model, x, t = worked("classroom")
    given = {"W1": [[0.5, 0.5], [0.5, 0.5]], "W2": [[0.5, 0.5], [0.5, 0.5]]}
    assert model.fit(x, t, epochs=1).losses[0] != model.fit(x, t, epochs=1, parameters=given).losses[0]


def test_wrong_names_and_shapes_are_refused() -> None:
    model = uneven()
    x, t = data(model)
    start = model.start()
    wrong: list[tuple[dict[str, Any], Any, Any, str]] = [
        ({**start, "W3": 1}, x, t, "there is no parameter 'W3'. Known: W1, W2"),
        ({"W1": start["W1"]}, x, t, "no value is given for the parameter b1, W2, b2"),
        ({**start, "W1": start["W1"].T}, x, t, r"'W1' has the wrong shape \(expected \(4, 3\), got \(3, 4\)\)"),
        ({**start, "W1": [[1], [2, 3]]}, x, t, "'W1' is not an array of numbers"),
        ({**start, "b1": np.nan}, x, t, "'b1' is not finite"),
        ({**start, "b2": [1, np.inf]}, x, t, r"element \(1,\): parameter 'b2' is not finite \(got inf\)"),
        (start, x[:, :2], t, r"x has the wrong shape \(expected \(N, 3\): i1, i2, i3, got \(7, 2\)\)"),
        (start, x[0, :2], t, r"x has the wrong shape"),
        (start, x[:0], t[:0], r"x has the wrong shape .*got \(0, 3\)"),
        (start, x, t[:5], r"different numbers of examples \(expected 7 targets, as there are inputs, got 5\)"),
        (start, x, None, r"the targets are not given \(expected t of shape \(N, 2\): t1, t2\)"),
        (start, None, t, r"the inputs are not given \(expected x of shape \(N, 3\): i1, i2, i3\)"),
        (start, "words", t, "x is not an array of numbers"),
    ]
    for parameters, inputs, targets, message in wrong:
        with pytest.raises(UserError, match=message):
            model.value_and_gradient(parameters, inputs, targets)


def test_targets_where_there_are_none_are_refused() -> None:
    spec = EquationsSpec(["E = w*x"], loss="E", parameters=["w"])
    model = Model.of(derive(spec.elaborate()), Names(), spec)
    with pytest.raises(UserError, match=r"the program has no targets \(expected no t, got one\)"):
        model.value_and_gradient({"w": 1}, [[1.0]], [[1.0]])
    with pytest.raises(UserError, match="only a network with layers predicts"):
        model.predict({"w": 1}, [[1.0]])


def test_a_column_is_asked_for_where_there_is_one_input() -> None:
    model = compiled(NetworkSpec(1, [Dense(1)]))
    with pytest.raises(UserError, match=r"Write x.reshape\(-1, 1\)"):
        model.predict(model.start(), [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "a learning rate is a positive number"),
        ({"learning_rate": float("nan")}, "a learning rate is a positive number"),
        ({"learning_rate": "fast"}, "a learning rate is a positive number"),
        ({"epochs": 0}, "a whole number from 1"),
        ({"epochs": 2.5}, "a whole number from 1"),
        ({"epochs": 10**9}, "too many epochs"),
        ({"tolerance": -1.0}, "a tolerance is a number from 0"),
        ({"seed": -1, "parameters": None}, "a seed is a whole number from 0"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    model, x, t = worked("classroom")
    with pytest.raises(UserError, match=message):
        model.fit(x, t, **settings)


def test_a_loss_that_is_infinite_from_the_start_is_refused() -> None:
    model = compiled(NetworkSpec(1, [Dense(1)], loss="squared_error"))
    for examples in (1, 2):
        with pytest.raises(UserError, match="not finite before the first update"):
            model.fit([[1e200]] * examples, [[0.0]] * examples, epochs=1)


def test_a_declared_optimizer_trains_as_under_its_name() -> None:
    model = uneven()
    x, t = data(model)
    declared = model.fit(x, t, update=UpdateRule(OPTIMIZERS["adam"]), epochs=5)
    assert declared.losses == model.fit(x, t, update="adam", epochs=5).losses


def test_a_net_for_images_trains() -> None:
    """Of 79,510 weights, with the loss of the first update by hand."""
    model = compiled(NetworkSpec(784, [Dense(100, "tanh"), Dense(10)], "squared_error"))
    random = np.random.default_rng(8)
    x, t = random.uniform(0, 1, (6, 784)), np.eye(10)[random.integers(0, 10, 6)]
    start = model.start(3)
    history = model.fit(x, t, learning_rate=0.005, epochs=20, parameters=start)
    a = np.tanh(x @ start["W1"].T + start["b1"])
    error = a @ start["W2"].T + start["b2"] - t
    assert history.losses[0] == pytest.approx((error**2).sum(axis=1).mean(), rel=1e-12)
    slope = 2 / 6 * error.T @ a
    once = model.fit(x, t, learning_rate=0.005, epochs=1, parameters=start).parameters
    np.testing.assert_allclose(once["W2"], start["W2"] - 0.005 * slope, rtol=1e-10, atol=1e-14)
    assert history.losses[-1] < history.losses[0] / 4


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = uneven()
    monkeypatch.setattr("symprop.training.compiled.MOST_BYTES", 100_000)
    model.predict(model.start(), np.zeros((100, 3)))
    with pytest.raises(BudgetError, match="the data are too large"):
        model.predict(model.start(), np.zeros((10_000, 3)))


@pytest.mark.parametrize(
    ("option", "message"), [({"backend": "nump"}, "unknown back end"), ({"dtype": "int8"}, "number format")]
)
def test_unknown_options_are_refused(option: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        uneven(**option)


def root() -> Model:
    """The second unit is the root of a negative number."""
    own = activation_from_text("root", "sqrt(x)")
    values = {"W1": [[1, 2], [-1, -2]], "b1": [0.0, 0.0]}
    return compiled(NetworkSpec(2, [Dense(2, own), Dense(1)], values=values))


def test_the_first_quantity_that_is_not_finite_is_named() -> None:
    model = root()
    message = r"not finite before the first update \(got nan\). The first quantity that is not finite is a_h2 = √h2.$"
    for x, t in (([[1.0, 1.0]], [[0.0]]), ([[-1.0, -1.0], [1.0, 1.0]], [[0.0], [1.0]])):
        with pytest.raises(UserError, match=message.replace("h2", r"h[12]")):
            model.fit(x, t)
    with pytest.raises(UserError, match=message):
        sweep(model, [[1.0, 1.0]], [[0.0]], [0.1, 1.0], 3)


def test_a_gradient_without_a_value_is_no_number_and_no_warning() -> None:
    model = root()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, gradient = model.value_and_gradient(model.start(), [[1.0, 1.0], [2.0, 1.0]], [[0.0], [1.0]])
        assert np.isnan(model.predict(model.start(), [[1.0, 1.0]])).all()
    assert np.isnan(loss)
    assert np.isnan(gradient["W1"][1]).all()
