"""The verifier: passes what is right, fails what is wrong, says what it left out, stays off kinks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings

from symprop.derivation.point import MARGIN
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.verify import MOST_ELEMENTS, count_differences, verify
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UnsupportedError, UserError
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, operand, single
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from tests.derivation.nets import nets
from tests.derivation.programs import ORIGIN

NET = NetworkSpec(3, [Dense(4, "relu", bias="layer"), Dense(2, "hard_tanh")], "huber").elaborate()


@settings(max_examples=25)
@given(nets(most_layers=3, widest=3))
def test_every_derivation_is_right(net: NetworkSpec) -> None:
    program = net.elaborate()
    found = verify(derive(program), names_for(program), points=2)
    assert found.ok, found
    assert [check.parameter for check in found.checks] == [tensor.name for tensor in program.trainable]


@pytest.mark.parametrize("name", ["dE_total_dW1", "dE_total_db1", "dE_total_dz2", "dE_total_da1", "dE_total_dE"])
def test_any_equation_that_is_off_is_seen(name: str) -> None:
    derivation = derive(NET, ["W1", "b1", "W2", "b2", "E"])
    assert verify(derivation, names_for(NET)).ok
    found = verify(spoiled(derivation, name), names_for(NET))
    assert not found.ok
    assert found.worst > 1e-3
    assert any(name == derivation.gradients[check.parameter] and check.error > 1e-3 for check in found.checks) or (
        name not in derivation.gradients.values()
    )


def spoiled(derivation: Derivation, name: str) -> Derivation:
    """The derivation with one backward equation off by a tenth."""

    def off(equation: Equation) -> Equation:
        value = equation.value
        if equation.name != name:
            return equation
        if isinstance(value, Elementwise):
            return replace(equation, value=replace(value, factors=(*value.factors, sympy.Rational(11, 10))))
        assert isinstance(value, SumOfProducts)
        terms = (replace(term, coefficient=term.coefficient * Fraction(11, 10)) for term in value.terms)
        return replace(equation, value=SumOfProducts(tuple(terms)))

    program = replace(derivation.program, equations=tuple(map(off, derivation.program.equations)))
    return replace(derivation, program=program)


def test_the_steps_and_the_backward_program_play_no_part_in_the_differences() -> None:
    """A derivation that claims zero everywhere is compared with true differences, and fails for each parameter."""
    claimed = derive(NET)
    zero = {e.name: replace(e, value=SumOfProducts(())) for e in claimed.program.equations if e.name.startswith("dE")}
    lines = tuple(zero.get(equation.name, equation) for equation in claimed.program.equations)
    found = verify(replace(claimed, steps=(), program=replace(claimed.program, equations=lines)), names_for(NET))
    assert {check.parameter: check.error for check in found.checks} == dict.fromkeys(claimed.gradients, 1.0)


def test_points_are_added_until_the_loss_moves() -> None:
    """At the first point of this seed the hard tanh is flat, so that every derivative is 0."""
    found = verify(derive(NET), names_for(NET))
    assert found.points > 1
    assert all(check.moved for check in found.checks)


def test_what_never_moves_the_loss_is_said() -> None:
    x, w = Tensor("x", (Index("j", 3),), Role.PARAMETER), Tensor("w", (), Role.PARAMETER)
    loss = Equation(Access(Tensor("E", (), Role.LOSS)), single(2, w()), ORIGIN)
    found = verify(derive(Program((x, w), (loss,), "E"), ["x", "w", "E"]), Names())
    assert found.ok
    assert {check.parameter: (check.moved, check.error) for check in found.checks} == {
        "x": (False, 0.0),
        "w": (True, found.checks[1].error),
        "E": (True, found.checks[2].error),
    }


def test_large_parameters_move_as_a_whole() -> None:
    program = NetworkSpec(30, [Dense(7, "tanh"), Dense(2)]).elaborate()
    found = verify(derive(program), names_for(program))
    assert found.ok
    assert {check.parameter: (check.directions, check.size, bool(check.element)) for check in found.checks} == {
        "W1": (1, 210, False),
        "b1": (7, 7, True),
        "W2": (14, 14, True),
        "b2": (2, 2, True),
    }
    assert MOST_ELEMENTS < 210
    wrong = verify(spoiled(derive(program), "dE_total_dW1"), names_for(program))
    assert [check.parameter for check in wrong.checks if check.error > wrong.tolerance] == ["W1"]


def test_what_is_too_large_is_refused() -> None:
    huge = NetworkSpec(10_000, [Dense(5_000)]).elaborate()
    with pytest.raises(BudgetError, match="too large to be checked at 50 digits"):
        verify(derive(huge), names_for(huge))


def test_points_lie_off_kinks() -> None:
    derivation = derive(NET)
    for seed in range(5):
        found = verify(derivation, names_for(NET), seed=seed)
        assert found.ok
        z = value_of("h1", found.checks[0].point)
        assert abs(z) > MARGIN


def value_of(name: str, point: dict[str, Fraction]) -> Fraction:
    from symprop.derivation.unroll import unroll
    from tests.derivation.evaluation import values

    return values(unroll(NET, names_for(NET)), point)[name]


def test_a_seed_draws_its_own_point() -> None:
    derivation, names = derive(NET), names_for(NET)
    first, again, other = (verify(derivation, names, seed=seed).checks[0].point for seed in (1, 1, 2))
    assert first == again != other


def test_fewer_digits_are_enough_for_a_coarser_tolerance() -> None:
    found = verify(derive(NET), names_for(NET), digits=25)
    assert found.ok
    assert 1e-20 < found.tolerance < 1e-8


def test_a_maximum_is_kept_off_its_ties() -> None:
    j = Index("j", 4)
    x = Tensor("x", (j,), Role.PARAMETER)
    top = Equation(Access(Tensor("E", (), Role.LOSS)), Reduction("max", (x(), x()), (j,)), ORIGIN)
    assert verify(derive(Program((x,), (top,), "E")), Names(), points=3).ok


def test_a_loss_without_a_value_anywhere_is_reported() -> None:
    hopeless = EquationsSpec(["u = -1 - w**2", "E = log(u)"], loss="E").elaborate()
    with pytest.raises(UnsupportedError, match="after 200 draws: no point was found where the loss is finite"):
        verify(derive(hopeless), Names())


def test_a_domain_is_found() -> None:
    """Half of all numbers have no logarithm, and one in four points no root."""
    narrow = EquationsSpec(["u = log(w)*sqrt(v)", "E = u**2/2"], loss="E").elaborate()
    assert verify(derive(narrow), Names()).ok


def test_nothing_derived_is_nothing_wrong() -> None:
    fixed = NetworkSpec(2, [Dense(1, trainable=False)]).elaborate()
    found = verify(derive(fixed), names_for(fixed))
    assert (found.ok, found.worst, found.checks) == (True, 0.0, ())


def test_a_gradient_that_is_no_number_fails() -> None:
    derivation = derive(EquationsSpec(["E = w**2"], loss="E").elaborate())
    nan = Equation(
        derivation.program.by_name["dE_dw"].target, Elementwise((sympy.log(operand(0)),), minus_one()), ORIGIN
    )
    lines = (derivation.program.equations[0], negative(), nan)
    program = Program(derivation.program.free, lines, "E")
    assert not verify(replace(derivation, program=program), Names()).ok


def negative() -> Equation:
    return Equation(Access(Tensor("m")), single(-1), ORIGIN)


def minus_one() -> tuple[Access, ...]:
    return (Access(Tensor("m")),)


def test_progress_is_told_after_each_parameter() -> None:
    net = NetworkSpec(3, [Dense(2, activation="tanh"), Dense(70)]).elaborate()
    derivation = derive(net)
    told: list[int] = []
    verify(derivation, names_for(net), points=2, progress=told.append)
    assert count_differences(derivation) == 6 + 2 + 1 + 1
    assert told == [6, 8, 9, 10, 16, 18, 19, 20]


def test_points_are_added_until_every_kink_was_seen_from_both_sides() -> None:
    from symprop.equations import EquationsSpec

    bent = derive(EquationsSpec(["y = max(w - 1, 0)*w + max(-w - 1, 0)", "E = y + w"], "E", ["w"]).elaborate())
    found = verify(bent, Names())
    assert found.ok
    assert found.points > 1
    assert found.unseen == ()
    flat = derive(EquationsSpec(["y = max(sin(w) + 2, 0)", "E = y + w"], "E", ["w"]).elaborate())
    assert verify(flat, Names()).unseen == ("y",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"points": 0}, "wrong number of points (expected a whole number from 1 to 1,000, got 0)"),
        ({"points": -1}, "wrong number of points"),
        ({"points": 1.5}, "wrong number of points"),
        ({"points": True}, "wrong number of points"),
        ({"digits": 14}, "wrong number of digits (expected a whole number from 15 to 1,000, got 14)"),
        ({"digits": 10**9}, "wrong number of digits"),
        ({"digits": "50"}, "wrong number of digits"),
        ({"seed": "x"}, "wrong seed (expected a whole number from 0"),
        ({"seed": -1}, "wrong seed"),
        ({"seed": None}, "wrong seed"),
    ],
)
def test_what_says_nothing_is_refused(wrong: dict[str, Any], message: str) -> None:
    derivation = derive(NET)
    with pytest.raises(UserError) as caught:
        verify(derivation, names_for(NET), **wrong)
    assert message in str(caught.value)
    assert verify(derivation, names_for(NET), points=1, digits=15).ok
