"""The public classes: what they check and keep of a declaration, what a derivation answers, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symprop
from symprop import Dense, Equations, IndexLayer, Network, UserError
from symprop.network import Training

LAYERS = [Dense(3, activation="tanh"), Dense(1)]
LINE = ["h = w*x", "E = (t - h)**2/2"]


def test_values_are_checked_as_a_network_is_made() -> None:
    with pytest.raises(UserError, match=r"value 'W1': wrong shape \(expected shape 3 × 2 for 'W1', got shape 1 × 2\)"):
        Network(2, LAYERS, values={"W1": [[1, 2]]})
    with pytest.raises(UserError, match=r"value 'w99': there is no quantity 'w99'"):
        Network(2, LAYERS, values={"w99": 1.0})
    with pytest.raises(UserError, match=r"value 'v': there is no quantity 'v'"):
        Equations(LINE, loss="E", values={"v": 1.0})


@pytest.mark.parametrize("values", [None, [0.5], "w1"])
def test_values_are_given_by_name(values: Any) -> None:
    with pytest.raises(UserError, match=r'values are given by name \(expected such as {"w1": 0.5}, got'):
        Network(2, LAYERS, values=values)
    with pytest.raises(UserError, match="values are given by name"):
        Equations(LINE, loss="E", values=values)


def test_settings_for_training_are_of_their_type() -> None:
    with pytest.raises(UserError, match=r"wrong settings for training \(expected a Training, got dict\)"):
        Network(2, LAYERS, training={"epochs": 3})  # type: ignore[arg-type]


def test_values_stay_as_they_were_given() -> None:
    row, weights = [0.25, 0.5], np.array([[0.5, -1.0], [2.0, 0.0], [1.0, 4.0]])
    given: dict[str, Any] = {"x": row, "W1": weights}
    network = Network(2, LAYERS, values=given)
    row[0], weights[0, 0], given["w7"] = 9.0, 9.0, 9.0
    values = network.derive().values
    assert (values["i1"], values["w1"], values["w6"]) == (0.25, 0.5, 4.0)
    assert "w7" not in values
    scalars = {"w": 2.0}
    equations = Equations(LINE, loss="E", values=scalars)
    scalars["w"] = 9.0
    assert equations.derive().values == {"w": 2.0}


def test_whole_numbers_of_any_type_count_units_and_inputs() -> None:
    network = Network(np.int64(2), [Dense(np.int32(3)), Dense(np.uint8(1))])  # type: ignore[arg-type]
    assert network == Network(2, [Dense(3), Dense(1)])
    assert [type(size) for size in (network.inputs, network.layers[0].units)] == [int, int]


@pytest.mark.parametrize("size", [True, np.True_, 2.0, np.float64(2), "2", None])
def test_nothing_else_does(size: Any) -> None:
    with pytest.raises(UserError, match="Dense: wrong value for units"):
        Dense(size)
    with pytest.raises(UserError, match="wrong size for the input"):
        Network(size, LAYERS)


@pytest.mark.parametrize("name", ["classroom", "logistic_equations", "3-4-2"])
def test_what_is_loaded_derives(name: str) -> None:
    derivation = symprop.load(name).derive()
    assert derivation.parameters() == [p for p in derivation.parameters() if derivation.gradient(p) is not None]
    assert len(derivation.equations) == len(derivation.program.equations)


def test_the_gradient_of_a_tensor_has_its_shape() -> None:
    derivation = symprop.load("3-4-2").derive()
    matrix = derivation.gradient("W1")
    assert matrix.shape == (4, 3)
    assert matrix[1, 2] == derivation.gradient("w6")
    assert derivation.gradient("b1").shape == (4, 1)


def test_the_forms_of_a_gradient() -> None:
    derivation = symprop.load("classroom").derive()
    expanded = derivation.gradient("w5", expand=True)
    assert {str(symbol) for symbol in expanded.free_symbols} == {*(f"w{k}" for k in range(1, 7)), "i1", "i2", "t1"}
    assert derivation.gradient("W2", form="index").atoms(sympy.Indexed)
    assert derivation.gradient("W2", form="matrix").shape == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("w55",), "'w55'"),
        (("w5", "scalr"), r"unknown form 'scalr'. Did you mean 'scalar'\?"),
        (("w5", "index"), "the gradient of one element, 'w5', has no index form. Ask for that of 'W2'"),
        (("w5", "matrix"), "the gradient of one element, 'w5', has no matrix form. Ask for that of 'W2'"),
        (("x", "index"), r"the gradient of 'x' was not derived. Ask for it: derive\(wrt=\[…\]\), or --wrt."),
        (("i1", "matrix"), "the gradient of 'i1' was not derived"),
        (("W22", "index"), r"there is no quantity 'W22'. Did you mean 'W2'\?"),
        ((5,), r'a quantity is asked for by its name \(expected text, such as "w5", got 5\)'),
    ],
)
def test_what_has_no_gradient(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        symprop.load("classroom").derive().gradient(*arguments)


@pytest.mark.parametrize("name", [None, 5, ["w5"]])
def test_steps_are_of_a_name(name: Any) -> None:
    with pytest.raises(UserError, match="a quantity is asked for by its name"):
        symprop.load("classroom").derive().steps(name)


def test_nothing_is_verified_where_nothing_was_derived() -> None:
    attention = symprop.Network({"q": (3, 2), "k": (4, 2), "v": (4, 3)}, [symprop.Attention(inputs=("q", "k", "v"))])
    with pytest.raises(UserError, match="nothing here is trained, so there is no gradient to check"):
        attention.derive().verify()
    assert attention.derive(wrt="v").verify().checked == 12


def test_other_quantities_are_derived_by_on_request() -> None:
    network = symprop.load("3-4-2")
    assert network.derive(wrt="i2").parameters() == ["i1", "i2", "i3"]
    assert network.derive(wrt=["h3", "w14"]).parameters() == [
        *(f"h{k}" for k in range(1, 5)),
        *(f"w{k}" for k in range(13, 21)),
    ]
    with pytest.raises(UserError, match="'hh'"):
        network.derive(wrt=["hh"])
    for wrong in (3, [3], b"w1", {"w1": 2}.values()):
        with pytest.raises(UserError, match="wrong quantities to differentiate by"):
            network.derive(wrt=wrong)  # type: ignore[arg-type]


def test_numbers_stand_only_where_all_are_given() -> None:
    assert symprop.load("classroom").derive().numbers["E_total"] == pytest.approx(0.014181377937891659, rel=1e-12)
    assert Network(2, LAYERS, values={"x": [1, 2]}).derive().numbers == {}


def test_it_exports_verifies_and_compiles(tmp_path: Path) -> None:
    derivation = symprop.load("classroom").derive(notation="textbook")
    derivation.export(tmp_path / "x.md")
    assert (tmp_path / "x.md").read_text(encoding="utf-8").startswith("# ")
    assert derivation.verify(points=2, seed=4).ok
    model = derivation.compile(dtype="float32")
    assert model.predict(model.start(), [[0.05, 0.1]]).dtype == np.float32


def test_training_goes_by_the_networks_own_settings() -> None:
    training = Training(learning_rate=0.25, epochs=7, seed=3, x=[[0.5, 1.0], [1.0, -1.0]], t=[[1.0], [0.0]])
    model = Network(2, LAYERS, training=training).derive().compile()
    history = model.fit()
    same = model.fit(training.x, training.t, learning_rate=0.25, epochs=7, seed=3)
    assert (history.epochs, history.losses) == (7, same.losses)


def test_the_examples_train_from_python_as_from_the_command_line() -> None:
    history = symprop.load("xor").derive().compile().fit()
    assert (history.epochs, history.stopped) == (1000, "epochs")
    assert history.losses[-1] < 0.01


def test_a_product_of_one_row_and_column_is_a_number_in_sympy() -> None:
    own = IndexLayer(("y[j] = Sum(V[j,k]*x[k]*x[i]*u[i], k, i)",), {"j": 2})
    derivation = Network(3, [own]).derive(wrt="x")
    assert str(derivation.gradient("x", form="matrix")) == (
        "Trace(x.T*u1)*V1.T*dE_total_dy1 + Trace(dE_total_dy1.T*V1*x)*u1"
    )
    with pytest.raises(UserError, match="unknown form '3'"):
        derivation.gradient("x", form=3)  # type: ignore[arg-type]
