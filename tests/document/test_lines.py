"""One equation in both forms, and which sides introduce it."""

from __future__ import annotations

import symprop
from symprop.document.lines import Lines, chain
from symprop.notation.plain import plain_chain


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
    core = symprop.Network((4, 2), [symprop.Softmax()]).derive().core
    assert Lines(core).lacks_matrix("l1")
    assert Lines(core).pair("l1").by_matrix is None
