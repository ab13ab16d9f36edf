"""A certificate joins the comparison with differences and that of the views, and names what fails."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
import sympy

from symprop.derivation.sweep import derive
from symprop.face import Network
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.rules.custom import activation_from_text
from symprop.views.certificate import Certificate, certify

NET = NetworkSpec(3, [Dense(2, "tanh"), Dense(4)]).elaborate()


def certificate() -> Certificate:
    return certify(derive(NET), names_for(NET), points=2)


def test_all_is_right() -> None:
    found = certificate()
    assert found.ok
    assert list(found.failures()) == []
    assert found.checked == 6 + 2 + 8 + 4
    assert 0 < found.worst < found.verification.tolerance
    assert set(found.views_of("W1")) == {"index", "matrix", "scalar"}


def test_what_fails_is_named() -> None:
    found = certificate()
    first = replace(found.agreements[-1], error=inf)
    wrong = replace(found, agreements=(*found.agreements[:-1], first))
    assert not wrong.ok
    assert wrong.worst == inf
    assert list(wrong.failures()) == [
        f"the scalar form of b2 (at {first.entry}) does not agree with its equation",
    ]
    forward = replace(next(view for view in found.agreements if view.forward), error=inf)
    printed = replace(found, agreements=(forward,))
    (failure,) = printed.failures()
    assert failure.startswith(
        f"the index form of the equation of {forward.quantity} (at {forward.entry}) does not agree"
    )
    check = replace(found.checks[0], error=0.5, element="w3")
    off = replace(found, verification=replace(found.verification, checks=(check, *found.checks[1:])))
    assert list(off.failures()) == ["the gradient of W1 (at w3) does not agree with the differences of the loss"]


@pytest.mark.parametrize("expression", ["1 if x > 0 else 0", "sign(x)"])
def test_a_gradient_that_is_zero_agrees(expression: str) -> None:
    flat = activation_from_text("flat", expression)
    net = NetworkSpec(2, [Dense(3, flat), Dense(2)])
    found = certify(derive(net.elaborate()), names_for(net.elaborate()))
    assert found.ok
    assert found.views_of("W1")["matrix"].checked == 6
    derivation = Network(2, [Dense(3, flat), Dense(2)]).derive()
    assert derivation.gradient("W1", form="matrix") == sympy.ZeroMatrix(3, 2)
    assert derivation.gradient("b1", form="matrix") == sympy.ZeroMatrix(3, 1)
