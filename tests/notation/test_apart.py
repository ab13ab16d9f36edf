"""Looks told apart: what is typed alike gives way, to the typed name at last."""

from __future__ import annotations

import pytest

from symprop.ir.tensor import Index, Role, Tensor
from symprop.notation.apart import Apart, split, tell_apart
from symprop.notation.looks import Look
from symprop.notation.rule import Rule, systematic

J, K = Index("j", 4), Index("k", 3)


def looks(*names: str) -> dict[str, str]:
    found = tell_apart({name: Tensor(name) for name in names}, {}, frozenset())
    return {name: look.latex() for name, look in found.alone.items()}


def test_the_first_of_two_scalars_has_the_look() -> None:
    assert looks("w5", "w_5", "h") == {"w5": "w_{5}", "w_5": r"\mathtt{w\_5}", "h": "h"}


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


def test_split() -> None:
    assert [split(name) for name in ("W12", "x", "a_1")] == [("W", "12"), ("x", ""), ("a_", "1")]
