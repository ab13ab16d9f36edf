"""Networks as programs: what does not fit is refused with layer and shapes, sizes are bounded, parameters are shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symprop.errors import BudgetError, UserError
from symprop.ir.tensor import Role
from symprop.layers import layer_class
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec


def layer(kind: str, *arguments: Any, **options: Any) -> Any:
    return layer_class(kind)(*arguments, **options)


def own(*equations: str, **sizes: int) -> Any:
    return layer("IndexLayer", equations, sizes=sizes)


SHAPES: list[tuple[Callable[[], NetworkSpec], str]] = [
    (
        lambda: NetworkSpec(2, [Dense(2, name="a"), Dense(3, name="b", inputs="x"), layer("Add", inputs=("a", "b"))]),
        "layer 3, Add: the inputs have different shapes (expected one shape for all, got (2,) and (3,))",
    ),
    (
        lambda: NetworkSpec({"u": (2, 3), "v": (4, 3)}, [layer("Concatenate", inputs=("u", "v"))]),
        "layer 1, Concatenate: the inputs do not fit (expected shapes that agree but in the last axis, got (2, 3) and (4, 3))",
    ),
    (
        lambda: NetworkSpec({"q": (3, 2), "k": (4, 5), "v": (4, 3)}, [layer("Attention", inputs=("q", "k", "v"))]),
        "layer 1, Attention: queries, keys and values do not fit (expected (…, s, d), (…, m, d) and (…, m, e), "
        "got (3, 2), (4, 5) and (4, 3))",
    ),
    (
        lambda: NetworkSpec(2, [Dense(3, share={"W": "V"}), Dense(4, share={"W": "V"})]),
        "layer 2, Dense: the shared parameter 'V' does not fit (expected shape (3, 2), trainable, got shape (4, 3), trainable)",
    ),
    (
        lambda: NetworkSpec(2, [Dense(2, share={"W": "V"}), Dense(2, share={"W": "V"}, trainable=False)]),
        "layer 2, Dense: the shared parameter 'V' does not fit (expected shape (2, 2), trainable, got shape (2, 2), fixed)",
    ),
    (
        lambda: NetworkSpec(2, [Dense(3, share={"Q": "V"})]),
        "layer 1, Dense: the layer has no parameter 'Q' to share. Known: W, b",
    ),
    (lambda: NetworkSpec(2, [Dense(2, share={"W": "x"})]), "layer 1, Dense: a parameter cannot be called 'x'"),
    (
        lambda: NetworkSpec((0, 3), [layer("RNN", 2)]),
        "wrong size for the input 'x', which layer 1, RNN reads (expected whole numbers from 1, got (0, 3))",
    ),
    (
        lambda: NetworkSpec((1001, 3), [layer("RNN", 2)]),
        "layer 1, RNN: wrong length of a sequence (expected from 1 to 1,000 steps, got 1001)",
    ),
    (
        lambda: NetworkSpec((1, 3, 4), [layer("Conv2d", 2, (2, 5))]),
        "layer 1, Conv2d: the kernel is larger than its input (expected a reach of at most (3, 4), padded, got (2, 5))",
    ),
    (
        lambda: NetworkSpec((1, 5), [layer("MaxPool", 2, padding=2)]),
        "layer 1, MaxPool: the padding is as large as the window (expected padding below (2,), got (2,))",
    ),
    (
        lambda: NetworkSpec((3, 4), [layer("MultiHeadAttention", 3)]),
        "layer 1, MultiHeadAttention: a dimension of 4 does not make 3 heads of one size",
    ),
    (
        lambda: NetworkSpec((3, 4), [layer("GroupNorm", 2)]),
        "layer 1, GroupNorm: 3 channels do not make 2 groups of one size",
    ),
    (
        lambda: NetworkSpec((3, 4), [layer("Conv1d", 2, 2, groups=2)]),
        "layer 1, Conv1d: 3 channels in and 2 out do not make 2 groups of one size",
    ),
    (
        lambda: NetworkSpec(3, [layer("BatchNorm"), Dense(1)]),
        "layer 1, BatchNorm: the layer takes statistics over a batch",
    ),
    (
        lambda: NetworkSpec(
            {"tok": 3},
            [
                layer("Embedding", 5, 3, inputs="tok"),
                layer("Flatten", name="f"),
                Dense(9, inputs="tok", name="d"),
                layer("Add", inputs=("f", "d")),
            ],
        ),
        "the input 'tok' is read as integers and as numbers. Make two inputs of it.",
    ),
    (
        lambda: NetworkSpec(3, [Dense(2), layer("Embedding", 5, 2)]),
        "layer 2, Embedding: integers come from an input of the network only. Name the input in the layer's inputs.",
    ),
    (
        lambda: NetworkSpec(3, [own("y[n] = Sum(x[n,i], i)")], "categorical_cross_entropy_from_logits", batch=2),
        "layer 1, IndexLayer: the loss 'categorical_cross_entropy_from_logits' joins the outputs of an example",
    ),
    (
        lambda: NetworkSpec(3, [own("y[j, n] = Sum(W[j,i]*x[n,i], i)", j=2)], batch=4),
        "layer 1, IndexLayer: the first axis of 'y' is not that of the batch",
    ),
    (
        lambda: NetworkSpec(3, [own("y[j] = Sum(W[j,i]*x[n,i], n, i)", j=4)], batch=4),
        "layer 1, IndexLayer: the first axis of 'y' is not that of the batch",
    ),
    (
        lambda: NetworkSpec(3, [own("q[n,i] = x[n,i]", "y[..., i, n] = q[..., n, i]")], batch=4),
        "layer 1, IndexLayer: the first axis of 'y' is not that of the batch",
    ),
    (
        lambda: NetworkSpec(3, [own("e[v,d] = E[v,d]", "y[s,d] = x[s]*e[x[s],d]", v=5, d=2)]),
        "layer 1, IndexLayer: equation 'y[s,d] = x[s]*e[x[s],d]': 'x' is read as integers and as numbers",
    ),
    (
        lambda: NetworkSpec(3, [Dense(4), own("e[v,d] = E[v,d]", "y[s,d] = e[x[s],d]", v=5, d=2)]),
        "layer 2, IndexLayer: integers come from an input of the network only. Name the input in the layer's inputs.",
    ),
    (
        lambda: NetworkSpec(3, [own("e[v,d] = E[v,d]", "y[s,d] = x[s]*e[tok[s],d]", v=5, d=2)]),
        "layer 1, IndexLayer: equation 'y[s,d] = x[s]*e[tok[s],d]': 'tok' stands between brackets "
        "(expected an input of integers, got parameter). Integers are read from an input of the network.",
    ),
    (
        lambda: NetworkSpec(3, [own("e[v,d] = E[v,d]", "q[s] = 2*x[s]", "y[s,d] = e[q[s],d]", v=5, d=2)]),
        "layer 1, IndexLayer: equation 'y[s,d] = e[q[s],d]': 'q' stands between brackets "
        "(expected an input of integers, got intermediate)",
    ),
    (
        lambda: NetworkSpec(3, [own("e[v,d] = E[v,d]", "y[s,d] = e[x[s - 1],d]", v=5, d=2, s=3)]),
        "layer 1, IndexLayer: equation 'y[s,d] = e[x[s - 1],d]': integers of 'x', whose shape is (3,), are read out of range",
    ),
    (
        lambda: NetworkSpec(3, [Dense(3), own("y[j] = W1[j]*x[j]"), *[Dense(3)] * 10]),
        "layer 2, IndexLayer: 'W1' is 'W12' in the network, which a quantity of layer 12, Dense is called as well. Rename 'W1'",
    ),
    (
        lambda: NetworkSpec(3, [layer("IndexLayer", ("s[j] = W[j]*x[j]", "y[j] = 2*s[j]"), activation="mish")]),
        "layer 1, IndexLayer: equation 's[j] = W[j]*x[j]': 's' is 's1' in the network, "
        "which a part of its activation 'mish' is called as well. Rename 's'",
    ),
    (
        lambda: NetworkSpec(3, [layer("IndexLayer", ("y[j] = a[j]*x[j]",), activation="tanh")]),
        "layer 1, IndexLayer: 'a' is 'a1' in the network, which the output of its activation 'tanh' is called "
        "as well. Rename 'a'",
    ),
    (
        lambda: NetworkSpec(
            3, [Dense(3), own("y1[j] = W[j]*x[j]", "y[j] = y1[j]"), *[Dense(3)] * 9, own("y[j] = x[j]")]
        ),
        "layer 2, IndexLayer: equation 'y1[j] = W[j]*x[j]': 'y1' is 'y12' in the network",
    ),
    (
        lambda: NetworkSpec(3, [layer("LayerNorm", l2=0.5)]),
        "layer 1, LayerNorm: l2 finds nothing to penalise (expected weights that are trained). Leave l2 out.",
    ),
    (
        lambda: NetworkSpec(3, [layer("Activation", "tanh", l1=0.5)]),
        "layer 1, Activation: l1 finds nothing to penalise (expected weights that are trained). Leave l1 out.",
    ),
    (
        lambda: NetworkSpec(3, [Dense(2, l2=0.25, trainable=False), Dense(1)]),
        "layer 1, Dense: l2 finds nothing to penalise (expected weights that are trained). Leave l2 out.",
    ),
    (
        lambda: NetworkSpec(3, [layer("IndexLayer", ("y[j] = w[j]*x[j]",), l2=0.5)]),
        "layer 1, IndexLayer: l2 finds nothing to penalise (expected weights that are trained). "
        "Name the weights that it is on under penalised.",
    ),
]


@pytest.mark.parametrize(("make", "message"), SHAPES, ids=[message[:60] for _, message in SHAPES])
def test_what_does_not_fit_is_refused(make: Callable[[], NetworkSpec], message: str) -> None:
    with pytest.raises(UserError) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert caught.value.remedy, "it does not say what to do"


RANKS = [
    ("Dense", (2,), (), "(…, features), got shape ()"),
    ("Softmax", (), (), "(…, classes), got shape ()"),
    ("LogSoftmax", (), (), "(…, classes), got shape ()"),
    ("LayerNorm", (), (), "(…, features), got shape ()"),
    ("RMSNorm", (), (), "(…, features), got shape ()"),
    ("GroupNorm", (1,), (), "(channels, …), got shape ()"),
    ("Conv1d", (2, 2), (4,), "(channels, extent), got shape (4,)"),
    ("Conv2d", (2, 2), (1, 4), "(channels, extent, extent), got shape (1, 4)"),
    ("MaxPool", (2,), (4,), "(channels, extent, …), got shape (4,)"),
    ("AvgPool", (2,), (4,), "(channels, extent, …), got shape (4,)"),
    ("GlobalAvgPool", (), (4,), "(channels, extent, …), got shape (4,)"),
    ("MultiHeadAttention", (2,), (4,), "(…, positions, dimension), got shape (4,)"),
    *((kind, (2,), (4,), "(…, steps, features), got shape (4,)") for kind in ("RNN", "LSTM", "GRU")),
]


@pytest.mark.parametrize(("kind", "arguments", "shape", "message"), RANKS, ids=[rank[0] for rank in RANKS])
def test_too_few_axes_are_refused(kind: str, arguments: tuple[int, ...], shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(shape, [layer(kind, *arguments)])
    assert str(caught.value).startswith(f"layer 1, {kind}: the input has ")
    assert message in str(caught.value)


def test_sizes_are_bounded_and_the_layer_is_named() -> None:
    with pytest.raises(
        BudgetError, match=r"^layer 1, Conv2d: the layer is too large \(expected at most 1,000,000 units, got 5,"
    ):
        NetworkSpec((1, 1000, 1000), [layer("Conv2d", 5, 1)])
    with pytest.raises(BudgetError, match=r"^layer 1, IndexLayer: an equation of the layer is too large"):
        NetworkSpec(3, [own("q[a,b,c] = x[0]*W[a]*V[b]*U[c]", "y[a] = q[a,0,0]", a=1000, b=1000, c=1000)])


def test_one_parameter_serves_layers_of_different_kinds() -> None:
    """Its axes go by other letters in each; two uses within a layer are one parameter too."""
    rnn = layer("RNN", 2, share={"W": "V", "U": "V"})
    program = NetworkSpec((3, 2), [rnn, Dense(2, share={"W": "V"})]).elaborate()
    assert [(p.name, p.extents) for p in program.with_role(Role.PARAMETER)] == [
        ("V", (2, 2)),
        ("b1", (2,)),
        ("b2", (2,)),
    ]


def test_penalties_of_weights_of_unequal_shapes() -> None:
    program = NetworkSpec((3, 4), [layer("RNN", 2, l1=0.5, l2=0.25)]).elaborate()
    (penalty,) = (equation for equation in program.equations if equation.name == "R1")
    assert [len(term.over) for term in penalty.value.terms] == [2, 2, 2, 2]


def test_a_hidden_softmax_and_a_joint_loss_keep_their_names_apart() -> None:
    from symprop.notation.packs import check_names

    for loss in ("categorical_cross_entropy_from_logits", "kl_divergence_from_logits"):
        check_names(NetworkSpec(3, [layer("Softmax"), Dense(3)], loss).elaborate())
