"""The certificate says what was checked, that it was not, or what is wrong."""

from __future__ import annotations

import re

import pytest
import sympy

import symprop
from symprop.derivation.local import LocalDerivatives
from symprop.document.blocks import Document, Heading, Paragraph
from symprop.document.certificate import certificate
from tests.document.reading import prose
from tests.document.test_layerwise import example
from tests.document.test_subject import subject


def last(document: Document) -> str:
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    assert headings[-1].text == ("Certificate",)
    return prose(document)[-1]


def test_a_small_network_is_checked() -> None:
    text = last(symprop.load("classroom").derive().document())
    assert text.startswith("All 8 gradients were compared with central differences")
    assert "index, matrix and scalar forms" in text
    assert "Everything agrees: the largest relative error is below 1e-2" in text


def test_a_block_of_a_transformer_is_checked() -> None:
    text = last(example("transformer_block"))
    assert text.startswith("All 278 gradients were compared with central differences")
    assert "Everything agrees" in text


def test_a_large_parameter_is_said_to_move_in_one_direction() -> None:
    text = last(symprop.Network(13, [symprop.Dense(6, "tanh")]).derive().document())
    assert "The elements of W1 were moved together, in one random direction." in text
    assert "direction" not in last(symprop.load("classroom").derive().document())


def test_points_are_as_many_as_the_kinks_take() -> None:
    kinked = symprop.Network(3, [symprop.Dense(1, "relu"), symprop.Dense(1, "relu")], "squared_error")
    text = last(kinked.derive().document())
    assert re.search(r"at [0-9]+ random points off every kink, enough to see every kink from both sides", text)
    assert "at a random point off every kink, both" in last(symprop.load("classroom").derive().document())


def test_a_convolutional_network_is_checked() -> None:
    text = last(example("mnist_cnn"))
    assert text.startswith("All 6,330 gradients were compared with central differences")
    assert "b8 and W9 were moved together, in one random direction." in text
    assert "Everything agrees" in text


LARGE = {
    "by its products": symprop.Network(
        (3, 64, 64), [symprop.Conv2d(32, 3), symprop.Conv2d(8, 3), symprop.GlobalAvgPool()]
    ),
    "by its equations": symprop.Network((300, 2), [symprop.LSTM(3), symprop.Dense(3)]),
}


@pytest.mark.parametrize("net", LARGE.values(), ids=LARGE)
def test_a_large_one_says_that_it_was_not(net: symprop.Network) -> None:
    _, told = certificate(subject(net.derive()))
    assert isinstance(told, Paragraph)
    text = "".join(map(str, told.text))
    assert text.startswith("The gradients of this document were not checked when it was written: ")
    assert "seconds. The command symprop verify checks every one of them." in text


def test_a_wrong_derivative_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    right = LocalDerivatives.of

    def doubled(self: LocalDerivatives, *arguments: object) -> object:
        slope = right(self, *arguments)  # type: ignore[arg-type]
        return type(slope)((sympy.Integer(2), *slope.factors), slope.operands)

    monkeypatch.setattr(LocalDerivatives, "of", doubled)
    text = last(symprop.Network(2, [symprop.Dense(2, "softsign")]).derive().document())
    assert "Not everything agrees: the gradient of W1" in text


def test_equations_have_no_other_views() -> None:
    text = last(
        symprop.Equations([f"h{k} = sin({'w' if k == 0 else f'h{k - 1}'})" for k in range(40)], "h39", ["w"])
        .derive()
        .document()
    )
    assert "The one gradient was compared" in text
    assert "forms" not in text


def test_nothing_derived_is_nothing_to_certify() -> None:
    net = symprop.Network(2, [symprop.Dense(2, trainable=False)])
    assert not any("ertificate" in str(block) for block in net.derive().document().blocks)
