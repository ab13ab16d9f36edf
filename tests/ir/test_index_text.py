"""Reading one equation in index notation: what is read, and what is refused; nothing that stands in a text ever runs."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symprop.errors import UserError
from symprop.ir.index_text import FOLDS, Fold, Read, part_name, read_line, tensors_of
from symprop.ir.parse import LONGEST_TEXT


def part(position: int) -> sympy.Symbol:
    return sympy.Symbol(part_name(position), real=True)


def test_a_sum_and_a_bias() -> None:
    line = read_line("y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]")
    assert (line.target.tensor, line.target.leading) == ("y", False)
    assert line.body.expression == part(0) + part(1)
    fold, bias = line.body.parts
    assert isinstance(fold, Fold)
    assert (fold.kind, fold.over, fold.body.expression) == ("Sum", ("i",), part(0) * part(1))
    assert bias == Read("b", line.target.places[1:])
    assert [read.tensor for read in tensors_of(line.body)] == ["W", "x", "b"]


def test_an_occurrence_that_comes_again_is_one_part() -> None:
    line = read_line("y[i] = x[i]*exp(-x[i]) + x[i+0]")
    assert len(line.body.parts) == 1


@pytest.mark.parametrize(
    ("text", "summands"),
    [
        ("x[i]", ((1, ("i",)),)),
        ("x[2*p + u - 1]", ((2, ("p",)), (1, ("u",)), (-1, ()))),
        ("x[-(p - u)*3]", ((-3, ("p",)), (3, ("u",)))),
        ("x[stride*p]", ((1, ("stride", "p")),)),
        ("x[stride*p - stride*p + 4]", ((4, ()),)),
        ("x[0]", ()),
    ],
)
def test_places(text: str, summands: object) -> None:
    (read,) = read_line(f"y = {text}").body.parts
    assert isinstance(read, Read)
    assert read.places[0].summands == summands


def test_leading_axes_and_gathers() -> None:
    line = read_line("y[..., d] = E[token[..., s + 1], d]")
    assert line.target.leading
    token, table = tensors_of(line.body)
    assert (token.tensor, token.leading, table.tensor, table.leading) == ("token", True, "E", False)
    assert list(table.places[0].names) == ["s"]


@pytest.mark.parametrize("fold", FOLDS)
def test_folds_nest(fold: str) -> None:
    (outer,) = read_line(f"y = {fold}({fold}(x[i,j], j)**2, i)").body.parts
    assert isinstance(outer, Fold)
    (inner,) = outer.body.parts
    assert isinstance(inner, Fold)
    assert (outer.kind, outer.over, inner.over) == (fold, ("i",), ("j",))


REFUSED = {
    "y[i] = Sum(x[i], i, i)": "index 'i' is summed twice",
    "y[i] = Sum(x[i])": "Sum takes an expression and the indices it runs over",
    "y[i] = Sum()": "Sum takes an expression and the indices it runs over",
    "y[i] = Sum(x[i], 2)": "Sum takes an expression and the indices it runs over",
    "y[i] = Sum(x[i], *i)": "Sum takes an expression and the indices it runs over",
    "y[i]": "an equation has exactly one equals sign",
    "y[i] = x[i] = 2": "an equation has exactly one equals sign",
    "y[i] + 1 = x[i]": "an equation defines one tensor",
    "y[i] = (x+1)[i]": "is no tensor under indices",
    "y[i] = x[i/2]": "cannot stand between brackets",
    "y[i] = x[1:2]": "cannot stand between brackets",
    "y[i] = x[True]": "cannot stand between brackets",
    "y[i] = x[i, ...]": "cannot stand between brackets",
    "y[i] = summe(x[i], i)": "unknown function summe",
    "y[i] = sin(x[i]": "cannot read",
    "y[i] = x.real": "cannot stand in an expression",
    "y[i] = __import__('os').system('true')": "unknown function __import__",
    "η[i] = x[i]": "names are ASCII. Write eta.",
    "y[lambda] = x[i]": "cannot read",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=list(REFUSED))
def test_a_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_line(text, where="net.toml:3")
    assert str(caught.value).startswith("net.toml:3: ")
    assert message in str(caught.value)


def test_a_text_has_a_length() -> None:
    with pytest.raises(UserError, match=f"at most {LONGEST_TEXT} characters, got {LONGEST_TEXT + 1} characters"):
        read_line("y = " + "x" * (LONGEST_TEXT - 3))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("*".join(["(1+1)"] * 60) + "*j", None),
        ("*".join(["(j+1)"] * 40), None),
        ("*".join(f"(i{n}+j{n})" for n in range(60)), "too long to stand between brackets"),
        ("+".join(f"i{n}" for n in range(60)), "too long to stand between brackets"),
        ("j+" * 400 + "j", None),
        ("-" * 1900 + "j", "nested too deeply"),
    ],
)
@pytest.mark.parametrize("equation", ["y[j] = x[{}]", "y[{}] = x[j]"])
def test_a_long_index_is_read_at_once_or_refused(equation: str, index: str, message: str | None) -> None:
    start = perf_counter()
    if message is None:
        read_line(equation.format(index))
    else:
        with pytest.raises(UserError, match=message):
            read_line(equation.format(index))
    assert perf_counter() - start < 2


PIECES = st.sampled_from(
    ["y", "x", "[", "]", "(", ")", "i", ",", "=", "+", "-", "*", "**", "/", "Sum", "Max", "...", ".", "2", "1e9", "exp", "if",
     "else", "<", "lambda", ":", "'", '"', "\\", "\n", " ", "{", "}", "@", "~", "not", "await", "yield", "0x", "η", "\0", "#"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join) | st.lists(PIECES, max_size=12).map(lambda p: "y[i] = " + "".join(p)))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(UserError):
        read_line(text)
