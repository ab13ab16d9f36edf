"""The matrix forms that readers of this field expect: attention, softmax and sigmoid with cross-entropy, batches, heads."""

from __future__ import annotations

import pytest

from symprop import Add, Attention, BatchNorm, Dense, IndexLayer, LayerNorm, MultiHeadAttention, Network, Softmax
from symprop.face import Derivation
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.views.agreement import compare_views
from symprop.views.certificate import certify


def form(derivation: Derivation, quantity: str) -> str:
    """The line of a quantity's adjoint, as matrices."""
    name = derivation.core.adjoint(quantity)
    view = derivation.matrix_view
    return f"{plain(view.target(name), matrix=True)} = {plain(view.formula(name), matrix=True)}"


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("v", "dE_total_dv = P1.T @ dE_total_do1"),
        ("P1", "dE_total_dP1 = dE_total_do1 @ v.T"),
        ("S1", "dE_total_dS1 = P1 * (dE_total_dP1 - rowsum(dE_total_dP1 * P1) @ np.ones(4).T)"),
        ("q", "dE_total_dq = scale1*(dE_total_dS1 @ k)"),
        ("k", "dE_total_dk = scale1*(dE_total_dS1.T @ q)"),
    ],
)
def test_attention(quantity: str, expected: str) -> None:
    """P = softmax(QKᵀ/√d), O = PV: V̄ = PᵀŌ, P̄ = ŌVᵀ, S̄ = P ⊙ (P̄ - rowsum(P̄ ⊙ P)), Q̄ = S̄K/√d, K̄ = S̄ᵀQ/√d."""
    shapes = {"q": (3, 2), "k": (4, 2), "v": (4, 5)}
    net = Network(shapes, [Attention(inputs=("q", "k", "v"))], "half_squared_error")
    assert form(net.derive(["q", "k", "v"]), quantity) == expected


@pytest.mark.parametrize(
    ("layers", "loss", "quantity", "expected"),
    [
        ([Dense(4), Softmax()], "categorical_cross_entropy", "z1", "dE_total_dz1 = p2 - t"),
        ([Dense(4)], "categorical_cross_entropy_from_logits", "z1", "dE_total_dz1 = p - t"),
        ([Dense(4, "sigmoid")], "binary_cross_entropy", "z1", "dE_total_dz1 = a1 - t"),
        (
            [Dense(4, "tanh"), Dense(2)],
            "half_squared_error",
            "z1",
            "dE_total_dz1 = (W2.T @ dE_total_dz2) * (1 - a1**2)",
        ),
        ([Dense(4, "tanh"), Dense(2)], "half_squared_error", "W2", "dE_total_dW2 = dE_total_dz2 @ a1.T"),
    ],
)
def test_short_forms(layers: list[Dense], loss: str, quantity: str, expected: str) -> None:
    assert form(Network(3, layers, loss).derive(), quantity) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("W1", "dE_total_dW1 = dE_total_dz1.T @ x"),
        ("b1", "dE_total_db1 = colsum(dE_total_dz1)"),
        ("z1", "dE_total_dz1 = (dE_total_dz2 @ W2) * (1 - a1**2)"),
    ],
)
def test_a_batch_is_a_matrix(quantity: str, expected: str) -> None:
    assert form(Network(3, [Dense(4, "tanh"), Dense(2)], batch=5).derive(), quantity) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("S1", "dE_total_dS1[h] = P1[h] * (dE_total_dP1[h] - rowsum(dE_total_dP1[h] * P1[h]) @ np.ones(5).T)"),
        ("O1", "dE_total_dO1[:,h,:] = dE_total_dy1.T @ o1[h]"),
        ("o1", "dE_total_do1[h] = dE_total_dy1 @ O1[:,h,:]"),
    ],
)
def test_heads_go_by_name(quantity: str, expected: str) -> None:
    assert form(Network((5, 6), [MultiHeadAttention(3)]).derive(), quantity) == expected


def test_a_layer_norm_scales_rows_and_columns() -> None:
    derivation = Network((5, 6), [LayerNorm()]).derive()
    assert plain(derivation.matrix_view.formula("y1"), matrix=True) == ("diag(r1) @ c1 @ diag(g1) + np.ones(5) @ b1.T")


@pytest.mark.parametrize(
    ("layer", "name", "expected"),
    [
        (LayerNorm(), "dE_total_dg1", "(dE_total_dy1 * c1).T @ r1"),
        (LayerNorm(), "v1", "1/6*rowsum(c1 * c1)"),
        (BatchNorm(), "v1", "1/5*colsum(c1 * c1)"),
        (BatchNorm(), "dE_total_dg1", "colsum(dE_total_dy1 * c1) * r1"),
    ],
)
def test_no_more_transposes_than_needed(layer: LayerNorm | BatchNorm, name: str, expected: str) -> None:
    net = Network((5, 6), [layer]) if isinstance(layer, LayerNorm) else Network(6, [layer], batch=5)
    assert plain(net.derive().matrix_view.formula(name), matrix=True) == expected


