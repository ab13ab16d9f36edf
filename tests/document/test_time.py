"""Folding over time: sums of terms that differ in the step, equations of several steps, and what is left alone."""

from __future__ import annotations

from symprop.document.time import Folder
from symprop.notation.formula import Chain, Entry, Product, Sum, Symbol
from symprop.notation.names import Names
from symprop.notation.plain import plain, plain_chain

NAMES = Names({}, {f"z2_{t}": f"z_{{{t}}}^{{(2)}}" for t in range(6)})


def term(t: int) -> Product:
    return Product((Entry(f"z2_{t}", ("j",)), Entry("x", (str(t - 1), "k"))))


def step(t: int) -> Chain:
    return Chain((Symbol(f"z2_{t}"), Symbol(f"h2_{t - 1}")))


def test_terms_of_all_steps_are_one_sum() -> None:
    folder = Folder(NAMES)
    assert plain(folder.sums(Sum(tuple(map(term, range(1, 5)))))) == "Sum(z2_tau[j]*x[tau-1,k], tau)"
    assert folder.looks["z2_tau"] == r"z_{\tau}^{(2)}"


def test_other_terms_stay() -> None:
    formula = Sum((Symbol("b"), *map(term, range(1, 4))))
    assert plain(Folder(NAMES).sums(formula)) == "b + Sum(z2_tau[j]*x[tau-1,k], tau)"


def test_steps_with_a_gap_are_not_folded() -> None:
    formula = Sum(tuple(map(term, (1, 2, 4))))
    assert Folder(NAMES).sums(formula) == formula


def test_a_coefficient_of_one_step_is_seen() -> None:
    formula = Sum((term(1), term(2), Product((Symbol("c"), term(3)))))
    assert plain(Folder(NAMES).sums(formula)) == "Sum(z2_tau[j]*x[tau-1,k], tau) + c*z2_3[j]*x[2,k]"
    assert "upper=2" in repr(Folder(NAMES).sums(formula))


def test_equations_of_all_steps_are_one() -> None:
    assert [plain_chain(chain) for chain in Folder(NAMES).steps([step(1), step(2), step(3)])] == ["z2_tau = h2_tau-1"]


def test_the_last_step_may_differ() -> None:
    last = Chain((Symbol("z2_4"), Symbol("y2")))
    folded = Folder(NAMES).steps([step(1), step(2), step(3), last])
    assert [plain_chain(chain) for chain in folded] == ["z2_tau = h2_tau-1", "z2_4 = y2"]


def test_the_first_step_may_differ() -> None:
    first = Chain((Symbol("z2_1"), Symbol("b")))
    folded = Folder(NAMES).steps([first, step(2), step(3), step(4)])
    assert [plain_chain(chain) for chain in folded] == ["z2_1 = b", "z2_tau = h2_tau-1"]


def test_what_has_nothing_in_common_stays() -> None:
    chains = [Chain((Symbol(name), Symbol("x"))) for name in "abc"]
    assert Folder(NAMES).steps(chains) == chains
