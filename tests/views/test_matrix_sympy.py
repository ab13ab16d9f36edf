"""Matrix formulas in SymPy: with entries put in, they are the gradient's entries."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.errors import UnsupportedError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.formula import Call, Symbol
from symprop.views.matrix import MatrixView
from symprop.views.matrix_sympy import matrix_expression
from tests.derivation.nets import nets
from tests.views.derived import derived
from tests.views.reading import arrays


@settings(max_examples=30)
@given(
    nets(
        activations=("sigmoid", "tanh", "identity"), losses=("half_squared_error", "mean_squared_error"), most_layers=2
    ),
    st.integers(0, 100),
)
def test_entries_are_those_of_the_gradient(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    program = found.derivation.program
    tensors = arrays(program, found.names, found.values)
    for gradient in found.derivation.gradients.values():
        expression = matrix_expression(MatrixView(found.derivation).formula(gradient), program.tensors)
        numbers = {s: sympy.Matrix(tensors[s.name].reshape(s.shape)) for s in expression.atoms(sympy.MatrixSymbol)}
        scalars = {s: float(tensors[s.name]) for s in expression.atoms(sympy.Symbol) if s.name in tensors}
        got = np.array(sympy.Matrix(sympy.sympify(expression).subs(numbers).subs(scalars).doit()).tolist(), dtype=float)
        expected = tensors[gradient].reshape(got.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_an_elementwise_function_is_refused() -> None:
    tensors = NetworkSpec(2, [Dense(3, "tanh"), Dense(1)]).elaborate().tensors
    with pytest.raises(UnsupportedError, match=r'SymPy has no matrix for this formula. Use form="index"'):
        matrix_expression(Call("sigmoid", (Symbol("z1"),)), tensors)