@pytest.mark.parametrize(
    ("equations", "shape", "name", "expected"),
    [
        (["y[s] = LogSumExp(x[s,k], k)"], (3, 4), "y1", "log(rowsum(exp(x)))"),
        (["y[k] = LogSumExp(x[s,k], s)"], (3, 4), "y1", "log(colsum(exp(x)))"),
        (["y[h] = LogSumExp(x[s,h,k], s, k)"], (3, 2, 4), "y1", "log(Sum(rowsum(exp(x[s])), s))"),
        (["l = LogSumExp(x[s,k], s, k)", "y[j] = l*w[j]"], (3, 4), "l1", "log(total(exp(x)))"),
        (["l = LogSumExp(x[k], k)", "y[j] = l*w[j]"], (4,), "l1", "log(np.ones(4).T @ exp(x))"),
    ],
)
def test_a_logsumexp_says_what_it_sums(equations: list[str], shape: tuple[int, ...], name: str, expected: str) -> None:
    sizes = {"j": 2} if len(equations) > 1 else {}
    derivation = Network(shape, [IndexLayer(equations, sizes=sizes)]).derive(["x"])
    assert plain(derivation.matrix_view.formula(name), matrix=True) == expected
    (found,) = [each for each in compare_views(derivation.core, derivation.names) if each.form == "matrix"][-1:]
    assert found.error < 1e-40


def test_a_maximum_has_no_matrix_form() -> None:
    assert not Network((3, 4), [IndexLayer(["y[s] = Max(x[s,k], k)"])]).derive(["x"]).matrix_view.has("y1")


GATE = IndexLayer(
    [
        "z[j] = Sum(W[j,k]*x[k], k)",
        "v[j] = Sum(V[j,k]*x[k], k)",
        "u[j] = sigmoid(z[j])",
        "g[j] = tanh(v[j])",
        "y[j] = (1 - u[j])*g[j] + u[j]*h[j]",
    ],
    sizes={"j": 4},
)


@pytest.mark.parametrize(
    ("net", "quantity", "by_index", "by_matrix"),
    [
        (
            Network(3, [Dense(4)], "categorical_cross_entropy_from_logits", batch=5),
            "z1",
            "1/5*(p[n,j] - t[n,j])",
            "1/5 * (p - t)",
        ),
        (
            Network({"q": (3, 2), "k": (4, 2), "v": (4, 5)}, [Attention(inputs=("q", "k", "v"))]),
            "S1",
            "P1[s,m]*(dE_total_dP1[s,m] - Sum(dE_total_dP1[s,j]*P1[s,j], j))",
            "P1 * (dE_total_dP1 - rowsum(dE_total_dP1 * P1) @ np.ones(4).T)",
        ),
        (
            Network(3, [GATE]),
            "v1",
            "dE_total_dy1[j]*(1 - u1[j])*(1 - g1[j]**2)",
            "dE_total_dy1 * (1 - u1) * (1 - g1**2)",
        ),
    ],
)
def test_what_terms_have_in_common_stands_once(net: Network, quantity: str, by_index: str, by_matrix: str) -> None:
    derivation = net.derive(["q", "k", "v"] if quantity == "S1" else None)
    name = derivation.core.adjoint(quantity)
    assert plain(derivation.index_view.formula(name)) == by_index
    assert plain(derivation.matrix_view.formula(name), matrix=True) == by_matrix


@pytest.mark.parametrize(
    ("quantity", "by_matrix", "by_index"),
    [
        ("p2", r"\exp(y^{(1)} - l^{(2)} \mathbf{1}^{\top})", r"e^{y^{(1)}_{jk} - l^{(2)}_{j}}"),
        ("l2", r"\log\bigl(\mathop{\mathrm{rowsum}}\bigl(\exp(y^{(1)})\bigr)\bigr)", r"\log \sum_{k} e^{y^{(1)}_{jk}}"),
        ("E", r"(t - p^{(2)})^{\odot 2}", r"(t_{jk} - p^{(2)}_{jk})^{2}"),
    ],
)
def test_what_goes_by_elements_cannot_be_taken_for_a_matrix_function(
    quantity: str, by_matrix: str, by_index: str
) -> None:
    derivation = Network((5, 6), [LayerNorm(), Softmax()], "squared_error").derive()
    assert latex(derivation.matrix_view.formula(quantity), derivation.names) == by_matrix
    assert latex(derivation.index_view.formula(quantity), derivation.names) == by_index


def test_a_scalar_beside_arrays_is_no_array() -> None:
    layer = IndexLayer(["y[j] = 1 - exp(s)*s**2*x[j]*x[j]"])
    derivation = Network((4,), [layer]).derive()
    formula = derivation.matrix_view.formula("y1")
    assert plain(formula, matrix=True) == "1 - s1**2*exp(s1)*x**2"
    assert latex(formula, derivation.names) == r"1 - s_{1}^{2} \cdot e^{s_{1}} \cdot x^{\odot 2}"


@pytest.mark.parametrize("residual", [False, True])
def test_attention_behind_an_activation(residual: bool) -> None:
    """The adjoint of the activation is written out, with the heads that it sums over by name."""
    layers = [
        Dense(4, "tanh", name="h"),
        MultiHeadAttention(2, name="m"),
        *([Add(inputs=("h", "m"))] if residual else []),
    ]
    derivation = Network((3, 2), layers).derive()
    found = plain(derivation.matrix_view.formula("dE_total_dz1"), matrix=True)
    heads = " + ".join(f"Sum(dE_total_d{name}2[k] @ {name.upper()}2[k], k)" for name in "qkv")
    assert found == f"({heads}{' + dE_total_dy3' if residual else ''}) * (1 - a1**2)"
    assert certify(derivation.core, derivation.names).ok
