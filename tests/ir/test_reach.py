"""Elements without a value: named where an equation has one, and none is seen where there is none."""

from __future__ import annotations

from time import perf_counter

import pytest

from symprop.errors import UserError
from symprop.ir.bind import Scope, bind
from symprop.ir.index_text import read_line
from symprop.ir.tensor import Index, Role, Tensor

S, K = Index("s", 4), Index("k", 3)
x = Tensor("x", (S, K), Role.INPUT)
EXTENTS = {"j": 5, "u": 2, "v": 3}

WITHOUT = [
    ("y[j] = 1/x[j-1,0]", "'y' has no value at j = 0 (got x[j - 1, 0] is out of range there, so it counts as 0)"),
    ("y[s] = x[s,0]/x[s+1,2]", "'y' has no value at s = 3"),
    ("y[j,k] = log(x[j-1,k])", "'y' has no value at j = 0"),
    ("y[j] = 1/(x[j-1,0] + x[j+2,1])", None),
    ("y[j] = 1/(x[j-2,0] + x[j+3,1])", "'y' has no value at j = 1 (got x[j - 2, 0] and x[j + 3, 1] is out of range"),
    ("y[s] = Sum(x[s,0]/x[s-u,1], u)", "'y_part' has no value at s = 0, u = 1"),
    ("y[j] = exp(x[j-1,0])/(1 + x[j-1,1]**2)", None),
    ("y[j] = sqrt(x[j-1,0])", None),
    ("y[s] = 1/x[s,0]", None),
    ("y[j] = Max(x[2*j+u-2,0], u)", "'y' has no value at j = 0 (got all of x[2*j + u - 2, 0] is out of range there)"),
    ("y[j] = LogSumExp(x[j+u,0], u)", "'y' has no value at j = 4"),
    ("y[j] = Max(x[j+u-1,0], u)", None),
    ("y[j] = Max(x[j+u-1,v+u-1], u, v)", None),
    ("y[j] = Max(x[j+u-1,v+3*u-3], u, v)", "'y' has no value at j = 4"),
    ("y = Max(x[j-9,k], j, k)", "'y' has no value (got all of x[j - 9, k] is out of range there)"),
    ("y[j] = Sum(x[j-9,k], k)", None),
]


@pytest.mark.parametrize(("text", "message"), WITHOUT, ids=[text for text, _ in WITHOUT])
def test_an_element_without_a_value_is_named(text: str, message: str | None) -> None:
    scope = Scope({"x": x}, extents=EXTENTS)
    if message is None:
        bind([read_line(text)], scope)
        return
    with pytest.raises(UserError) as caught:
        bind([read_line(text)], scope)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"equation '{text}': ")


def test_large_windows_are_looked_through_axis_by_axis() -> None:
    image = Tensor("x", (Index("a", 900), Index("b", 800)), Role.INPUT)
    start = perf_counter()
    extents = {"p": 450, "q": 400, "u": 3, "v": 3}
    bind([read_line("y[p,q] = Max(x[2*p+u-1,2*q+v-1], u, v)")], Scope({"x": image}, extents=extents))
    assert perf_counter() - start < 1
    with pytest.raises(UserError, match="has no value at q = 0"):
        bind([read_line("y[p,q] = Max(x[2*p+u-1,2*q+v-3], u, v)")], Scope({"x": image}, extents=extents))


def test_integers_may_be_anything_in_range() -> None:
    token = Tensor("token", (Index("n", 6),), Role.INDEX)
    bind([read_line("y[n] = 1/x[token[n],0]")], Scope({"x": x, "token": token}))
