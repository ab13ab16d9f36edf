"""Looks told apart: what is typed alike gives way, to the typed name at last."""

from __future__ import annotations

import pytest

from symprop.ir.tensor import Index, Role, Share, Tensor
from symprop.notation.apart import Apart, split, tell_apart, whole
from symprop.notation.looks import Look
from symprop.notation.rule import Rule, systematic

J, K = Index("j", 4), Index("k", 3)


def looks(*names: str) -> dict[str, str]:
    found = tell_apart({name: Tensor(name) for name in names}, {}, frozenset())
    return {name: look.latex() for name, look in found.alone.items()}


def test_the_first_of_two_scalars_has_the_look() -> None:
    assert looks("w5", "w_5", "h") == {"w5": "w_{5}", "w_5": r"\mathtt{w\_5}", "h": "h"}


def test_no_quantity_looks_like_a_function() -> None:
    found = tell_apart({name: Tensor(name) for name in ("sigma", "sigma1", "w_sigma")}, {}, frozenset(), [r"\sigma"])
    assert {name: look.latex() for name, look in found.alone.items()} == {
        "sigma": r"\mathtt{sigma}",
        "sigma1": r"\sigma_{1}",
        "w_sigma": r"w_{\sigma}",
    }


def family(found: Apart, name: str, rule: Rule) -> Look | None:
    found.add_family(name, rule, [rule.look])
    return found.families[name]


@pytest.mark.parametrize(
    ("first", "second", "is_free"),
    [
        (Rule("w", (4,), Look("w"), 1), Rule("w", (3,), Look("w"), 5), True),
        (Rule("w", (4,), Look("w"), 5), Rule("w", (4,), Look("w"), 1), True),
        (Rule("w", (4,), Look("w"), 1), Rule("v", (3,), Look("w"), 4), False),
        (Rule("w", (4,), Look("w"), 4), Rule("v", (4,), Look("w"), 1), False),
        (Rule("h1_", (4,), Look("h", "1,"), 1), Rule("h2_", (4,), Look("h", "2,"), 1), True),
        (Rule("h1_", (4,), Look("h", "1,"), 1), systematic("h", (2, 3), Look("h")), False),
        (systematic("h", (2, 3), Look("h")), Rule("h1_", (4,), Look("h", "1,"), 1), False),
        (systematic("h", (2, 3), Look("h")), systematic("h", (2, 3), Look("h", above="2")), True),
        (systematic("h", (20,), Look("h")), systematic("H", (2, 3), Look("h")), False),
    ],
)
def test_families(first: Rule, second: Rule, is_free: bool) -> None:
    found = Apart()
    assert family(found, "first", first) == first.look
    assert (family(found, "second", second) == second.look) is is_free


@pytest.mark.parametrize(
    ("look", "is_free"),
    [
        (Look("w", "3"), False),
        (Look("w", "9"), True),
        (Look("w"), True),
        (Look("v", "12"), False),
        (Look("v", "1,2"), False),
    ],
)
def test_a_scalar_beside_families(look: Look, is_free: bool) -> None:
    found = Apart()
    family(found, "W", Rule("w", (4,), Look("w"), 1))
    family(found, "V", systematic("v", (2, 3), Look("v")))
    found.add_alone("s", [look])
    assert (found.alone["s"] == look) is is_free


def test_a_family_beside_scalars() -> None:
    found = Apart()
    found.add_alone("w3", [Look("w", "3")])
    assert family(found, "W", Rule("w", (4,), Look("w"), 1)) is None
    assert family(found, "V", Rule("w", (4,), Look("w"), 4)) == Look("w")


def test_what_belongs_to_a_quantity_looks_like_it() -> None:
    tensors = {
        "z2": Tensor("z2", (J,)),
        "h": Tensor("h"),
        "dE_dz2": Tensor("dE_dz2", (J,), Role.ADJOINT, "z2"),
        "dE_dh": Tensor("dE_dh", (), Role.ADJOINT, "h"),
        "next_z2": Tensor("next_z2", (J,), Role.STATE, "z2"),
        "eta_": Tensor("eta_", (), Role.HYPERPARAMETER),
    }
    rules = {n: systematic(n, (4,), Look("z", above="(2)")) for n in ("z2", "dE_dz2", "next_z2")}
    found = tell_apart(tensors, rules, frozenset({"dE_dz2", "dE_dh"}))
    alone = {name: look.latex() for name, look in found.alone.items()}
    assert alone == {
        "z2": "z^{(2)}",
        "h": "h",
        "dE_dz2": r"\delta^{(2)}",
        "dE_dh": r"\delta_{h}",
        "next_z2": r"z^{(2), \mathrm{new}}",
        "eta_": r"\eta",
    }
    assert found.families["dE_dz2"] == Look(r"\delta", "", "(2)")


