"""Folding over time: what layers declare to be of one step is folded and says the same unfolded; nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import symprop
from symprop.document.layerwise import LOSS, Layerwise
from symprop.document.ranges import Told
from symprop.document.subject import Subject
from symprop.document.time import Folder, Run
from symprop.ir.tensor import Index, Moment, Tensor
from symprop.layers.layer import Layer
from symprop.notation.formula import Chain, Entry, Product, Sum, Summation, Symbol
from symprop.notation.names import Names
from symprop.notation.plain import plain, plain_chain
from tests.document.unfolding import checked, setting_of

J = Index("j", 3)


def _series(stem: str, above: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    tensors = {f"{stem}_{t}": Tensor(f"{stem}_{t}", (J,), moment=Moment(stem, t)) for t in range(12)}
    return tensors, {f"{stem}_{t}": f"{stem[0]}_{{{t}}}^{{({above})}}" for t in range(12)}


(Z, Z_LOOKS), (H, H_LOOKS) = _series("z2", "2"), _series("h2", "2")
NAMES = Names({}, Z_LOOKS | H_LOOKS, {}, {**Z, **H, "x": Tensor("x"), "y3": Tensor("y3"), "y4": Tensor("y4")})


def term(t: int) -> Product:
    return Product((Entry(f"z2_{t}", ("j",)), Entry("x", (str(t - 1), "k"))))


def step(t: int) -> Chain:
    return Chain((Symbol(f"z2_{t}"), Symbol(f"h2_{t - 1}")))


def lines(chains: Sequence[tuple[int, Chain]]) -> list[tuple[str, int, int]]:
    return [(plain_chain(run.item), run.first, run.last) for run in Folder(NAMES).runs(chains)]


def test_terms_of_all_steps_are_one_sum() -> None:
    folder = Folder(NAMES)
    assert plain(folder.sums(Sum(tuple(map(term, range(1, 5)))))) == "Sum(z2_tau[j]*x[tau-1,k], (tau, 1, 4))"
    assert folder.looks["z2_tau"] == r"z_{\tau}^{(2)}"


def test_steps_with_a_gap_or_twice_are_not_folded() -> None:
    for steps in ((1, 3), (2, 2)):
        formula = Sum(tuple(map(term, steps)))
        assert Folder(NAMES).sums(formula) == formula


def test_a_sum_says_where_it_begins_and_ends() -> None:
    formula = Sum((Symbol("b"), *map(term, (3, 4, 5, 7))))
    assert plain(Folder(NAMES).sums(formula)) == "b + Sum(z2_tau[j]*x[tau-1,k], (tau, 3, 5)) + z2_7[j]*x[6,k]"


def test_the_order_of_terms_does_not_matter() -> None:
    formula = Sum(tuple(map(term, (3, 1, 2))))
    assert plain(Folder(NAMES).sums(formula)) == "Sum(z2_tau[j]*x[tau-1,k], (tau, 1, 3))"


def test_numbers_that_are_no_steps_are_left_alone() -> None:
    """Places, names and coefficients that rise by one count nothing in time."""
    places = Sum(tuple(Product((Entry("x", (str(t),)), Entry("x", (str(t + 1),)))) for t in (1, 2, 3)))
    named = Sum((Symbol("y3"), Symbol("y4")))
    for formula in (places, named):
        assert Folder(NAMES).sums(formula) == formula


def test_a_coefficient_of_one_step_is_seen() -> None:
    formula = Sum((term(1), term(2), Product((Symbol("c"), term(3)))))
    assert plain(Folder(NAMES).sums(formula)) == "Sum(z2_tau[j]*x[tau-1,k], (tau, 1, 2)) + c*z2_3[j]*x[2,k]"


def test_equations_of_all_steps_are_one() -> None:
    assert lines([(t, step(t)) for t in (2, 3, 1)]) == [("z2_tau = h2_tau-1", 1, 3)]


@pytest.mark.parametrize("odd", [1, 3, 4])
def test_a_step_that_differs_has_its_own_line(odd: int) -> None:
    found = lines([(t, Chain((Symbol(f"z2_{t}"), Symbol("y3"))) if t == odd else step(t)) for t in range(1, 7)])
    assert (f"z2_{odd} = y3", odd, odd) in found
    assert [steps for _, first, last in found for steps in range(first, last + 1)] == [1, 2, 3, 4, 5, 6]
    assert found[-1] == ("z2_tau = h2_tau-1", odd + 1, 6)


def test_what_stays_while_the_step_moves_is_no_step() -> None:
    assert lines([(t, Chain((Symbol(f"z2_{t}"), Symbol("h2_1")))) for t in (1, 2, 3)]) == [("z2_tau = h2_1", 1, 3)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Symbol("h2_1"), Symbol("h2_3")),
        (Symbol("h2_1"), Symbol("z2_2")),
        (Entry("x", ("1",)), Entry("x", ("3",))),
        (Entry("x", ("p + 1",)), Entry("x", ("p + 2",))),
        (Symbol("y3"), Symbol("y4")),
    ],
)
def test_what_moves_otherwise_than_steps_is_not_folded(first: Symbol | Entry, second: Symbol | Entry) -> None:
    chains = [(1, Chain((Symbol("z2_1"), first))), (2, Chain((Symbol("z2_2"), second)))]
    assert Folder(NAMES).runs(chains) == [Run(chain, t, t) for t, chain in chains]


def test_a_line_with_a_sum_over_all_steps_is_not_about_any_step() -> None:
    """Else one letter would be both the step of the line and that of the sum."""
    whole = Summation("tau", 4, Symbol("z2_tau"), 1)
    chains = [(t, Chain((Symbol(f"h2_{t}"), whole))) for t in (1, 2)]
    assert Folder(NAMES).runs(chains) == [Run(chain, t, t) for t, chain in chains]


def test_the_letter_may_be_another() -> None:
    folder = Folder(NAMES, "theta")
    assert plain(folder.sums(Sum((term(1), term(2))))) == "Sum(z2_theta[j]*x[theta-1,k], (theta, 1, 2))"
    assert folder.looks["z2_theta"] == r"z_{\theta}^{(2)}"


def test_looks_with_nothing_in_common_give_way_to_the_name() -> None:
    names = Names({}, {**Z_LOOKS, "z2_3": r"\mathtt{z}"}, {}, Z)
    folder = Folder(names)
    folder.sums(Sum(tuple(map(Symbol, ("z2_3", "z2_4")))))
    assert folder.looks == {"z2_tau": r"\mathtt{z2\_tau}"}


# Networks that fold, and the one whose numbers only look like steps.
PRODUCTS = ("y[j] = x[1,j]*x[2,j] + x[2,j]*x[3,j]",)
NETWORKS: dict[str, tuple[tuple[int, ...], list[Layer], int | None]] = {
    "a sequence": ((4, 2), [symprop.RNN(3, sequence=True)], None),
    "a batch": ((4, 2), [symprop.RNN(3, sequence=True)], 5),
    "many steps": ((43, 2), [symprop.RNN(2, sequence=True), symprop.Dense(1)], 3),
    "one step": ((1, 2), [symprop.GRU(3, sequence=True)], None),
    "two layers": ((4, 2), [symprop.GRU(3, sequence=True), symprop.LSTM(2)], None),
    "the last state": ((5, 2), [symprop.LSTM(3), symprop.Dense(1, "tanh")], None),
    "numbers": ((4, 2), [symprop.RNN(2, sequence=True), symprop.IndexLayer(PRODUCTS), symprop.Dense(1)], None),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_unfolded_is_the_programs(name: str) -> None:
    """Worked out at a random point, as it is printed: each line at each of its steps, in both forms."""
    inputs, layers, batch = NETWORKS[name]
    derivation = symprop.Network(inputs, layers, batch=batch).derive()
    core = derivation.core
    network = derivation.spec
    assert isinstance(network, symprop.Network)
    told = Layerwise(Subject("", core, derivation.names, derivation.scalars, {}, 0.1, network=network))
    found = [line for names in (*_forward(told), *told._backward_names().values()) for line in told._told(names)]
    with setting_of(core) as setting:
        count = sum(checked(core, line, told.folder.letter, setting) for line in found)
    assert count >= len(core.gradients)
    assert any(line.run.folded for line in found) or inputs[0] == 1


def _forward(told: Layerwise) -> list[list[str]]:
    return [[equation.name for equation in told._equations(layer)] for layer in (*told.order, LOSS)]


def test_a_wrong_line_is_seen() -> None:
    """The check above can fail: a line that begins one step late."""
    core = symprop.Network((4, 2), [symprop.RNN(3)]).derive().core
    chain = Chain((Entry("h1_tau", ("j",)), Entry("h1_tau-1", ("j",))))
    line = Told((chain, None), ("h1_2", "h1_3"), Run(None, 2, 3), {"j": {3}}, lacks_matrix=False)  # type: ignore[arg-type]
    with setting_of(core) as setting, pytest.raises(AssertionError):
        checked(core, line, "tau", setting)
