"""Matrix formulas in SymPy: with entries put in, they are the gradient's entries; what SymPy has no matrix for is refused."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symprop
from symprop.derivation.known import first_known
from symprop.derivation.sweep import derive
from symprop.errors import UnsupportedError
from symprop.ir.program import Program
from symprop.layers.layer import Layer
from symprop.network import NetworkSpec
from symprop.notation.formula import (
    Call,
    Cases,
    Comparison,
    Entry,
    Formula,
    Number,
    Power,
    Product,
    Quotient,
    Sign,
    Summation,
    Symbol,
)
from symprop.views.functions import declared_functions
from symprop.views.matrix import MatrixView
from symprop.views.matrix_sympy import matrix_expression
from symprop.views.tree import walk
from tests.layers.networks import Network, networks


def entries(expression: Any, known: Mapping[str, Any]) -> Any:
    """The numbers of a matrix expression with those of its symbols put in."""
    expression = sympy.sympify(expression)
    symbols = expression.atoms(sympy.MatrixSymbol) | {s for s in expression.free_symbols if s.is_Symbol}
    given = {s: _filled(s, known[s.name]) for s in symbols if s.name in known}
    found = expression.subs(given).replace(sympy.Trace, lambda matrix: matrix.as_explicit().trace()).doit()
    explicit = found.as_explicit() if isinstance(found, sympy.MatrixExpr) else sympy.Matrix([found])
    return np.array(explicit.doit().tolist(), dtype=float)


def _filled(symbol: Any, array: Any) -> Any:
    numbers = [sympy.Float(str(number), 30) for number in np.ravel(array)]
    return sympy.ImmutableMatrix(*symbol.shape, numbers) if isinstance(symbol, sympy.MatrixSymbol) else numbers[0]


def check(program: Program, seed: int) -> list[Formula]:
    """Holds every gradient that SymPy has a matrix for against its numbers; those that it has none for."""
    found = first_known(derive(program, [*(t.name for t in program.trainable), *defined(program)]), 30, seed)
    view, tensors, refused = MatrixView(found.derivation), found.derivation.program.tensors, []
    for name in found.derivation.gradients.values():
        if not view.has(name) or isinstance(view.target(name), Entry):
            continue
        formula = view.formula(name)
        try:
            expression = matrix_expression(formula, tensors, declared_functions(found.derivation.program))
        except UnsupportedError:
            refused.append(formula)
            continue
        got, expected = entries(expression, found.values), found.values[name].astype(float)
        got = got.ravel() if got.size > 1 else np.full(expected.size, got.item())  # a number is of any shape
        np.testing.assert_allclose(got, expected.ravel(), rtol=1e-9, atol=1e-12)
    assert all(has_none(formula, program) for formula in refused), refused
    return refused


def defined(program: Program) -> list[str]:
    """What every element of has its own gradient: the outputs of layers."""
    return [equation.name for equation in program.equations if not equation.abbreviation][-6:]


def has_none(formula: Formula, program: Program) -> bool:
    """Whether a formula speaks of more than SymPy's matrices: tensors of three axes, choices between several matrices."""
    parts = list(walk(formula))
    axes = (
        len(program.tensors[p.tensor].extents) for p in parts if isinstance(p, Entry) and p.tensor in program.tensors
    )
    choices = [list(walk(part)) for part in parts if isinstance(part, Cases)]
    several = any(len({each for each in choice if isinstance(each, Symbol | Entry)}) > 1 for choice in choices)
    return any(isinstance(part, Summation) for part in parts) or any(n > 2 for n in axes) or several


@settings(max_examples=20, deadline=None)
@given(networks(most_layers=2), st.integers(0, 100))
def test_entries_are_those_of_the_gradient(net: Network, seed: int) -> None:
    check(net.spec.elaborate(net.training), seed)


LAYERS: list[tuple[Any, Layer, str]] = [
    ({"Q": (3, 2), "K": (4, 2), "V": (4, 5)}, symprop.Attention(inputs=("Q", "K", "V")), "half_squared_error"),
    (4, symprop.Softmax(), "half_squared_error"),
    (3, symprop.Dense(4, "relu", l1=0.1), "categorical_cross_entropy_from_logits"),
    (3, symprop.Dense(1, "gelu", l2=2), "log_cosh"),
    ((3, 2), symprop.LSTM(4), "squared_error"),
    ((3, 2), symprop.GRU(4), "absolute_error"),
    ((3, 4), symprop.LayerNorm(), "huber"),
]


@pytest.mark.parametrize(("inputs", "layer", "loss"), LAYERS, ids=[type(layer).__name__ for _, layer, _ in LAYERS])
def test_what_has_one_matrix_has_one_in_sympy(inputs: Any, layer: Layer, loss: str) -> None:
    assert not check(NetworkSpec(inputs, [layer], loss).elaborate(), 3)


def test_rows_columns_and_totals() -> None:
    tensors = NetworkSpec((3, 4), [symprop.Dense(2)]).elaborate().tensors
    known = {"x": np.arange(12).reshape(3, 4), "W1": np.arange(8).reshape(2, 4), "b1": np.array([5, 7])}
    for formula, expected in (
        (Call("rowsum", (Symbol("W1"),)), [[6], [22]]),
        (Call("colsum", (Symbol("W1"),)), [[4], [6], [8], [10]]),
        (Call("total", (Symbol("W1"),)), [[28]]),
        (Call("total", (Symbol("b1"),)), [[12]]),
        (Entry("x", ("2",)), [[4], [5], [6], [7]]),
        (Entry("x", (":", "2")), [[1], [5], [9]]),
        (Entry("x", ("3", "1")), [[8]]),
        (Entry("b1", ("2",)), [[7]]),
        (Quotient(Number(Fraction(35)), Symbol("b1")), [[7], [5]]),
        (Product((Symbol("b1"), Entry("b1", ("1",)), Symbol("b1")), Sign.HADAMARD), [[125], [245]]),
        (Power(Symbol("b1"), Number(Fraction(3))), [[125], [343]]),
    ):
        assert entries(matrix_expression(formula, tensors), known).tolist() == expected, formula


def test_what_sympy_cannot_hold_is_refused() -> None:
    """A choice between elements of two matrices, a slice at a named place, a function that nothing declares."""
    tensors = NetworkSpec((3, 4), [symprop.Dense(2)]).elaborate().tensors
    x, z = Symbol("x"), Symbol("z1")
    for formula in (Cases(((z, Comparison("<", x, z)), (x, None))), Entry("x", ("n",)), Call("unknown", (z,))):
        with pytest.raises(UnsupportedError, match=r'SymPy has no matrix for this formula. Use form="index"'):
            matrix_expression(formula, tensors)
