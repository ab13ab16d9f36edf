"""What derivations show of themselves where their drawing is too large, or has no way to light."""

from __future__ import annotations

from symprop import Dense, Network, load

DEEP = Network(inputs=1, layers=[Dense(1, activation="tanh")] * 160)


def test_what_is_too_large_to_be_drawn_is_shown_without_a_drawing() -> None:
    derivation = DEEP.derive()
    assert derivation._repr_svg_() is None
    assert "<svg" not in derivation._repr_html_()
    assert "<math" in derivation._repr_html_()
    assert "<math" in derivation.formula("w1")._repr_html_()


def test_a_quantity_without_a_way_to_the_loss_has_the_drawing_as_it_is() -> None:
    derivation = load("classroom").derive()
    assert derivation._drawn("nothing") == derivation._repr_svg_() is not None
    assert derivation._drawn("w1") != derivation._repr_svg_()
