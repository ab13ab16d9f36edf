"""One equation in both forms, and which sides introduce it."""

from __future__ import annotations

import symprop
from symprop.document.lines import Lines, chain, letters_in
from symprop.notation.formula import Chain, Entry, Summation, Symbol
from symprop.notation.plain import plain_chain
from symprop.views.tree import walk
from tests.document.unfolding import setting_of


def test_an_adjoint_may_be_introduced() -> None:
    core = symprop.Network(3, [symprop.Dense(4, "tanh"), symprop.Dense(2)]).derive().core
    lines = Lines(core)
    introduced = plain_chain(chain(core, lines.index, "dE_total_dz2"))
    assert introduced == "dE_total_dz2[j] = dE_total/dz2[j] = a2[j] - t[j]"
    assert plain_chain(lines.pair("dE_total_dz2").by_index) == "dE_total_dz2[j] = a2[j] - t[j]"


def test_a_scatter_is_the_gradient_it_adds_to() -> None:
    core = symprop.Network(5, [symprop.Embedding(7, 3)]).derive().core
    found = Lines(core).pair("dE_total_dW1")
    assert plain_chain(found.by_index) == "dE_total/dW1[x[k] + 1,d] += dE_total_dy1[k,d]"
    assert found.by_matrix is None


def test_what_has_no_matrix_form_stands_alone() -> None:
    core = symprop.Network((5, 2), [symprop.Conv1d(3, 2)]).derive().core
    assert Lines(core).lacks_matrix("dE_total_dW1")
    assert Lines(core).pair("dE_total_dW1").by_matrix is None


def test_a_letter_has_one_end_in_a_line() -> None:
    """Two attentions of other heads read one layer; sums over several indices print no limits."""
    heads = [symprop.MultiHeadAttention(n, name=f"m{n}", inputs=("d",)) for n in (2, 3)]
    first = symprop.IndexLayer(("y[s,j] = Sum(V[j,i]*x[s,i], i)",), sizes={"j": 6}, name="d")
    layers = [first, *heads, symprop.Add(inputs=("m2", "m3"))]
    core = symprop.Network((4, 6), layers).derive().core
    line = Lines(core).pair("dE_total_dy1").by_index
    ends: dict[str, set[int | None]] = {}
    for part in walk(line.sides[-1]):
        if isinstance(part, Summation):
            ends.setdefault(part.index, set()).add(part.upper)
    assert {len(each) for each in ends.values()} == {1}
    assert sorted(end for each in ends.values() for end in each if end) == [2, 2, 2, 3, 3, 3]
    with setting_of(core) as setting:
        for place in ((1, 2), (4, 6)):
            value = setting.value(line.sides[-1], dict(zip(("s", "j"), place, strict=True)))
            assert abs(value - setting.known["dE_total_dy1"][place[0] - 1, place[1] - 1]) < 1e-30


def test_letters() -> None:
    line = Chain((Entry("W", ("j", "2*p + u - 1", ":", "3")), Summation("k", 3, Symbol("x"))))
    assert letters_in(line) == {"j", "p", "u", "k"}
