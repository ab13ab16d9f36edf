"""Equations in index notation as nodes: extents found, sums distributed, parts named, and each fault with its equation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symprop.errors import UserError
from symprop.ir.bind import Bound, Scope, bind
from symprop.ir.index_text import read_line
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.tensor import Index, Role, Tensor

S, K = Index("s", 4), Index("k", 3)
X = Tensor("x", (S, K), Role.INPUT)


def bound(*texts: str, **scope: Any) -> Bound:
    return bind([read_line(text) for text in texts], Scope({"x": X}, **scope))


def test_a_dense_layer_is_one_sum_of_products() -> None:
    found = bound("y[..., j] = Sum(W[j,k]*x[..., k], k) + b[j]", leading=(S,), extents={"j": 2})
    (equation,) = found.equations
    assert isinstance(equation.value, SumOfProducts)
    assert [[str(factor) for factor in term.factors] for term in equation.value.terms] == [
        ["W[j, k]", "x[s, k]"],
        ["b[j]"],
    ]
    assert [tuple(i.name for i in term.over) for term in equation.value.terms] == [("k",), ()]
    assert {p.name: p.extents for p in found.free} == {"W": (2, 3), "b": (2,)}


def test_a_mean_divides_by_the_extents() -> None:
    (equation,) = bound("y = Mean(2*x[s,k], s, k)").equations
    assert isinstance(equation.value, SumOfProducts)
    assert equation.value.terms[0].coefficient == Fraction(2, 12)


def test_a_product_is_distributed_over_the_sum_in_it() -> None:
    (equation,) = bound("y[s] = x[s,0]*Sum(x[s,k] - w[k], k)").equations
    assert isinstance(equation.value, SumOfProducts)
    assert [(term.coefficient, len(term.factors), len(term.over)) for term in equation.value.terms] == [
        (1, 2, 1),
        (-1, 2, 1),
    ]


@pytest.mark.parametrize(
    ("text", "names", "kinds"),
    [
        ("y[s] = Max(x[s,k], k)", ["y"], [Reduction]),
        ("y[s] = Max(x[s,k]**2, k)", ["y_part", "y"], [SumOfProducts, Reduction]),
        ("y[s] = sqrt(Sum(x[s,k]**2, k))", ["y_part", "y"], [SumOfProducts, Elementwise]),
        ("y[s] = Sum(sin(x[s,k]), k)", ["y_part", "y"], [Elementwise, SumOfProducts]),
        ("y[s] = Max(x[s,k], k)*Sum(x[s,k], k)", ["y_part", "y_part2", "y"], [Reduction, SumOfProducts, Elementwise]),
        ("y[2*s + 1] = sin(x[s,0])", ["y_part", "y"], [Elementwise, SumOfProducts]),
    ],
)
def test_what_no_node_holds_gets_an_equation_of_its_own(text: str, names: list[str], kinds: list[type]) -> None:
    equations = bound(text).equations
    assert [equation.name for equation in equations] == names
    assert [type(equation.value) for equation in equations] == kinds


def test_a_window_on_the_left_reaches_as_far_as_it_goes() -> None:
    (equation,) = bound("y[2*s + k] = x[s,k]").equations
    assert equation.target.tensor.extents == (2 * 3 + 2 + 1,)


def test_a_name_that_is_shared_is_the_tensor_that_stands_already() -> None:
    known = Tensor("V", (Index("a", 3), Index("b", 4)), Role.PARAMETER)
    found = bound("y = Sum(W[k,s]*x[s,k], s, k)", shared={"V": known}, rename=lambda name: "V" if name == "W" else name)
    assert found.free == (known,)
    other = bound("y = Sum(W[s,k]*x[s,k], s, k)", shared={"V": known}, rename=lambda name: "V" if name == "W" else name)
    assert other.free[0].extents == (4, 3)  # of another shape, so another tensor: who shares is to refuse it


FAULTS = [
    (["y[s] = Sum(Sum(x[s,k], k), k)"], "index 'k' is bound twice"),
    (["y[k] = Sum(x[s,k], k)"], "index 'k' is bound twice. Use another letter"),
    (["y[s] = Sum(Sum(W[k]*x[s,k], k)*x[s,k], k)"], "index 'k' is bound twice"),
    (["y[s] = x[s,k]"], "nothing binds index 'k'"),
    (["y[j] = Sum(x[s,k], s, k)"], "the extent of index 'j' is not known. Give it among the sizes: sizes = { j = 3 }."),
    (["y[k] = x[k,k]"], "index 'k' runs to 4, and to 3 in 'x'"),
    (
        ["y[s] = x[s]"],
        "a wrong number of indices for 'x', whose shape is (4, 3) (expected 2 between the brackets, got 1)",
    ),
    (["y[s] = x[s,0]*W[s + 1]"], "the shape of 'W' cannot be told from its indices"),
    (["y[s] = x[s,0]*W[s,s]"], "the shape of 'W' cannot be told from its indices"),
    (["y[s] = Sum(W[s]*x[s,k]*W[k], k)"], "'W' has extent 3 by index 'k', and 4 by 's'. Use another name"),
    (["y[s] = Sum(W[k]*x[s,k]*W[s], k)"], "'W' has extent 3 by index 'k', and 4 by 's'"),
    (["y[s] = Sum(W[s]*x[s,k], k)", "z[s] = Sum(W[k]*x[s,k], k) + y[s]"], "index 'k' runs to 4, and to 3 in 'x'"),
    (["x[s,k] = 2*x[s,k]"], "'x' is defined twice"),
    (["y[s] = x[s,0]", "y[s] = x[s,1]"], "'y' is defined twice"),
    (["y[s] = z[s]*x[s,0]", "z[s] = x[s,0]"], "'z' is used before it is defined"),
    (["y[s,k] = x[s,k]*x[s*k,0]"], "the product of the indices s and k cannot stand between brackets"),
    (["y[s-4] = x[s,0]"], "'y' would have no elements"),
    (["y[s] = x[..., s]"], "a wrong number of indices for 'x'"),
]


@pytest.mark.parametrize(("texts", "message"), FAULTS, ids=[texts[0] for texts, *_ in FAULTS])
def test_a_fault_is_said_with_its_equation(texts: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        bound(*texts)
    assert str(caught.value).startswith("equation '")
    assert message in str(caught.value)


@pytest.mark.parametrize("product", ["W[m]*W[s]", "W[s]*W[m]"])
def test_a_parameter_is_as_long_as_the_furthest_index_reaches(product: str) -> None:
    """The order of its uses is of no account; an index without a given size runs along all of it."""
    assert bound(f"y[s] = Sum({product}*x[s,0], m)", extents={"m": 2}).free[0].extents == (4,)
    with pytest.raises(UserError, match="'W' has extent 4 by index 's', and 9 by 'm'"):
        bound(f"y[s] = Sum({product}*x[s,0], m)", extents={"m": 9})
    later = bound(f"y[s] = Sum({product}*x[s,0], m)", "z[m] = Sum(y[s], s)*W[m]", extents={"m": 9, "s": 2})
    assert later.free[0].extents == (9,)


@pytest.mark.parametrize("product", ["W[s]*W[s + 1]", "W[s + 1]*W[s]"])
def test_a_shape_is_told_by_any_read_under_bare_indices(product: str) -> None:
    assert bound(f"y[s] = {product}*x[s,0]").free[0].extents == (4,)
