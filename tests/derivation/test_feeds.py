"""Which free elements feed which others: against the unrolled program, which says it equation by equation."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.feeds import feeding
from symprop.derivation.unroll import elements, unroll
from symprop.ir.program import Program, needed
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from tests.derivation.programs import index_programs


def by_unrolling(program: Program, name: str) -> set[str]:
    """The free elements that one element depends on, read off its equations."""
    flat = unroll(program, Names())
    read = {access.tensor.name for equation in needed(flat.equations, [name]) for access in equation.value.accesses}
    return read & {tensor.name for tensor in flat.free}


@settings(max_examples=60)
@given(index_programs(), st.data())
def test_what_feeds_an_element_is_what_its_slice_reads(program: Program, data: st.DataObject) -> None:
    equation = data.draw(st.sampled_from(program.equations))
    tensor = equation.target.tensor
    element = data.draw(st.sampled_from(list(elements(tensor))))
    chosen = np.zeros(tensor.extents, dtype=bool)
    chosen[element] = True
    found = feeding(program, program.equations, tensor.name, chosen)
    names = {
        Names().element(name, at, program.tensors[name].extents) for name, chosen in found.items() for at in chosen
    }
    assert names >= by_unrolling(program, Names().element(tensor.name, element, tensor.extents))


def test_one_element_is_fed_by_its_own_row_alone() -> None:
    program = NetworkSpec(3, [Dense(4, "tanh"), Dense(2)]).elaborate()
    chosen = np.array([False, False, True, False])
    found = feeding(program, program.equations, "a1", chosen)
    assert {name: list(fed) for name, fed in found.items()} == {
        "x": [(0,), (1,), (2,)],
        "W1": [(2, 0), (2, 1), (2, 2)],
        "b1": [(2,)],
    }
