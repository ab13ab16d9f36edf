"""The sweep on programs where it is easily wrong: elements, diagonals, abbreviations, names that are taken, zeros."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.errors import UserError
from symprop.ir.nodes import Reduction, SumOfProducts, Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Moment, Role, Share, Tensor
from symprop.layers import layer_class
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.rules.functions import log_cosh, sigmoid
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.views.index import IndexView
from tests.derivation.evaluation import Referee
from tests.derivation.laws import compare
from tests.derivation.nets import nets
from tests.derivation.programs import ORIGIN, index_programs

H, J, K, L = Index("h", 2), Index("j", 3), Index("k", 4), Index("l", 3)
X0, X1 = operand(0), operand(1)
x = Tensor("x", (J,), Role.PARAMETER)
w = Tensor("w", (), Role.PARAMETER)
W = Tensor("W", (J, L), Role.PARAMETER)
Z = Tensor("Z", (H, J), Role.PARAMETER)
s, u, y, m, d = Tensor("s"), Tensor("u"), Tensor("y", (J,)), Tensor("m", (J, L)), Tensor("d", (J,))
peak, p = Tensor("peak", (H,)), Tensor("p", (H, J))


def test_integers_have_no_derivative() -> None:
    net = NetworkSpec((4,), [Embedding(5, 2), Flatten(), Dense(1)]).elaborate()
    with pytest.raises(UserError, match="'x' holds integers, by which nothing has a derivative"):
        derive(net, ["x"])


def at(offset: int, *indices: Index) -> Affine:
    return Affine(tuple((1, index) for index in indices), offset)


def line(target: Tensor, value: Any, *, abbreviation: bool = False) -> Equation:
    return Equation(target(), value, ORIGIN, abbreviation)


def term(coefficient: Any, *factors: Access, over: tuple[Index, ...] = ()) -> Term:
    return Term(Fraction(coefficient), factors, over)


def loss(*terms: Term) -> Equation:
    return line(Tensor("E", (), Role.LOSS), SumOfProducts(terms))


def program(*equations: Equation) -> Program:
    """A program whose free tensors are those that no equation defines."""
    defined = {equation.name for equation in equations}
    read = dict.fromkeys(access.tensor for equation in equations for access in equation.value.accesses)
    return Program(tuple(tensor for tensor in read if tensor.name not in defined), equations, "E")


def squares(tensor: Tensor) -> Term:
    return term(1, tensor(), tensor(), over=tensor.indices)


SIGMOID_OF_X = line(y, elementwise(sigmoid(X0), x()), abbreviation=True)
PROGRAMS = {
    "functions of two elements of one tensor": program(
        line(s, elementwise(sympy.tanh(X0), x(at(0)))),
        line(u, elementwise(log_cosh(X0), x(at(1)))),
        loss(term(1, s(), u())),
    ),
    "a function of a diagonal beside one of the whole": program(
        line(d, elementwise(sympy.tanh(X0), W(J, J))),
        line(m, elementwise(log_cosh(X0), W())),
        loss(term(1, d(), m(), over=(J, L))),
    ),
    "a loss of two elements": program(
        line(Tensor("E", (), Role.LOSS), elementwise(sympy.exp(X0) * X1, x(at(0)), x(at(1))))
    ),
    "a loss that is a reduction": program(line(Tensor("E", (), Role.LOSS), Reduction("max", (Z(),), (H, J)))),
    "an abbreviation in a sum": program(SIGMOID_OF_X, loss(term(1, y(), x(), over=(J,)))),
    "an abbreviation read with an offset": program(
        SIGMOID_OF_X,
        line(d, elementwise(X0 * X1, y(at(1, J)), x())),
        loss(squares(d)),
    ),
    "elements of an abbreviation": program(
        SIGMOID_OF_X, line(Tensor("E", (), Role.LOSS), elementwise(X0 * X1, y(at(0)), y(at(1))))
    ),
    "an abbreviation in a reduction": program(
        SIGMOID_OF_X, line(Tensor("E", (), Role.LOSS), Reduction("logsumexp", (y(),), (J,)))
    ),
    "an abbreviation seen through here and not there": program(
        SIGMOID_OF_X,
        line(d, elementwise(X0 * X1, y(), x())),
        loss(squares(d), term(3, y(at(2)))),
    ),
    "a softmax that is an abbreviation": program(
        line(peak, Reduction("logsumexp", (Z(),), (J,))),
        line(p, elementwise(sympy.exp(X0 - X1), Z(), peak(H)), abbreviation=True),
        loss(squares(p), squares(peak)),
    ),
    "a softmax with an index more": program(
        line(peak, Reduction("logsumexp", (Z(),), (J,))),
        line(wide := Tensor("wide", (H, J, K)), elementwise(sympy.exp(X0 - X1), Z(), peak(H))),
        loss(squares(wide), squares(peak)),
    ),
    "uses whose names run together": program(
        line(z1 := Tensor("z1"), elementwise(sympy.sin(X0), w())),
        line(z2 := Tensor("z1_2"), elementwise(sympy.tanh(X0), w())),
        loss(term(1, z1(), z2(), w())),
    ),
    "two accesses to one tensor": program(
        line(m, elementwise(X0 * X1**2, x(J), x(L))),
        line(p, elementwise(X0 * X1**2, x(at(1)), x(at(2)))),
        loss(squares(m), squares(p)),
    ),
    "a maximum that lists an operand twice": program(
        line(peak, Reduction("max", (x(), x()), (J,))), loss(squares(peak))
    ),
    "a logsumexp of operands of unequal rank": program(
        line(peak, Reduction("logsumexp", (x(J), Z(H, J)), (J,))),
        line(s, Reduction("logsumexp", (peak(),), (H, J))),
        loss(squares(s)),
    ),
    "a maximum of a diagonal": program(line(s, Reduction("max", (W(J, J),), (J,))), loss(squares(s))),
    "a constant": program(line(s, elementwise(sympy.exp(1) + 0 * X0)), loss(term(1, s(), x(at(0))))),
    "kinks that SymPy knows": program(
        line(y, elementwise(abs(X0 - 1) / (2 + abs(X1)), x(), x(at(-1, J)))), loss(squares(y))
    ),
    "only elements that are out of range": program(loss(term(3, x(at(7))), term(2, w()))),
    "a sum over nothing but an index": program(loss(term(3, w(), over=(J,)), term(5, over=(K,)))),
    "a scatter onto some elements": program(
        Equation(Tensor("v", (Index("v", 7),))(at(-1, J, H)), total(term(2, Z(), x())), ORIGIN),
        loss(
            term("1/3", Tensor("v", (Index("v", 7),))(), over=(Index("v", 7),)), squares(Tensor("v", (Index("v", 7),)))
        ),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_hand_picked(name: str) -> None:
    found = compare(PROGRAMS[name], Names(), 5, Referee(PROGRAMS[name], Names()).gradient)
    assert found.nothing, found
    assert not found.skipped


def second(first: Program) -> Program:
    """The program of the gradients, with a sum over them as the new loss."""
    derivation = derive(first)
    gradients = [derivation.program.tensors[name] for name in derivation.gradients.values()]
    terms = (term(Fraction(2 * n + 1, 3), *[g()] * (1 + n % 2), over=g.indices) for n, g in enumerate(gradients))
    whole = line(Tensor("G"), SumOfProducts(tuple(terms)))
    return Program(derivation.program.free, (*derivation.program.equations, whole), "G")


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_derivative_of_hand_picked(name: str) -> None:
    twice = second(PROGRAMS[name])
    found = compare(twice, Names(), 5, Referee(twice, Names()).gradient)
    assert found.nothing, found


@settings(max_examples=25)
@given(index_programs(), st.integers(0, 10**6))
def test_second_derivative_of_programs(first: Program, seed: int) -> None:
    compare_second(first, seed)


@pytest.mark.slow
@settings(max_examples=120)
@given(index_programs(), st.integers(0, 10**6))
def test_second_derivative_of_many_programs(first: Program, seed: int) -> None:
    compare_second(first, seed)


def compare_second(first: Program, seed: int) -> None:
    twice = second(first)
    found = compare(twice, Names(), seed, Referee(twice, Names()).gradient)
    assume(not found.skipped)
    assert found.nothing, found


@settings(max_examples=30)
@given(nets(most_layers=2, widest=3), st.data())
def test_second_derivative_of_one_weight(net: NetworkSpec, data: st.DataObject) -> None:
    """The sweep over its own result, unrolled, with one gradient as the loss."""
    first = net.elaborate()
    derivation = derive(first)
    assume(derivation.gradients)
    flat = unroll(derivation.program, names_for(first))
    gradients = [tensor.name for tensor in flat.tensors.values() if tensor.role is Role.GRADIENT]
    chosen = replace(flat, loss=data.draw(st.sampled_from(gradients)))
    found = compare(chosen, Names(), 3, Referee(chosen, Names()).gradient)
    assume(not found.skipped)
    assert found.nothing, found


def classroom() -> Program:
    return NetworkSpec(2, [Dense(2, "sigmoid", bias=False), Dense(2, "sigmoid", bias=False)]).elaborate()


def test_trainable_parameters_are_the_default() -> None:
    net = NetworkSpec(2, [Dense(3, bias_trainable=False), Dense(1, trainable=False, bias_trainable=True)])
    assert derive(net.elaborate()).gradients == {"W1": "dE_total_dW1", "b2": "dE_total_db2"}


def test_fixed_parameters_cost_no_equation() -> None:
    last_only = NetworkSpec(2, [Dense(3, trainable=False), Dense(1)]).elaborate()
    named = {equation.name for equation in derive(last_only).program.equations}
    assert "dE_total_dz2" in named
    assert not named & {"dE_total_da1", "dE_total_dz1"}


@pytest.mark.parametrize("wrt", [["a1"], ["z2", "W1"], ["x"], ["t", "E"], ["E_total"]])
def test_anything_can_be_asked_for(wrt: list[str]) -> None:
    found = derive(classroom(), wrt)
    assert found.gradients == {name: f"dE_total_d{name}" for name in wrt}
    for name in wrt:
        tensor = found.program.tensors[f"dE_total_d{name}"]
        assert (tensor.role, tensor.primal) == (Role.GRADIENT, name)
        assert tensor.extents == found.program.tensors[name].extents


def test_an_abbreviation_can_be_asked_for() -> None:
    asked = PROGRAMS["an abbreviation seen through here and not there"]
    by_name = derive(asked, ["y", "x"]).program.by_name
    # The share that passes y is y's own: the contribution of d = y·x counts there, and reaches x through y.
    assert [str(f) for f in by_name["dE_dy_via_d"].value.accesses] == ["dE_dd[j]", "x[j]"]


def test_a_share_says_of_what_and_by_which_use() -> None:
    """Two uses by one equation, at other places of one tensor."""
    q = Tensor("q", ())
    both = line(q, total(term(1, x(at(1)), x(at(2)))))
    shares = [t.share for t in derive(program(both, loss(term(1, q()))), ["x"]).program.tensors.values() if t.share]
    assert shares == [Share("dE_dx", "q", 1), Share("dE_dx", "q", 2)]


def test_steps_in_time_go_with_adjoints() -> None:
    """An adjoint is of the step of what it belongs to, a share of the whole input of the step of its use."""
    layers = [layer_class("RNN")(3, sequence=True), layer_class("RNN")(2)]
    found = derive(NetworkSpec((4, 2), layers).elaborate(), ["x", "W1"]).program.tensors
    assert found["dE_total_dz1_3"].moment == Moment("dE_total_dz1", 3)
    assert found["dE_total_dx_via_z1_3"].moment == Moment("dE_total_dx_via_z1", 3)
    assert found["dE_total_dx"].moment is None
    assert found["dE_total_dW1"].moment is None


@pytest.mark.parametrize("rule", [*JOINT_LOSSES, "squared_error"])
@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_asking_for_more_leaves_the_rest_as_it_is(rule: str, smoothing: float) -> None:
    """A number that was asked for has its equation, and is handed on as the number that it is."""
    spec = NetworkSpec(4, [Dense(3), layer_class("LogSoftmax" if rule == "negative_log_likelihood" else "Softmax")()])
    joint = JOINT_LOSSES.get(rule)
    net = replace(spec, loss=joint.smoothed(smoothing) if joint else rule).elaborate()
    alone = IndexView(derive(net, ["a1", "W1"]))
    more = IndexView(derive(net, [e.name for e in net.equations if not e.abbreviation] + ["W1"]))
    for name in ("dE_total_da1", "dE_total_dW1"):
        assert more.formula(name) == alone.formula(name)


def test_a_number_that_was_asked_for_passes_a_scatter() -> None:
    """Where a target is read under a range, its adjoint is a tensor, asked for or not."""
    scatters = PROGRAMS["a scatter onto some elements"]
    v = scatters.equations[0].target.tensor
    linear = replace(scatters, equations=(scatters.equations[0], loss(term("1/3", v(), over=v.indices))))
    alone, more = derive(linear, ["Z"]).program.by_name, derive(linear, ["Z", "v"]).program.by_name
    assert [str(f) for f in more["dE_dZ"].value.accesses] == [str(f) for f in alone["dE_dZ"].value.accesses]
    assert more["dE_dv"].value == single(Fraction(1, 3))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UserError, match=r"no quantity 'W3' to differentiate by. Known: E, E_total"):
        derive(classroom(), ["W3"])


def test_a_taken_name_gives_every_adjoint_another_prefix() -> None:
    taken = line(Tensor("dE_dw"), total(term(1, w())))
    derivation = derive(program(taken, loss(term(1, taken.target, w()))), ["w", "dE_dw"])
    assert derivation.gradients == {"w": "dE_d_w", "dE_dw": "dE_d_dE_dw"}
    assert derivation.primal("dE_d_dE_dw") == "dE_dw"


def test_no_dependence_is_a_zero() -> None:
    unused = Program((x, w), (loss(term(1, w(), w())),), "E")
    assert derive(unused).program.by_name["dE_dx"].value == SumOfProducts(())


def test_an_equation_after_the_loss_adds_nothing() -> None:
    later = Program((w,), (loss(term(1, w(), w())), line(s, total(term(1, w())))), "E")
    assert derive(later).program.by_name["dE_dw"].value == total(term(2, w()))


def test_every_result_is_checked_and_forward_stands_first() -> None:
    first = classroom()
    assert derive(first).program.equations[: len(first.equations)] == first.equations
