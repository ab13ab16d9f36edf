"""Names: from an element to its identifier and back, and how each looks, without a table of elements."""

from __future__ import annotations

from itertools import islice
from math import prod
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.examples import names as example_names
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.network_file import load
from symprop.notation.looks import Look
from symprop.notation.names import Names
from symprop.notation.packs import NOTATIONS, names_for
from symprop.notation.rule import Rule, unravel
from symprop.views.delta import with_adjoints
from tests.layers.networks import Network, networks
from tests.notation.programs import positions, ranks

NET = NetworkSpec(3, [Dense(12, "silu"), Dense(4, "gelu", bias="layer"), Dense(2)], "binary_cross_entropy_from_logits")
PROGRAMS = {"net": NET.elaborate(), "ranks": ranks()}
EXAMPLES = {name: load(name).elaborate() for name in example_names()}
MOST = 40  # elements of one tensor of a large program


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_element_is_found_by_its_name(program: str, notation: str) -> None:
    check_names_of(PROGRAMS[program], notation)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_names_of_the_examples(example: str, notation: str) -> None:
    check_names_of(EXAMPLES[example], notation)


@settings(max_examples=30)
@given(networks(), st.sampled_from(sorted(NOTATIONS)))
def test_the_names_of_every_layer(network: Network, notation: str) -> None:
    check_names_of(network.spec.elaborate(), notation)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("example", ["classroom", "mazur", "four_layers", "transformer_block"])
def test_adjoints_look_like_nothing_else(example: str, notation: str) -> None:
    derivation = derive(EXAMPLES[example])
    check_names_of(derivation.program, notation, with_adjoints(names_for(EXAMPLES[example], notation), derivation))


def check_names_of(program: Program, notation: str, names: Names | None = None) -> None:
    """Names are unique and read back, and no two elements or tensors look alike; of large tensors, the first and last."""
    tensors = program.tensors
    names, shapes = names or names_for(program, notation), {n: t.extents for n, t in tensors.items()}
    known: dict[str, str] = {}
    count = 0
    for tensor in tensors.values():
        size = prod(tensor.extents)
        ends = (*range(MOST), *range(size - MOST, size))
        chosen = positions(tensor) if size <= 500 else [unravel(offset, tensor.extents) for offset in ends]
        for position in chosen:
            count += 1
            identifier = names.element(tensor.name, position, tensor.extents)
            assert names.place(identifier, shapes) == (tensor.name, position)
            known[identifier] = names.look(identifier) or identifier  # integers have no look of their own
    assert len(known) == count
    whole = {name: names.look(name) for name, tensor in tensors.items() if tensor.indices}
    assert len(set(known.values()) | set(whole.values())) == len(known) + len(whole)


@pytest.mark.parametrize(
    "identifier", ["h3", "w0", "w07", "w", "h1_1", "V_1", "V_3_1", "V_1_3_1", "V1_3", "V_0_1", "_1_3"]
)
def test_nothing_else_is_found(identifier: str) -> None:
    names = Names({"z1": Rule("h", (2,), Look("h"), first=1), "W1": Rule("w", (2, 2), Look("w"), first=1)})
    assert names.place(identifier, {"z1": (2,), "W1": (2, 2), "V": (2, 3)}) is None
    assert names.place("w3", {"z1": (2,)}) is None


def test_without_rules_names_are_systematic() -> None:
    tensor = Tensor("V", (Index("j", 2), Index("k", 2)))
    assert list(Names().elements(tensor)) == ["V_1_1", "V_1_2", "V_2_1", "V_2_2"]
    assert Names().look("V_1_1") is None
    assert list(Names().elements(Tensor("s"))) == ["s"]


def test_a_look_that_is_given_comes_first() -> None:
    names = Names({"z1": Rule("h", (2,), Look("h"), first=1)}, {"h2": "x"})
    assert (names.look("h1"), names.look("h2"), names.look("h3")) == ("h_{1}", "x", None)


def test_a_net_of_25_million_weights_costs_nothing() -> None:
    program = NetworkSpec(5000, [Dense(5000, "tanh"), Dense(10)]).elaborate()
    start = perf_counter()
    names = names_for(program)
    shapes = {name: tensor.extents for name, tensor in program.tensors.items()}
    assert names.place("w25000001", shapes) == ("W2", (0, 0))
    assert names.look("w24999999") == "w_{24999999}"
    assert list(islice(names.elements(program.tensors["W2"]), 2)) == ["w25000001", "w25000002"]
    assert perf_counter() - start < 0.5


def test_finding_a_name_takes_as_long_in_a_longer_list() -> None:
    def seconds(count: int) -> float:
        lines = [f"h{k} = w{k}*x" for k in range(count)] + ["E = h0"]
        program = EquationsSpec(lines, loss="E").elaborate()
        names, shapes = names_for(program), dict.fromkeys(program.tensors, ())
        times = []
        for _ in range(5):
            start = perf_counter()
            for k in range(200):
                assert names.place(f"w{k}", shapes) == (f"w{k}", ())
                assert names.place(f"w{k}_1", shapes) is None
            times.append(perf_counter() - start)
        return min(times)

    assert seconds(4000) < 5 * seconds(400)
