"""The matrix forms that readers of this field expect: attention, softmax and sigmoid with cross-entropy, batches, heads."""

from __future__ import annotations

import pytest

from symprop import Attention, Dense, LayerNorm, MultiHeadAttention, Network, Softmax
from symprop.face import Derivation
from symprop.notation.plain import plain


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
        ("O1", "dE_total_dO1[h] = dE_total_dy1.T @ o1[h]"),
    ],
)
def test_heads_go_by_name(quantity: str, expected: str) -> None:
    assert form(Network((5, 6), [MultiHeadAttention(3)]).derive(), quantity) == expected


def test_a_layer_norm_scales_rows_and_columns() -> None:
    derivation = Network((5, 6), [LayerNorm()]).derive()
    assert plain(derivation.matrix_view.formula("y1"), matrix=True) == ("diag(r1) @ c1 @ diag(g1) + np.ones(5) @ b1.T")
