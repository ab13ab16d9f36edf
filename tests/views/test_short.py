"""Short names in plain text: what is renamed, and what is not since something else is called so."""

from __future__ import annotations

import symprop
from symprop.views.short import short_names

VIEW = symprop.load("xor").derive().scalars


def test_adjoints_and_new_values() -> None:
    rename = short_names(VIEW)
    found = [rename(name) for name in ("dE_total_dz2", "dE_total_do1", "dE_total_da1", "next_w1", "w1", "E_total")]
    assert found == ["delta_z2", "delta_o1", "bar_a1", "next_w1", "w1", "E_total"]


def test_the_letter_of_sums_can_be_left_out_and_every_adjoint_is_a_delta() -> None:
    rename = short_names(VIEW, ("z",))
    names = ("dE_total_dz2", "dE_total_do1", "dE_total_da1", "dE_total_dz1_g_tau-1", "dE_total_dz2_1_3")
    assert [rename(name) for name in names] == ["delta_2", "delta_o1", "delta_a1", "delta_1_g_tau-1", "delta_2_1_3"]


def test_a_name_that_something_has_is_not_used() -> None:
    equations = symprop.Equations(["next_w = w*2", "bar_z = next_w + 1", "z = w*w + bar_z", "E = z*z"], "E", ["w"])
    rename = short_names(equations.derive().scalars)
    assert [rename(name) for name in ("next_w", "dE_dz")] == ["next_w", "dE_dz"]
