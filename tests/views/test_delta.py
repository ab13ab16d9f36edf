"""How adjoints look: δ for those of weighted sums, a bar for the others, with the indices of what they belong to."""

from __future__ import annotations

import pytest

from symprop.derivation.sweep import derive
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.views.delta import is_delta, with_adjoints

NET = NetworkSpec(3, [Dense(2, "sigmoid"), Dense(4, "tanh")]).elaborate()
DERIVATION = derive(NET, ["W1", "b1", "a1", "W2", "b2"])


@pytest.mark.parametrize(
    ("notation", "identifier", "latex"),
    [
        ("classroom", "dE_total_dh1", r"\delta_{h1}"),
        ("classroom", "dE_total_do4", r"\delta_{o4}"),
        ("classroom", "dE_total_da_h2", r"\bar{a}_{h2}"),
        ("textbook", "dE_total_dz2_3", r"\delta_{3}^{(2)}"),
        ("textbook", "dE_total_da1_1", r"\bar{a}_{1}^{(1)}"),
        ("textbook", "dE_total_dz1", r"\delta^{(1)}"),
        ("textbook", "dE_total_da1", r"\bar{a}^{(1)}"),
    ],
)
def test_looks(notation: str, identifier: str, latex: str) -> None:
    assert with_adjoints(names_for(NET, notation), DERIVATION).look(identifier) == latex


def test_which_adjoints_are_deltas() -> None:
    tensors = [t.name for t in DERIVATION.program.tensors.values() if t.primal is not None]
    assert {name for name in tensors if is_delta(DERIVATION.program, name)} == {"dE_total_dz1", "dE_total_dz2"}


def test_other_looks_stay() -> None:
    before, after = names_for(NET), with_adjoints(names_for(NET), DERIVATION)
    known = [*NET.tensors, *(name for tensor in NET.tensors.values() for name in before.elements(tensor))]
    assert [after.look(name) for name in known] == [before.look(name) for name in known]
    assert {name: after.rules[name] for name in before.rules} == before.rules
