"""Hessians, their products with vectors, and Jacobians: against JAX, and against 50-digit differences of the gradients."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

from symprop import Dense, Embedding, Equations, Flatten, Network, load
from symprop.derivation.unroll import elements
from symprop.errors import BudgetError, UnsupportedError, UserError
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.program import Program
from symprop.notation.plain import plain
from symprop.scalar.decimals import decimals
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.scalar import ScalarView

jax.config.update("jax_enable_x64", True)

NET = Network(2, [Dense(3, "tanh"), Dense(2, "sigmoid", bias=False)], "squared_error")


def loss(given: dict[str, Any]) -> Any:
    return jnp.sum((given["t"] - predicted(given)) ** 2)


def predicted(given: dict[str, Any]) -> Any:
    return jax.nn.sigmoid(given["W2"] @ jnp.tanh(given["W1"] @ given["x"] + given["b1"]))


def point(program: Program, seed: int = 0) -> dict[str, Any]:
    random = Random(seed)
    return {t.name: np.array([random.uniform(-1, 1) for _ in elements(t)]).reshape(t.extents) for t in program.free}


def scalars(view: ScalarView, program: Program, given: dict[str, Any]) -> dict[str, float]:
    """Every forward quantity by the name of its element."""
    arrays = evaluate_arrays(program, {name: a.astype(object) for name, a in given.items()}, FLOAT)
    return {
        name: float(arrays[tensor.name][position])
        for tensor in program.tensors.values()
        for name, position in zip(view.identifiers(tensor), elements(tensor), strict=True)
    }


def numbers(matrix: Any, values: dict[str, float]) -> Any:
    return np.array([[evaluate(entry, values, FLOAT) for entry in row] for row in matrix.tolist()])


def flat(block: dict[str, Any], names: list[str], rows: int) -> Any:
    return np.hstack([np.asarray(block[name]).reshape(rows, -1) for name in names])


def test_the_hessian_is_that_of_jax() -> None:
    derivation = NET.derive()
    forward = derivation.core.forward
    given = point(forward)
    names = ["W1", "b1", "W2"]
    found = numbers(derivation.hessian(), scalars(derivation.scalars, forward, given))
    blocks = jax.jit(jax.hessian(lambda own: loss({**given, **own})))({name: given[name] for name in names})
    expected = np.vstack([flat(blocks[name], names, given[name].size) for name in names])
    assert found.shape == (15, 15)
    assert np.array_equal(found, found.T)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_block_between_inputs_and_a_parameter() -> None:
    derivation = NET.derive()
    forward = derivation.core.forward
    given = point(forward, 3)
    found = numbers(derivation.hessian("x", "W2"), scalars(derivation.scalars, forward, given))
    mixed = jax.jacobian(lambda x: jax.grad(lambda W: loss({**given, "x": x, "W2": W}))(given["W2"]))
    expected = jax.jit(mixed)(given["x"])
    np.testing.assert_allclose(found, np.moveaxis(np.asarray(expected).reshape(6, 2), 0, 1), rtol=1e-9, atol=1e-12)


def test_the_jacobian_is_that_of_jax() -> None:
    derivation = NET.derive()
    forward = derivation.core.forward
    given = point(forward, 1)
    names = ["W1", "b1", "W2"]
    values = scalars(derivation.scalars, forward, given)
    blocks = jax.jit(jax.jacobian(lambda own: predicted({**given, **own})))({name: given[name] for name in names})
    np.testing.assert_allclose(numbers(derivation.jacobian(), values), flat(blocks, names, 2), rtol=1e-9, atol=1e-12)
    slopes = jax.jit(jax.jacobian(lambda x: predicted({**given, "x": x})))(given["x"])
    np.testing.assert_allclose(numbers(derivation.jacobian(wrt="x"), values), slopes, rtol=1e-9)


def test_the_product_with_a_vector_is_that_of_jax() -> None:
    derivation = NET.derive()
    product = derivation.product_view.derivation
    given = point(product.forward, 2)
    arrays = evaluate_arrays(product.program, {name: a.astype(object) for name, a in given.items()}, FLOAT)
    names = ["W1", "b1", "W2"]
    own = {name: given[name] for name in names}
    vector = {name: given[f"v_{name}"] for name in names}
    gradient = jax.grad(lambda moved: loss({**given, **moved}))
    expected = jax.jit(lambda at, along: jax.jvp(gradient, (at,), (along,))[1])(own, vector)
    for name in names:
        np.testing.assert_allclose(arrays[product.gradients[name]].astype(float), expected[name], rtol=1e-9, atol=1e-12)


def test_the_classroom_hessian_is_right_to_many_digits_and_short() -> None:
    """36 pairs, each against the difference of the gradients, which are computed by their own formulas."""
    derivation = load("classroom").derive()
    names = derivation.parameters()
    matrix = derivation.hessian()
    assert (matrix.shape, matrix == matrix.T, len({(a, b) for a in names for b in names if a <= b})) == (
        (8, 8),
        True,
        36,
    )
    forward = {
        identifier
        for tensor in derivation.core.forward.tensors.values()
        for identifier in derivation.scalars.identifiers(tensor)
    }
    assert {symbol.name for symbol in matrix.free_symbols} <= forward
    assert max(entry.count_ops() for entry in matrix) < 120
    with decimals(50) as arithmetic:
        at = {name: Fraction(3 * k + 1, 20) for k, name in enumerate([*names, "i1", "i2", "t1", "t2"])}
        step = Fraction(1, 10**16)
        for column, name in enumerate(names):
            above, below = (_values(derivation, {**at, name: at[name] + move}, arithmetic) for move in (step, -step))
            here = _values(derivation, at, arithmetic)
            for row, other in enumerate(names):
                gradient = derivation.gradient(other)
                slopes = (evaluate(gradient, known, arithmetic) for known in (above, below))
                difference = (next(slopes) - next(slopes)) / (2 * arithmetic.given(step))
                assert abs(evaluate(matrix[row, column], here, arithmetic) - difference) < 1e-25


def _values(derivation: Any, at: dict[str, Fraction], arithmetic: Any) -> dict[str, Any]:
    from symprop.derivation.unroll import unroll
    from symprop.ir.evaluate import evaluate_program

    return evaluate_program(unroll(derivation.core.forward, derivation.names), at, arithmetic)


def test_short_forms() -> None:
    derivation = load("classroom").derive()
    assert str(derivation.hessian("w5", "w8")) == "0"
    assert derivation.hessian("w5", "w1") == derivation.hessian("w1", "w5")
    logistic = Network(2, [Dense(1, "sigmoid")], "binary_cross_entropy").derive()
    assert str(logistic.hessian("w1", "w2")) == "a_o1*i1*i2*(1 - a_o1)"
    assert str(logistic.jacobian("a1", "w1")) == "Matrix([[a_o1*i1*(1 - a_o1)]])"
    assert str(logistic.jacobian("a_o1", "w1")) == "a_o1*i1*(1 - a_o1)"


def test_targets_move_without_what_is_known_of_them() -> None:
    """The gradient p - t needs Σt = 1, which no longer holds where one target moves alone."""
    net = Network(2, [Dense(3)], "categorical_cross_entropy_from_logits").derive()
    found = net.hessian("t", "W1")
    assert found.shape == (3, 6)
    assert [str(entry) for entry in found[0, 0:3:2]] == ["i1*(exp(a_o1 - l) - 1)", "i1*exp(a_o2 - l)"]


def test_scatters_have_second_derivatives() -> None:
    net = Network((3,), [Embedding(4, 2), Flatten(), Dense(1, "tanh")], values={"x": [1, 3, 1]}).derive()
    assert net.hessian("W1").shape == (8, 8)


def test_the_product_in_other_forms() -> None:
    derivation = load("classroom").derive(wrt="W2")
    assert str(derivation.hessian_vector_product("W2", form="matrix")) == "dDv_dz2*a1.T"
    product = derivation.hessian_vector_product("w5")
    v5, v6 = sympy.symbols("v_W2_1_1 v_W2_1_2")
    by_hand = derivation.hessian("w5", "w5") * v5 + derivation.hessian("w5", "w6") * v6
    assert sympy.expand(product - by_hand) == 0


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda d: d.hessian("w99"), UserError, "there is no quantity 'w99'"),
        (lambda d: d.jacobian("E_tota"), UserError, "there is no quantity 'E_tota'"),
        (lambda d: d.hessian_vector_product("w5", form="prose"), UserError, "unknown form 'prose'"),
    ],
)
def test_what_cannot_be_asked(ask: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ask(load("classroom").derive())


DEEP = Network(3, [Dense(4, "tanh") for _ in range(5)])


def of_deep(given: dict[str, Any]) -> Any:
    a = given["x"]
    for k in range(1, 6):
        a = jnp.tanh(given[f"W{k}"] @ a + given[f"b{k}"])
    return a


def with_definitions(definitions: Iterable[Any], values: dict[str, float]) -> dict[str, float]:
    """The values, and those of the names that the entries refer to, one after the other."""
    found = dict(values)
    for each in definitions:
        assert each.name not in found
        found[each.name] = evaluate(each.value, found, FLOAT)
    return found


def test_large_entries_refer_to_adjoints_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = DEEP.derive()
    forward = derivation.core.forward
    given = point(forward, 4)
    values = scalars(derivation.scalars, forward, given)

    def half(own: dict[str, Any]) -> Any:
        return jnp.sum((given["t"] - of_deep({**given, **own})) ** 2) / 2

    block = jax.jit(jax.hessian(half))({"W1": given["W1"], "b3": given["b3"]})
    for second, expected in (("W1", block["W1"]["W1"]), ("b3", block["W1"]["b3"])):
        matrix = derivation.hessian("W1", second)
        definitions = derivation.second_view.definitions(*matrix)
        found = numbers(matrix, with_definitions(definitions, values))
        np.testing.assert_allclose(found, np.asarray(expected).reshape(found.shape), rtol=1e-9, atol=1e-12)
        assert max(entry.count_ops() for entry in matrix) < 60
        assert max(each.value.count_ops() for each in definitions) < 60
    monkeypatch.setattr("symprop.views.second.MOST_OPERANDS", 60)
    jacobian = derivation.jacobian(wrt="W1")
    assert any("da_o1_d" in str(entry) for entry in jacobian)
    expected = jax.jit(jax.jacobian(lambda W: of_deep({**given, "W1": W})))(given["W1"])
    found = numbers(jacobian, with_definitions(derivation.second_view.definitions(*jacobian), values))
    np.testing.assert_allclose(found, np.asarray(expected).reshape(found.shape), rtol=1e-9, atol=1e-12)


def test_what_names_stand_for_is_told_in_order_and_once() -> None:
    derivation = DEEP.derive()
    entry = derivation.hessian("w1", "w4")
    assert str(entry) == "ddE_total_dw1_dh1_2*i1"
    definitions = derivation.second_view.definitions(entry, entry)
    names = [each.name for each in definitions]
    assert names[-1] == "ddE_total_dw1_dh1_2"
    assert len(names) == len(set(names))
    forward = scalars(derivation.scalars, derivation.core.forward, point(derivation.core.forward)).keys()
    for place, each in enumerate(definitions):
        assert {symbol.name for symbol in each.value.free_symbols} <= forward | set(names[:place])
    read = {each.name: plain(each.read) for each in definitions}
    assert read["ddE_total_dw1_dh1_2"] == "d2E_total/dw1dh1_2"
    assert read["dE_total_do1"] == "dE_total/do1"
    assert read["ddE_total_dw1_ddE_total_da_h1_1"] == "d2E_total/dw1ddE_total_da_h1_1"
    assert {each.is_first for each in definitions if each.name.startswith("dE_total")} == {True}
    assert not derivation.second_view.definitions(load("classroom").derive().hessian("w1", "w2"))


def test_what_is_too_large_even_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symprop.views.second.MOST_OPERANDS", 1)
    with pytest.raises(BudgetError, match="the derivative of 'dE_total_dw5' by 'w5' is too large to be written out"):
        load("classroom").derive().hessian("w5")


def test_budgets() -> None:
    with pytest.raises(BudgetError, match="too many derivatives"):
        Network(30, [Dense(7)]).derive().hessian()
    with pytest.raises(UserError, match="does not say what it predicts"):
        Equations(["E = w**2"], loss="E", parameters=["w"]).derive().jacobian()
    with pytest.raises(UnsupportedError):
        Network((2, 3), [Dense(2, "tanh")], batch=2).derive().hessian_vector_product("W1", form="matrix")
