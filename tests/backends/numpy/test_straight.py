"""Small programs on floats: the same numbers as arrays give, which take over where floats do not hold them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings

from symprop.backends.executable import Loop
from symprop.backends.numpy import BACKEND, backend, straight
from symprop.derivation.sweep import derive
from symprop.ir.nodes import Reduction, Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.update_rule import UpdateRule
from tests.derivation.programs import index_programs

X, Y = operand(0), operand(1)
H, J = Index("i", 2), Index("j", 3)


def step_of(rule: UpdateRule | None = None) -> Lowered:
    """An update of 3-2-1."""
    forward = NetworkSpec(3, [Dense(2, "tanh"), Dense(1)], "squared_error").elaborate()
    step = training_step(derive(forward), rule or UpdateRule("momentum"))
    carried = {new: old for old, new in step.updated.items()}
    return lower(step.program, [step.program.loss, *carried], carried, names_for(forward))


def drawn(lowered: Lowered, seed: int = 2) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {tensor.name: random.uniform(0.1, 0.9, tensor.extents) for tensor in lowered.arguments}


def small(lowered: Lowered) -> straight.Straight:
    found = straight.small(lowered, "float64")
    assert found is not None
    return found


def no_arrays() -> Any:
    raise AssertionError("floats hold these numbers")


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(index_programs())
def test_floats_and_arrays_agree(program: Program) -> None:
    derivation = derive(program)
    outputs = list(dict.fromkeys([program.loss, *derivation.gradients.values()]))
    lowered = lower(derivation.program, outputs)
    found = straight.small(lowered, "float64")
    if found is None:
        return
    values = drawn(lowered)
    with np.errstate(all="ignore"):
        wanted = backend.compile_program(lowered, "float64")(values)
    for name, array in straight.compile_program(found, no_arrays)(values).items():
        assert (array.shape, array.dtype) == (wanted[name].shape, np.float64)
        np.testing.assert_allclose(array, wanted[name], rtol=1e-9, atol=1e-11, err_msg=name)


def test_lines_have_the_readers_names() -> None:
    source = straight.compile_program(small(step_of()), no_arrays).source
    assert "h1 = w1*i1 + w2*i2 + w3*i3 + b_h1" in source
    assert "numpy" not in source


def test_names_that_tell_nothing_apart_are_replaced() -> None:
    class Alike(Names):
        def element(self, tensor: str, position: tuple[int, ...], extents: tuple[int, ...]) -> str:
            return "one"

    a, y = Tensor("a", (H,)), Tensor("y", (H,))
    lowered = Lowered((a,), (), (Equation(y(), elementwise(3 * X, a()), Origin("test")),), ("y",), names=Alike())
    found = small(lowered)
    assert found.elements == {"a": ["a_1", "a_2"], "y": ["y_1", "y_2"]}
    assert straight.compile_program(found, no_arrays)({"a": np.array([2.0, 5.0])})["y"].tolist() == [6.0, 15.0]


def test_whole_numbers_come_as_floats() -> None:
    a, y = Tensor("a", (H,)), Tensor("y", (H,))
    step = elementwise(sympy.Piecewise((1, X > 0), (0, True)), a())
    lowered = Lowered((a,), (), (Equation(y(), step, Origin("test")),), ("y",))
    found = straight.compile_program(small(lowered), no_arrays)({"a": np.array([2.0, -5.0])})["y"]
    assert (found.dtype, found.tolist()) == (np.float64, [1.0, 0.0])
    loop = straight.compile_loop(small(Lowered((a,), (), lowered.equations, ("y", "y"), {"y": "a"})), no_arrays)
    assert loop.run(2, {"a": np.array([2.0, -5.0])}, {}, {})[1]["a"].dtype == np.float64


def test_what_is_large_or_needs_integers_or_another_format_is_left_to_arrays() -> None:
    lowered = step_of()
    assert straight.small(lowered, "float32") is None
    wide = derive(NetworkSpec(30, [Dense(20, "tanh")]).elaborate()).program
    assert straight.small(lower(wide, [wide.loss]), "float64") is None
    embedded = NetworkSpec((2,), [Embedding(3, 1), Flatten()]).elaborate()
    assert straight.small(lower(embedded, [embedded.loss]), "float64") is None
    assert "matmul" not in BACKEND.compile(lowered, "float64").source
    assert BACKEND.compile(lowered, "float32").source != BACKEND.compile(lowered, "float64").source


@pytest.mark.parametrize("at", [0.0, 800.0, -1.0])
def test_what_floats_do_not_hold_is_worked_out_on_arrays(at: float) -> None:
    """An overflow, a division by zero, a root of a negative number: infinite or NaN, as on arrays."""
    a, y = Tensor("a", (H,)), Tensor("y", (H,))
    value = elementwise(sympy.exp(X) / X + sympy.sqrt(X), a())
    lowered = Lowered((a,), (), (Equation(y(), value, Origin("test")),), ("y",))
    compiled: list[int] = []

    def arrays() -> Any:
        compiled.append(1)
        return backend.compile_program(lowered, "float64")

    run = straight.compile_program(small(lowered), arrays)
    with np.errstate(all="ignore"):
        for _ in range(2):
            found = run({"a": np.array([2.0, at])})["y"]
            assert np.isfinite(found).tolist() == [True, False]
    assert found[0] == pytest.approx(np.exp(2) / 2 + np.sqrt(2))
    assert compiled == [1]  # when first needed, and then kept


@pytest.mark.parametrize("count", [0, 1, 5])
@pytest.mark.parametrize("varying", [frozenset[str](), frozenset(["x", "t"])])
def test_a_loop_of_floats_is_one_of_arrays(count: int, varying: frozenset[str]) -> None:
    lowered = step_of()
    values, random = drawn(lowered), np.random.default_rng(4)
    rows = {name: random.normal(size=(count, *lowered.tensors[name].extents)) for name in varying}
    carried = {name: values[name] for name in lowered.carried.values()}
    fixed = {name: value for name, value in values.items() if name not in carried and name not in varying}
    kept = {name: value.copy() for name, value in values.items()}
    loops: list[Loop] = [
        straight.compile_loop(small(lowered), no_arrays),
        backend.compile_loop(lowered, "float64", varying),
    ]
    (losses, state), (wanted, last) = (loop.run(count, carried, fixed, rows) for loop in loops)
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)
    assert losses.shape == (count,)
    assert state.keys() == last.keys() == carried.keys()
    for name, array in last.items():
        np.testing.assert_allclose(state[name], array, rtol=1e-12, err_msg=name)
        np.testing.assert_array_equal(values[name], kept[name])


def test_a_loop_goes_on_with_arrays_where_floats_end() -> None:
    """From the update that divides by zero, with the numbers that it had there, and its own rows after them."""
    w, x, loss = Tensor("w", (H,), Role.PARAMETER), Tensor("x", (H,), Role.INPUT), Tensor("E", (), Role.LOSS)
    new, ratio = Tensor("next_w", (H,)), Tensor("p", (H,))
    lines = (
        Equation(ratio(), elementwise(X / Y, w(), x()), Origin("test")),
        Equation(loss(), single(1, ratio(), over=(H,)), Origin("test")),
        Equation(new(), total(Term(Fraction(2), (w(),)), Term(Fraction(-1), (x(),))), Origin("test")),
    )
    lowered = Lowered((w, x), (), lines, ("E", "next_w"), {"next_w": "w"})
    compiled: list[int] = []

    def arrays() -> Loop:
        compiled.append(1)
        return backend.compile_loop(lowered, "float64", frozenset("x"))

    loops = [
        straight.compile_loop(small(lowered), arrays),
        backend.compile_loop(lowered, "float64", frozenset("x")),
    ]
    start, rows = {"w": np.array([1.0, -3.0])}, {"x": np.arange(24.0).reshape(12, 2) - 9}
    for _ in range(2):
        with np.errstate(all="ignore"):
            (losses, state), (wanted, last) = (loop.run(12, start, {}, rows) for loop in loops)
        assert np.isfinite(losses).tolist() == [k != 4 for k in range(12)]
        np.testing.assert_allclose(losses, wanted, rtol=1e-13)
        np.testing.assert_array_equal(state["w"], last["w"])
    assert compiled == [1]  # when first needed, and then kept


def test_a_window_wholly_out_of_range_has_no_exponential() -> None:
    """Nor is there NaN where the largest is infinite."""
    i, p, u = Index("i", 4), Index("p", 5), Index("u", 2)
    a = Tensor("a", (i,))
    value = Reduction("logsumexp", (a(Affine(((2, p), (1, u)), -2)),), (u,))
    lowered = Lowered((a,), (), (Equation(Tensor("y", (p,))(), value, Origin("test")),), ("y",))
    run = straight.compile_program(small(lowered), no_arrays)
    inf = np.inf
    np.testing.assert_array_equal(run([np.array([1, inf, -inf, -inf])])["y"], [-inf, inf, -inf, -inf, -inf])
    np.testing.assert_allclose(run([np.array([1, 1, 2, -inf])])["y"], [-inf, 1 + np.log(2), 2, -inf, -inf])
