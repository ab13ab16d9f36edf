"""Expressions over arrays: the evaluated numbers at every position, nothing overwritten that lives, memory given back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.backends.numpy import elementwise as elementwise_module
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
SPECIAL = [0.0, 0.5, -1.25, 3.0, np.inf, -np.inf, np.nan]
CHOICES = [
    sympy.Piecewise((X, Y > Z), (Z, True)), sympy.Piecewise((0, X > Y), (Z, True)), sympy.Piecewise((Z, X > Y), (0, True)),
    sympy.Piecewise((X, X > Y), (Y, True)), sympy.Piecewise((Y, X > Y), (X, True)), sympy.Piecewise((2, X < 1), (Y, True)),
    sympy.Piecewise((Y, X < 1), (-3, True)), sympy.Piecewise((0, X > 0), (1, True)), sympy.Piecewise((1, X > 0), (0, True)),
    sympy.Piecewise((X, Y > Z), (Y, Z > 0), (Z, X > Y), (0, True)), sympy.Piecewise((sympy.Abs(X), Y > 0), (-Z, True)),
    sympy.Piecewise((sympy.nan, X > 0), (Y, True)), sympy.Piecewise((X, (Y > 0) | (Z > 0))),
]  # fmt: skip


def node(expression: Any, *more: Any) -> Elementwise:
    """An Elementwise over three operands, all of which it lists."""
    tensors = [Tensor(name, (H, J)) for name in "abc"]
    return Elementwise((expression, *more), tuple(tensor() for tensor in tensors))


class Written:
    """One node over arrays of given shapes, written and run."""

    def __init__(
        self,
        one: Elementwise,
        shapes: list[tuple[int, ...]],
        dies: list[bool],
        target: int | None,
        dtype: str = "float64",
        special: bool = False,
    ) -> None:
        self.memory = Memory(dtype, _namespace())
        names = [self.memory.array(f"a{k}", shape) for k, shape in enumerate(shapes)]
        random = np.random.default_rng(4)
        for name in names:
            shape = self.memory[name].shape
            self.memory[name][...] = random.choice(SPECIAL, shape) if special else random.uniform(-2, 2, shape)
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


MANY = st.sampled_from([1, elementwise_module._MANY])  # whether choices are made on bits or by a mask


@settings(max_examples=160)
@given(
    MANY,
    st.sampled_from([*EXPRESSIONS, *MORE]),
    st.lists(st.sampled_from(SHAPES), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.sampled_from([None, None, 0, 1, 2]),
)
def test_every_position_has_its_number(
    many: int, expression: Any, shapes: list[tuple[int, ...]], dies: list[bool], target: int | None
) -> None:
    """Whatever the shapes, whatever dies, and though the target is one of the operands."""
    one = node(expression)
    if target is not None:
        shapes[target], dies[target] = (3, 5), False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elementwise_module, "_MANY", many)
        written = Written(one, shapes, dies, target)
    found = written.memory[written.place]
    np.testing.assert_allclose(found, written.expected(one), rtol=1e-12, atol=1e-13)
    for number, (before, after) in enumerate(zip(written.before, written.after, strict=True)):
        if not dies[number] and number != target:
            np.testing.assert_array_equal(before, after)


@settings(max_examples=160)
@given(
    MANY,
    st.sampled_from(["float64", "float32"]),
    st.sampled_from(CHOICES),
    st.lists(st.sampled_from(SHAPES), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.sampled_from([None, None, 0, 1, 2]),
)
def test_choices_keep_every_bit(
    many: int, dtype: str, expression: Any, shapes: list[tuple[int, ...]], dies: list[bool], target: int | None
) -> None:
    """Infinities and NaN on either side, zero as either, and though the target is one of the operands."""
    one = node(expression)
    if target is not None:
        shapes[target], dies[target] = (3, 5), False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elementwise_module, "_MANY", many)
        written = Written(one, shapes, dies, target, dtype, special=True)
    assert any("bitwise" in call for call in written.calls) == (many == 1)
    found = written.memory[written.place]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, written.expected(one))


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