def test_a_delta_that_is_taken_becomes_a_bar_and_a_rate_its_name() -> None:
    tensors = {
        "h1": Tensor("h1"),
        "dE_dh1": Tensor("dE_dh1", (), Role.ADJOINT, "h1"),
        "eta_": Tensor("eta_", (), Role.HYPERPARAMETER),
        "delta_h1": Tensor("delta_h1"),
        "eta": Tensor("eta"),
    }
    found = tell_apart(tensors, {}, frozenset({"dE_dh1"})).alone
    assert found["delta_h1"].latex() == r"\delta_{h1}"
    assert found["dE_dh1"].latex() == r"\bar{h}_{1}"
    assert (found["eta"].latex(), found["eta_"].latex()) == (r"\eta", r"\mathtt{eta\_}")


def test_a_slice_is_no_other_tensor() -> None:
    """Whichever comes first, the tensor whose slices print as the other does keeps its look."""
    for names in (("y1", "y1_2"), ("y1_2", "y1")):
        found = tell_apart({name: Tensor(name, (J, K)) for name in names}, {}, frozenset()).alone
        assert {name: look.latex() for name, look in found.items()} == {"y1": "y^{(1)}", "y1_2": r"\mathtt{y1\_2}"}
    alone = looks("y", "y_2")  # numbers have no slices
    assert alone == {"y": "y", "y_2": "y_{2}"}


SHARED = {
    "z2": Tensor("z2", (J, K)),
    "y3": Tensor("y3", (J,)),
    "dE_dz2": Tensor("dE_dz2", (J, K), Role.ADJOINT, "z2"),
    "dE_dz2_via_y3": Tensor("dE_dz2_via_y3", (J, K), Role.ADJOINT, share=Share("dE_dz2", "y3")),
    "dE_dz2_via_y3_2": Tensor("dE_dz2_via_y3_2", (J, K), Role.ADJOINT, share=Share("dE_dz2", "y3", 2)),
}


def test_shares_have_an_arrow_and_their_number_above_it() -> None:
    rules = {name: systematic(name, (4, 3), Look("z", above="(2)")) for name in SHARED if name != "y3"}
    found = tell_apart(SHARED, rules, frozenset({"dE_dz2"}))
    assert found.alone["dE_dz2_via_y3"].latex() == r"\delta_{\leftarrow y^{(3)}}^{(2)}"
    assert found.alone["dE_dz2_via_y3_2"].latex() == r"\delta_{\overset{2}{\leftarrow} y^{(3)}}^{(2)}"
    assert found.families["dE_dz2_via_y3_2"] == Look(r"\delta", r"\overset{2}{\leftarrow} y^{(3)},", "(2)")


def test_a_share_of_what_has_no_equation_has_its_name() -> None:
    tensors = {"y3": SHARED["y3"], "dE_dz2_via_y3": SHARED["dE_dz2_via_y3"]}
    assert tell_apart(tensors, {}, frozenset()).alone["dE_dz2_via_y3"].latex().startswith(r"\mathit{dE}")


def test_local_derivatives_have_their_number() -> None:
    names = ("y3", "z2", "dy3_dz2_local", "dy3_dz2_local_2")
    found = tell_apart({name: Tensor(name, (J,)) for name in names}, {}, frozenset()).alone
    assert found["dy3_dz2_local"].latex() == "D_{y^{(3)},z^{(2)}}"
    assert found["dy3_dz2_local_2"].latex() != found["dy3_dz2_local"].latex()


def test_a_gate_stands_below() -> None:
    assert [whole(Tensor(name, (J,))).latex() for name in ("W1_i", "z1_i_3", "p1_in")] == [
        "W_{i}^{(1)}",
        "z_{i,3}^{(1)}",
        r"p_{\mathrm{in}}^{(1)}",
    ]


def test_split() -> None:
    assert [split(name) for name in ("W12", "x", "a_1")] == [("W", "12"), ("x", ""), ("a_", "1")]


def test_what_an_optimizer_keeps_of_a_parameter_has_its_own_letter() -> None:
    tensors = {
        "W2": Tensor("W2", (J, K), Role.PARAMETER),
        "m_W2": Tensor("m_W2", (J, K), Role.STATE, "W2", start=0.0),
        "g_W2": Tensor("g_W2", (J, K), primal="W2"),
        "next_m_W2": Tensor("next_m_W2", (J, K), Role.STATE, "m_W2"),
        "next_W2": Tensor("next_W2", (J, K), Role.STATE, "W2"),
    }
    found = tell_apart(tensors, {}, frozenset())
    assert {name: look.latex() for name, look in found.alone.items()} == {
        "W2": "W^{(2)}",
        "m_W2": "m_{W}^{(2)}",
        "g_W2": "g_{W}^{(2)}",
        "next_m_W2": r"m_{W}^{(2), \mathrm{new}}",
        "next_W2": r"W^{(2), \mathrm{new}}",
    }
