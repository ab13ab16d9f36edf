"""A user's own layer: it gets what the built-in ones get, and text that means no good is refused and never run."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symprop
from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.errors import UserError
from symprop.ir.tensor import Role
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.own import MOST_EQUATIONS, IndexLayer
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from tests.layers.spelled import evaluated

AS_TYPED = "y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]"


def test_the_affine_layer_as_typed() -> None:
    """In a batch, and on a matrix; with an activation, shared and fixed, penalised, printed in each form, verified."""
    layer = IndexLayer((AS_TYPED,), {"j": 2}, activation="tanh", l2=0.5, penalised="W", share={"b": "bias"})
    for spec in (NetworkSpec(3, [layer, Dense(4)], batch=5), NetworkSpec((5, 3), [layer, Dense(4)])):
        program = spec.elaborate()
        assert [(p.name, p.extents) for p in program.trainable] == [
            ("W1", (2, 3)),
            ("bias", (2,)),
            ("W2", (4, 2)),
            ("b2", (4,)),
        ]
        assert verify(derive(program), names_for(program)).ok
    fixed = NetworkSpec(3, [IndexLayer((AS_TYPED,), {"j": 2}, trainable=False)], batch=5)
    assert fixed.elaborate().trainable == ()


def test_the_affine_layer_is_the_dense_one() -> None:
    own = NetworkSpec((5, 3), [IndexLayer((AS_TYPED,), {"j": 2})])
    built_in = NetworkSpec((5, 3), [Dense(2)])
    steps = [[(step.rule, len(step.over)) for step in derive(spec.elaborate()).steps] for spec in (own, built_in)]
    assert [step for step in steps[1] if step[0] != "elementwise"] == [
        step for step in steps[0] if step[0] != "elementwise"
    ]


def test_it_prints_in_every_form() -> None:
    net = symprop.Network(inputs=3, layers=[IndexLayer((AS_TYPED,), {"j": 2})], batch=5)
    derivation = net.derive()
    assert "x" in str(derivation.gradient("W1", form="matrix"))
    assert derivation.gradient("W1", form="index") is not None


def test_nothing_runs(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    for call in (
        f"__import__('os').system('touch {witness}')",
        f"open('{witness}', 'w')",
        f"[open('{witness}','w') for _ in x]",
    ):
        for text in (
            f"y[i] = {call}",
            f"y[{call}] = x[i]",
            f"{call}[i] = x[i]",
            f"y[i] = Sum({call}, i)",
            f"y[i] = x[{call}]",
        ):
            with pytest.raises(UserError):
                IndexLayer((text,))
    assert not witness.exists()


HOSTILE = {
    "long": "y[i] = " + "x[i] + " * 5000 + "x[i]",
    "deep brackets": "y[i] = " + "(" * 900 + "x[i]" + ")" * 900,
    "deep folds": "y = " + "Sum(" * 200 + "x[i]" + ", i)" * 200,
    "deep places": "y[i] = " + "x[" * 400 + "i" + "]" * 400,
    "many unary signs": "y[i] = " + "-" * 1900 + "x[i]",
    "huge power": "y[i] = x[i]*9**9**9**9",
    "huge number": "y[i] = x[i]*" + "9" * 1500,
    "keyword": "lambda[i] = x[i]",
    "keyword index": "y[for] = x[for]",
    "reserved": "sum[i] = x[i]",
    "unicode name": "η[i] = x[i]",
    "unicode index": "y[ı] = x[ı]",
    "unicode operator": "y[i] = x[i] − 1",
    "null": "y[i] = x[i]\0",
    "newline": "y[i] = x[i]\nimport os",
    "semicolon": "y[i] = x[i]; z[i] = x[i]",
    "walrus": "y[i] = (z := x[i])",
    "lambda": "y[i] = (lambda: x[i])()",
    "attribute": "y[i] = x.__class__[i]",
    "text": "y[i] = 'x'[i]",
    "slice": "y[i] = x[1:2]",
    "star": "y[i] = x[*i]",
    "keyword argument": "y = Sum(x[i], i, key=i)",
    "fold without index": "y = Sum(x[0])",
    "fold over a number": "y = Sum(x[i], 3)",
    "fold of nothing": "y = Sum()",
    "two equals": "y[i] = x[i] = x[i]",
    "no equals": "y[i]",
    "empty": "",
    "comparison": "y[i] = x[i] < 3",
    "complex": "y[i] = 1j*x[i]",
    "integers by integers": "y[i] = w[x[x[i]]]",
    "integers on the left": "y[x[i]] = w[i]",
    "division of indices": "y[i] = x[i/2]",
    "unknown function": "y[i] = frobnicate(x[i])",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(3, [IndexLayer((text,))])
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": {"q": 3}}, "IndexLayer: no equation uses 'q'. Known: i, j."),
        ({"numbers": {"c": 2}}, "IndexLayer: no equation uses 'c'. Known: "),
        ({"sizes": {"j": 2, "W": 3}}, "IndexLayer: no equation uses 'W'"),
    ],
)
def test_what_is_given_and_not_used_is_refused(options: dict[str, Any], message: str) -> None:
    options = {"sizes": {"j": 2}, **options} if "sizes" not in options else options
    with pytest.raises(UserError) as caught:
        NetworkSpec(3, [IndexLayer(("y[j] = Sum(W[j,i]*x[i], i)",), **options)])
    assert message in str(caught.value)
    NetworkSpec(3, [IndexLayer(("y[j] = Sum(x[i]*k, i, p)",), sizes={"j": 2, "p": 5}, numbers={"k": 0.5})])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"equations": 3}, "IndexLayer: wrong value for equations (expected a list of texts, got 3)"),
    ({"equations": ()}, f"wrong number of equations (expected from 1 to {MOST_EQUATIONS}, got 0)"),
    (
        {"equations": (3,)},
        "IndexLayer: equation 1: an equation must be text (expected at most 2000 characters, got int)",
    ),
    (
        {"equations": ("y[i] = x[i]", "z[i] = Sum(x[i], i, i)")},
        "IndexLayer: equation 2: index 'i' is summed twice (got Sum(x[i], i, i)). Name each index once",
    ),
    (
        {"equations": ("y[i] = x[i]", "z[i] = y[i]", "y[i] = 2*z[i]")},
        "IndexLayer: equation 3: 'y' is defined twice. Give one of the two another name.",
    ),
    ({"equations": "y[i] = x[i]", "sizes": 3}, "IndexLayer: wrong value for sizes (expected a table"),
    (
        {"equations": "y[i] = x[i]", "sizes": {"i": True}},
        "wrong size for index 'i' (expected a whole number from 1, got True)",
    ),
    (
        {"equations": "y[i] = k*x[i]", "numbers": {"k": float("nan")}},
        "wrong value for 'k' (expected a finite number, got nan)",
    ),
    ({"equations": "y[i] = k*x[i]", "numbers": {"k": "a"}}, "wrong value for 'k' (expected a finite number, got 'a')"),
    ({"equations": "y[i] = k*x[i]", "numbers": {"lambda": 1}}, "'lambda' cannot be a name: it is a Python keyword"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        IndexLayer(**options)
    assert str(caught.value).startswith(message)


NUMBERS: list[tuple[str, dict[str, Any], str]] = [
    (
        "y[j] = w*x[j]",
        {"numbers": {"x": 2}},
        "IndexLayer: 'x' is a number and an input. Give one of them another name.",
    ),
    (
        "y[j] = w*x1[j]*x2[j]",
        {"numbers": {"x2": 2}, "inputs": ("p", "q")},
        "IndexLayer: 'x2' is a number and an input.",
    ),
    ("y[j] = y*x[j]", {"numbers": {"y": 2}}, "IndexLayer: 'y' is a number and an equation's left side."),
    ("y[j] = w*x[j]", {"numbers": {"j": 2}, "sizes": {"j": 3}}, "IndexLayer: 'j' is a number and an index."),
]
MISPLACED: list[tuple[str, float, str]] = [
    ("y[j] = c[j]*x[j]", 2, "'c' is a number, and has no indices. Write c alone."),
    ("y[j] = c[...]*x[j]", 2, "'c' is a number, and has no indices. Write c alone."),
    ("y[j] = c*Sum(2*x[c], c)*x[j]", 2, "'c' is a number, and Sum runs over it. Use another letter for the index."),
    ("y[j] = x[j]/c", 0, "the equation has no real value (got c = 0)"),
    ("y[j] = x[j]*Sum(log(c)*x[i], i)", 0, "the equation has no real value (got c = 0)"),
    ("y[j] = x[j]*sqrt(c)", -2, "the equation has no real value (got c = -2)"),
    ("y[j] = W[c]*x[j]", 1, "the shape of 'W' cannot be told from its indices"),
]


@pytest.mark.parametrize(("equation", "options", "message"), NUMBERS, ids=[message[12:] for *_, message in NUMBERS])
def test_a_number_has_a_name_of_its_own(equation: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        IndexLayer((equation,), **options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("equation", "c", "message"), MISPLACED, ids=[equation for equation, *_ in MISPLACED])
def test_a_number_is_refused_where_none_can_stand(equation: str, c: float, message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(3, [IndexLayer((equation,), numbers={"c": c})])
    assert str(caught.value).startswith(f"layer 1, IndexLayer: equation '{equation}': {message}")


@pytest.mark.parametrize(("fold", "value"), [("Max", 2.0), ("LogSumExp", 2 + log(5)), ("Sum", 10.0), ("Mean", 2.0)])
def test_a_fold_of_a_number(fold: str, value: float) -> None:
    layer = IndexLayer((f"y[j] = x[j]*{fold}(c, i)",), {"i": 5}, {"c": 2})
    assert evaluated(NetworkSpec(3, [layer]), x=[1.0, 2.0, 4.0])["y1"] == pytest.approx(value * np.array([1, 2, 4]))
    assert symprop.Network(3, [layer]).derive(["x"]).verify().ok


GATHERS = [
    (("e[v,d] = V[v,d]", "y[s,d] = e[x[s],d]"), {"v": 5, "d": 2}),
    (("e[v,d] = V[v,d]", "y[s,d] = e[x[2 - s],d]*tanh(e[d,x[s]])"), {"v": 5, "d": 5, "s": 3}),
    (("e[v] = V[v]", "y[s] = Sum(c[k]*e[x[k]], k)*e[x[s]]"), {"v": 4}),
]


@pytest.mark.parametrize(("equations", "sizes"), GATHERS, ids=[equations[-1] for equations, _ in GATHERS])
def test_an_input_between_brackets_holds_integers(equations: tuple[str, ...], sizes: dict[str, int]) -> None:
    net = symprop.Network(3, [IndexLayer(equations, sizes)])
    assert net.elaborate().tensors["x"].role is Role.INDEX
    assert net.derive().verify().ok


def test_an_input_of_integers_may_stand_beside_one_of_numbers() -> None:
    layers = [
        Embedding(5, 2, inputs="tok", name="e"),
        IndexLayer(("q[v,d] = Q[v,d]", "y[s,d] = x1[s,d]*q[x2[s],d]"), {"v": 3, "d": 2}, inputs=("e", "tok")),
    ]
    net = symprop.Network({"tok": (4,)}, layers, values={"tok": [2, 0, 1, 2]})
    assert net.derive().verify().ok
    with pytest.raises(UserError, match=r"wrong value in 'tok' \(expected whole numbers from 0 to 2, got 4\)"):
        symprop.Network({"tok": (4,)}, layers, values={"tok": [2, 0, 1, 4]})


def test_a_parameter_may_be_called_like_a_part() -> None:
    layer = IndexLayer(("q[i] = sqrt(Sum(9 + x[i]*x[j], j))", "y[i] = q[i]*q_part[i]"))
    assert [p.name for p in NetworkSpec(3, [layer]).elaborate().trainable] == ["q1_part"]


def test_what_is_penalised_is_a_parameter() -> None:
    with pytest.raises(UserError, match=r"^layer 1, IndexLayer: 'v' is no parameter\. Known: w\.$"):
        NetworkSpec(3, [IndexLayer(("y[j] = w[j]*x[j]",), l2=0.5, penalised=("v",))])


MEANINGLESS = [
    (("y[i] = W[i]",), "layer 1, IndexLayer: no equation reads the input 'x'. What the layer reads is called x."),
    (("q[i] = 2*x[i]", "y[i] = x[i]"), "layer 1, IndexLayer: nothing uses 'q'"),
    (
        ("y[j] = Sum(W[j,i]*x[i], i)",),
        "layer 1, IndexLayer: equation 'y[j] = Sum(W[j,i]*x[i], i)': the extent of index 'j'",
    ),
]


@pytest.mark.parametrize(("equations", "message"), MEANINGLESS, ids=[message[21:60] for _, message in MEANINGLESS])
def test_equations_without_a_meaning_are_refused(equations: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        NetworkSpec(3, [IndexLayer(equations)])
    assert str(caught.value).startswith(message)


def test_a_stride_may_be_a_named_number() -> None:
    layer = IndexLayer(("y[p] = Sum(w[u]*x[stride*p + u], u)",), {"p": 2, "u": 3}, {"stride": 2})
    assert NetworkSpec(5, [layer]).elaborate().tensors["y1"].extents == (2,)
    with pytest.raises(UserError, match=r"'stride' stands between brackets \(expected a whole number, got 3/2\)"):
        NetworkSpec(5, [IndexLayer(layer.equations, layer.sizes, {"stride": 1.5})])


@pytest.mark.parametrize(
    ("equation", "sizes", "message"),
    [
        ("y[j] = Sum(W[j,i]*x[i], i)", {"j": 2, "i": 7}, "index 'i' runs beyond an axis of 'x' .*at most 3, got 7"),
        ("y[j] = W[j]*x[3]", {"j": 2}, "an axis of 'x' has no such place .*from 0 to 2, got 3"),
        ("y[j] = W[j]*x[j - 1] + W[j,j]", {"j": 2}, "'W' is read with a wrong number of indices .*expected 1, got 2"),
    ],
)
def test_what_does_not_fit_the_input_is_refused(equation: str, sizes: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=f"layer 1, IndexLayer: .*{message}"):
        NetworkSpec(3, [IndexLayer((equation,), sizes)])


def test_an_index_may_take_the_first_places() -> None:
    net = NetworkSpec(3, [IndexLayer(("y[j] = W[j]*x[j]",), {"j": 2})]).elaborate()
    assert net.tensors["W1"].extents == (2,)
    assert verify(derive(net, ["W1", "x"]), names_for(net)).ok


def test_in_a_batch_the_first_place_is_the_examples() -> None:
    own = IndexLayer(("y[n,j] = Sum(W[j,i]*x[n,i], i)",), {"j": 2, "n": 8})
    assert NetworkSpec(3, [own], batch=8).elaborate().tensors["y1"].extents == (8, 2)
    with pytest.raises(UserError, match=r"an axis of 'x' has no such place .*from 0 to 2, got 9"):
        NetworkSpec(3, [IndexLayer(("y[n,j] = W[j]*x[n,9]",), {"j": 2})], batch=8)


@pytest.mark.parametrize(
    ("equation", "inputs", "message"),
    [
        (
            "y[j] = x[j] + x2[j]",
            (),
            "'x2' is none of the layer's inputs, and no equation defines it. What the layer reads",
        ),
        ("y[j] = x[j] + x1[j]", (), "is called x; call a parameter otherwise."),
        ("y[j] = x1[j] + x2[j] + x3[j]", ("u", "v"), "'x3' is none of the layer's inputs"),
        ("y[j] = x1[j] + x2[j]*x[j]", ("u", "v"), "is called x1 and x2; call a parameter otherwise."),
    ],
)
def test_a_name_like_an_inputs_is_no_parameter(equation: str, inputs: tuple[str, ...], message: str) -> None:
    shapes = {"u": 3, "v": 3} if inputs else 3
    with pytest.raises(UserError) as caught:
        NetworkSpec(shapes, [IndexLayer((equation,), inputs=inputs)])
    assert str(caught.value).startswith("layer 1, IndexLayer: ")
    assert message in str(caught.value)
    NetworkSpec(3, [IndexLayer(("x2[j] = x[j]**2", "y[j] = W[j]*x2[j] + xs[j]"))])
