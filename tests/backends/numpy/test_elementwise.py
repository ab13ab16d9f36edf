"""Expressions over arrays: the evaluated numbers at every position, nothing overwritten that lives, memory given back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.backends.numpy.backend import _namespace
from symprop.backends.numpy.elementwise import Operand, write_elementwise
from symprop.backends.numpy.instructions import Bounds
from symprop.backends.numpy.memory import Memory
from symprop.ir.nodes import Elementwise, elementwise, operand
from symprop.ir.tensor import Index, Tensor
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.numeric import FLOAT, evaluate
from tests.derivation.programs import EXPRESSIONS

BOUNDS = Bounds(2.0**-1022, 709.0)
H, J = Index("i", 3), Index("j", 5)
X, Y, Z = operand(0), operand(1), operand(2)
SHAPES: list[tuple[int, ...]] = [(3, 5), (3, 1), (1, 5), (1, 1), ()]
MORE = [
    X, sympy.Integer(2) + 0 * X, sympy.Piecewise((X, Y > Z), (Y, Z > 0), (Z, True)), sympy.Max(X, Y, Z),
    sympy.Piecewise((1, X > Y), (Z, True)) * Y, sympy.Piecewise((Y, X > 0), (X, True)), X * Y * Z - X, (X - Y) / (1 + Z**2),
    *(activation(X) * Y + Z for activation in ACTIVATIONS.values()),
]  # fmt: skip


def node(expression: Any, *more: Any) -> Elementwise:
    """An Elementwise over three operands, all of which it lists."""
    tensors = [Tensor(name, (H, J)) for name in "abc"]
    return Elementwise((expression, *more), tuple(tensor() for tensor in tensors))


class Written:
    """One node over arrays of given shapes, written and run."""

    def __init__(self, one: Elementwise, shapes: list[tuple[int, ...]], dies: list[bool], target: int | None) -> None:
        self.memory = Memory("float64", _namespace())
        names = [self.memory.array(f"a{k}", shape) for k, shape in enumerate(shapes)]
        random = np.random.default_rng(4)
        for name in names:
            self.memory[name][...] = random.uniform(-2, 2, self.memory[name].shape)
        self.before = [self.memory[name].copy() for name in names]
        self.place = names[target] if target is not None else self.memory.new("out", (3, 5))
        operands = [Operand(name, dead) for name, dead in zip(names, dies, strict=True)]
        self.calls = write_elementwise(self.memory, one, operands, self.place, BOUNDS)
        with np.errstate(all="ignore"):
            exec("\n".join(self.calls), self.memory.namespace)
        self.after = [self.memory[name] for name in names]

    def expected(self, one: Elementwise) -> Any:
        arrays = np.broadcast_arrays(*self.before, np.empty((3, 5)))[:3]
        rows = zip(*(array.ravel().tolist() for array in arrays), strict=True)
        flat = [evaluate(one.expression, {"x0": a, "x1": b, "x2": c}, FLOAT) for a, b, c in rows]
        return np.array(flat).reshape(3, 5)


@settings(max_examples=120)
@given(
    st.sampled_from([*EXPRESSIONS, *MORE]),
    st.lists(st.sampled_from(SHAPES), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.sampled_from([None, None, 0, 1, 2]),
)
def test_every_position_has_its_number(
    expression: Any, shapes: list[tuple[int, ...]], dies: list[bool], target: int | None
) -> None:
    """Whatever the shapes, whatever dies, and though the target is one of the operands."""
    one = node(expression)
    if target is not None:
        shapes[target], dies[target] = (3, 5), False
    written = Written(one, shapes, dies, target)
    found = written.memory[written.place]
    np.testing.assert_allclose(found, written.expected(one), rtol=1e-12, atol=1e-13)
    for number, (before, after) in enumerate(zip(written.before, written.after, strict=True)):
        if not dies[number] and number != target:
            np.testing.assert_array_equal(before, after)


def test_factors_are_multiplied() -> None:
    one = node(2 * X - 2, Y + 3, sympy.Rational(1, 7))
    written = Written(one, [(3, 5)] * 3, [False] * 3, None)
    np.testing.assert_allclose(written.memory[written.place], written.expected(one), rtol=1e-13)


def test_what_dies_is_written_over() -> None:
    one = node(sympy.tanh(X) * Y + Z)
    needed = [len(Written(one, [(3, 5)] * 3, [dead] * 3, None).memory.lines) for dead in (False, True)]
    assert needed[1] < needed[0]


def test_small_numbers_are_worked_out_on_small_arrays() -> None:
    """The hyperbolic tangent of a row is a row's."""
    written = Written(node(sympy.tanh(X) * Y + Z), [(1, 5), (3, 5), (3, 5)], [False] * 3, None)
    (name,) = (call.rpartition(" ")[2].rstrip(")") for call in written.calls if call.startswith("tanh"))
    assert written.memory[name].shape == (1, 5)


def test_memory_in_between_is_given_back() -> None:
    one = elementwise(sum(sympy.tanh(k * X) * sympy.sin(k * X) for k in range(2, 12)), Tensor("a", (H, J))())
    memory = Memory("float64", _namespace())
    name = memory.new("a", (3, 5))
    write_elementwise(memory, one, [Operand(name)], memory.new("out", (3, 5)), BOUNDS)
    before = sum("empty(" in line for line in memory.lines)
    write_elementwise(memory, one, [Operand(name)], memory.new("more", (3, 5)), BOUNDS)
    assert sum("empty(" in line for line in memory.lines) == before + 1


@pytest.mark.parametrize("number", [3.0, -2.5, np.nan])
def test_a_number_fills_the_array(number: float) -> None:
    memory = Memory("float64", _namespace())
    expression = sympy.Float(number) if np.isfinite(number) else sympy.nan
    out = memory.new("out", (3, 5))
    exec("\n".join(write_elementwise(memory, Elementwise((expression,), ()), [], out, BOUNDS)), memory.namespace)
    np.testing.assert_array_equal(memory[out], np.full((3, 5), number))
