"""Documents told layer by layer hold formulas over scalars too, within limits that they state."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symprop
from symprop.document import single
from symprop.document.blocks import Document, Equations, Table
from symprop.layers.layer import Layer
from symprop.notation.formula import Sum, Symbol
from symprop.notation.plain import plain, plain_chain
from symprop.views.tree import map_parts
from tests.document.printed import CLOSE, _apart, page
from tests.document.reading import equations, headings, prose, said
from tests.document.test_layerwise import example
from tests.layers.test_layers import CASES, Shape, _named


def lines(document: Document) -> list[str]:
    found = equations(document)
    return [plain_chain(c) for name, chains in found.items() if name.startswith("single") for c in chains]


def test_the_first_element_of_each_parameter() -> None:
    derived, document = symprop.load("transformer_block").derive(), example("transformer_block")
    assert "For single weights" in headings(document)
    assert len(lines(document)) == len(derived.core.gradients)
    assert (
        "dE_total/dw49 = dE_total_dz6_1_1*a5_1_1 + dE_total_dz6_2_1*a5_2_1 + dE_total_dz6_3_1*a5_3_1"
        " + dE_total_dz6_4_1*a5_4_1" in lines(document)
    )


def test_elements_with_names_of_their_own_are_introduced() -> None:
    layers = [symprop.RNN(4), symprop.Dense(2, "tanh"), symprop.Dense(3)]
    document = symprop.Network((5, 2), layers).derive().document()
    tables = [block for block in document.blocks if isinstance(block, Table)]
    found = [["".join(map(said, cell)) for cell in row] for row in tables[-1].rows]
    assert found[0] == ["dE_total_dz3", "dE_total_do1 to dE_total_do3"]
    assert [row[0] for row in found] == ["dE_total_dz3", "a2", "dE_total_dz2"]


def test_elements_called_after_their_tensors_are_not() -> None:
    assert not any("element by element:" in text for text in prose(example("transformer_block")))


def test_a_long_sum_shows_its_ends() -> None:
    document = example("mnist_cnn")
    assert "dE_total/db1_1 = dE_total_dz1_1_1_1_1 + dE_total_dz1_1_1_1_2 + ... + dE_total_dz1_2_1_28_28" in lines(
        document
    )
    assert any("A sum of more than 6 terms shows its first 2 and its last" in text for text in prose(document))


def test_what_is_too_large_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "MOST_OPERANDS", 9)
    document = symprop.Network((4, 3), [symprop.Dense(2, "tanh"), symprop.LayerNorm()]).derive().document()
    assert [line.partition(" = ")[0] for line in lines(document)] == [
        "dE_total/db2_1",
        "dE_total/dw1",
        "dE_total/db1_1",
    ]
    assert any(
        text.startswith("g2 is left out: the formula of one element would have more than 9") for text in prose(document)
    )


def test_integers_that_are_not_given_are_said() -> None:
    document = symprop.Network((5,), [symprop.Embedding(7, 3)]).derive().document()
    assert not lines(document)
    assert any(text.startswith("W1 is left out") for text in prose(document))


def test_dense_nets_have_chapters_of_their_own() -> None:
    assert not lines(symprop.load("classroom").derive().document())


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_every_formula_is_true(layer: Layer, shapes: tuple[Shape, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each formula in full, against a difference of the loss."""
    monkeypatch.setattr(single, "MOST_TERMS", 10_000)
    names = [f"in{k}" for k in range(len(shapes))]
    net = symprop.Network(
        {name: shape[1:] for name, shape in zip(names, shapes, strict=True)},
        [replace(layer, inputs=tuple(names))],
        batch=shapes[0][0],
    )
    derived = net.derive([t.name for t in net.elaborate().trainable] + names)
    with page(derived) as on:
        elements = on.elements(derived)
        blocks = [b for b in derived.document().blocks if isinstance(b, Equations) and b.id.startswith("single")]
        chains = [chain for block in blocks for chain in block.chains]
        assert len(chains) == len(derived.core.gradients)
        for chain, name in zip(chains, _order(derived, chains), strict=True):
            expected = on.difference(name)[(0,) * len(on.forward.tensors[name].extents)]
            assert _apart(elements.value(chain.sides[1]), expected) < CLOSE, plain(chain.sides[1])


def _order(derived: symprop.Derivation, chains: list[object]) -> list[str]:
    """The tensors that the lines are for."""
    view, found = derived.scalars, []
    for chain in chains:
        place = view.place(chain.sides[0].wrt.name)  # type: ignore[attr-defined]
        assert place is not None
        found.append(place[0].name)
    return found


def test_dots_stand_for_terms_alone() -> None:
    terms = tuple(Symbol(f"v{k}") for k in range(9))
    assert plain(single._shortened(Sum(terms))) == "v0 + v1 + ... + v8"
    assert single._shortened(Sum(terms[:6])) == Sum(terms[:6])
    assert map_parts(Sum(terms), single._shortened) == Sum(terms)
