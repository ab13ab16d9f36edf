"""Matrix formulas: read with NumPy, they mean the gradient; the four equations of a dense net as a textbook prints them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.errors import UnsupportedError, UserError
from symprop.ir.nodes import single
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.latex import latex
from symprop.notation.packs import names_for
from symprop.notation.plain import plain
from symprop.views.delta import with_adjoints
from symprop.views.evaluate import _OF_MATRICES
from symprop.views.matrix import MatrixView
from tests.derivation.nets import nets
from tests.derivation.programs import ORIGIN
from tests.derivation.test_sweep import PROGRAMS
from tests.views.derived import derived
from tests.views.reading import arrays, matrix_of


@settings(max_examples=80)
@given(nets(most_layers=3), st.integers(0, 1000))
def test_every_line_of_a_dense_net_means_its_tensor(net: NetworkSpec, seed: int) -> None:
    found = derived(net, seed=seed)
    program = found.derivation.program
    tensors = arrays(program, found.names, found.values)
    view = MatrixView(found.derivation)
    for equation in program.equations:
        expected = tensors[equation.name]
        formula = view.formula(equation.name)
        column = expected if expected.ndim == 2 else expected.reshape(-1, 1)
        got = np.broadcast_to(matrix_of(formula, tensors), column.shape)
        np.testing.assert_allclose(got, column, rtol=1e-9, atol=1e-12, err_msg=plain(formula))


def printed(*layers: Dense, loss: str = "half_squared_error") -> dict[str, str]:
    """The LaTeX of every backward line of a net of three inputs, in the textbook's notation."""
    program = NetworkSpec(3, layers, loss).elaborate()
    derivation = derive(program)
    names, view = with_adjoints(names_for(program, "textbook"), derivation), MatrixView(derivation)
    wanted = [
        e.name for e in derivation.program.equations if e.name.startswith(("dE_total_dz", "dE_total_dW", "dE_total_db"))
    ]
    return {name.removeprefix("dE_total_d"): latex(view.formula(name), names) for name in wanted}


def test_the_four_equations_of_backpropagation() -> None:
    lines = printed(Dense(4, "sigmoid"), Dense(2, "sigmoid"))
    assert lines == {
        "z2": r"(a^{(2)} - t) \odot a^{(2)} \odot (1 - a^{(2)})",
        "z1": r"(W^{(2)})^{\top} \delta^{(2)} \odot a^{(1)} \odot (1 - a^{(1)})",
        "W1": r"\delta^{(1)} x^{\top}",
        "b1": r"\delta^{(1)}",
        "W2": r"\delta^{(2)}(a^{(1)})^{\top}",
        "b2": r"\delta^{(2)}",
    }


def test_sigmoid_with_binary_cross_entropy_is_a_minus_t() -> None:
    for loss in ("binary_cross_entropy", "binary_cross_entropy_from_logits"):
        last = "sigmoid" if loss == "binary_cross_entropy" else "identity"
        derivation = derive(NetworkSpec(3, [Dense(4, "tanh"), Dense(2, last)], loss).elaborate())
        name = "dE_total_dz2"
        formula = MatrixView(derivation).formula(name)
        assert plain(formula) == ("a2 - t" if last == "sigmoid" else "p - t")


def test_a_shared_bias_is_a_sum() -> None:
    assert printed(Dense(2, "tanh", bias="layer"))["b1"] == r"\mathbf{1}^{\top} \, \delta^{(1)}"


@pytest.mark.parametrize("name", ["a function of a diagonal beside one of the whole", "a scatter onto some elements"])
def test_where_there_is_no_matrix_form_it_says_so(name: str) -> None:
    derivation = derive(PROGRAMS[name])
    with pytest.raises(UnsupportedError, match=r"has no matrix form. The index form exists for every gradient."):
        [MatrixView(derivation).formula(equation.name) for equation in derivation.program.equations]


def test_named_axes_keep_apart_from_tensors_of_one_letter() -> None:
    derivation = derive(NetworkSpec({"h": (5, 6)}, [MultiHeadAttention(3)]).elaborate())
    view = MatrixView(derivation)
    lines = [f"{plain(view.target(name))} = {plain(view.formula(name), matrix=True)}" for name in ("q1", "y1")]
    assert lines == ["q1[j] = h @ Q1[j].T", "y1 = Sum(o1[k] @ O1[:,k,:].T, k)"]


@pytest.mark.parametrize("name", [*_OF_MATRICES, "Sum", "logsumexp"])
def test_no_quantity_is_called_like_a_function_of_the_printed_forms(name: str) -> None:
    with pytest.raises(UserError, match=rf"it is a function that formulas are printed with. Write {name}_ or {name}1."):
        NetworkSpec({name: (3,)}, [Dense(2)])


def test_what_scatters_has_no_matrix_form() -> None:
    j, k = Index("j", 3), Index("k", 4)
    x, y, loss = Tensor("x", (k,), Role.PARAMETER), Tensor("y", (j,)), Tensor("E", (), Role.LOSS)
    lines = (Equation(y(), single(1, x(j.part)), ORIGIN), Equation(loss(), single(1, y(), y(), over=(j,)), ORIGIN))
    derivation = derive(Program((x,), lines, "E"))
    with pytest.raises(UnsupportedError, match=r"has no matrix form"):
        MatrixView(derivation).formula(next(e.name for e in derivation.program.equations if not e.target.plain))
