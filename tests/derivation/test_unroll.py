"""Unrolling: names, slices, the range guard, steps of one element; that it commutes with deriving is in `test_laws`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import Unroller, elements, steps_for, unroll
from symprop.errors import UserError
from symprop.ir.check import check
from symprop.ir.nodes import Elementwise, SumOfProducts, Term, elementwise, operand, single
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from tests.derivation.evaluation import elements_of, random_point, values
from tests.derivation.laws import close
from tests.derivation.nets import nets
from tests.derivation.programs import ORIGIN, index_programs
from tests.derivation.unrolled import unroll_derivation

J = Index("j", 3)
x, y, E = Tensor("x", (J,), Role.PARAMETER), Tensor("y", (J,)), Tensor("E", (), Role.LOSS)
X0, X1 = operand(0), operand(1)


def of_line(value: object, coefficient: int = 1) -> Program:
    lines = (Equation(y(), value, ORIGIN), Equation(E(), single(coefficient, y(), over=(J,)), ORIGIN))  # type: ignore[arg-type]
    return unroll(Program((x,), lines, "E"), Names())


def test_the_class_sheets_net() -> None:
    net = NetworkSpec(2, [Dense(2, "sigmoid", bias=False), Dense(2, "sigmoid", bias=False)]).elaborate()
    flat = unroll(derive(net).program, names_for(net))
    names = [equation.name for equation in flat.equations]
    assert names[:11] == ["h1", "h2", "a_h1", "a_h2", "o1", "o2", "a_o1", "a_o2", "E1", "E2", "E_total"]
    assert names[-8:] == [f"dE_total_dw{n}" for n in range(1, 9)]
    assert all(not equation.target.tensor.indices for equation in flat.equations)
    assert flat.tensors["dE_total_dh2"].primal == "h2"
    assert flat.tensors["w3"].trainable
    assert [str(f) for f in flat.by_name["o2"].value.accesses] == ["w7", "a_h1", "w8", "a_h2"]


def test_fixed_parameters_stay_fixed() -> None:
    net = NetworkSpec(2, [Dense(2, bias_trainable=False)]).elaborate()
    assert [t.name for t in unroll(net, names_for(net)).trainable] == ["w1", "w2", "w3", "w4"]


def test_out_of_range_terms_are_dropped() -> None:
    shifted = of_line(SumOfProducts((Term(Fraction(2), (x(Affine(((1, J),), 1)), x())), Term(Fraction(3), (x(),)))))
    assert [len(shifted.by_name[f"y_{n}"].value.terms) for n in (1, 2, 3)] == [2, 2, 1]  # type: ignore[union-attr]


def test_out_of_range_operands_are_zero() -> None:
    shifted = of_line(elementwise(sympy.exp(X0) * X1, x(Affine(((1, J),), 1)), x()))
    x1, x2, x3 = (Tensor(f"x_{n}", (), x.role)() for n in (1, 2, 3))
    assert shifted.by_name["y_1"].value == Elementwise((sympy.exp(X0) * X1,), (x2, x1))
    assert shifted.by_name["y_3"].value == Elementwise((X0,), (x3,))


def test_everything_out_of_range() -> None:
    gone = of_line(elementwise(sympy.cos(X0), x(Affine(((1, J),), 7))))
    assert gone.by_name["y_2"].value == Elementwise((sympy.Integer(1),), ())
    alone = of_line(elementwise(X0, x(Affine(((1, J),), 7))))
    assert alone.by_name["y_2"].value == Elementwise((sympy.Integer(0),), ())


def test_operands_that_meet_become_one() -> None:
    met = of_line(elementwise(X0 * X1 + X0, x(), x(Affine((), 0))))
    assert met.by_name["y_1"].value == Elementwise((X0**2 + X0,), (Tensor("x_1", (), x.role)(),))
    assert len(met.by_name["y_2"].value.operands) == 2  # type: ignore[union-attr]


def test_a_sum_over_nothing_but_an_index_is_counted() -> None:
    assert of_line(single(5, over=(Index("k", 4),))).by_name["y_1"].value == single(20)


def test_an_element_that_no_scatter_reaches_is_zero() -> None:
    lines = (
        Equation(y(Affine(((2, Index("k", 2)),))), single(3, x(Affine(((1, Index("k", 2)),), 1))), ORIGIN),
        Equation(E(), single(1, y(), over=(J,)), ORIGIN),
    )
    flat = unroll(Program((x,), lines, "E"), Names())
    assert [len(flat.by_name[f"y_{n}"].value.terms) for n in (1, 2, 3)] == [1, 0, 1]  # type: ignore[union-attr]


@settings(max_examples=40)
@given(nets(most_layers=3, widest=3), st.data())
def test_a_slice_holds_what_its_element_needs_and_no_more(net: NetworkSpec, data: st.DataObject) -> None:
    program = net.elaborate()
    derivation, names = derive(program), names_for(program)
    whole = unroll(derivation.program, names)
    tensor = data.draw(st.sampled_from([t for t in derivation.program.tensors.values() if t not in program.free]))
    element = data.draw(st.sampled_from(list(elements(tensor))))
    part = unroll(derivation.program, names, {tensor.name: {element}, program.loss: {()}})
    assert set(part.equations) <= set(whole.equations)
    wanted = {Unroller(derivation.program, names).name(tensor, element), program.loss}
    read = {access.tensor.name for equation in part.equations for access in equation.value.accesses}
    assert {equation.name for equation in part.equations} <= read | wanted
    assert Unroller(derivation.program, names).line(tensor.name, element) in part.equations


@settings(max_examples=40)
@given(index_programs(), st.integers(0, 1000))
def test_steps_for_one_element_are_those_of_the_whole(program: Program, seed: int) -> None:
    derivation = derive(program)
    whole = unroll_derivation(derivation, Names())
    for tensor in derivation.program.tensors.values():
        for element in list(elements(tensor))[:2]:
            name = Names().element(tensor.name, element, tensor.extents)
            alone = steps_for(derivation, Names(), tensor.name, element)
            assert sorted(map(str, alone)) == sorted(str(step) for step in whole.steps if step.wrt.tensor.name == name)


def test_steps_of_a_table_that_integers_index() -> None:
    net = NetworkSpec((4,), [Embedding(5, 2), Flatten(), Dense(1)]).elaborate()
    integers = {("x", (place,)): token for place, token in enumerate((0, 3, 1, 3))}
    derivation = derive(replace(net, integers=integers))
    readers = {row: [s.via.tensor.name for s in steps_for(derivation, Names(), "W1", (row, 1))] for row in range(5)}
    assert readers == {0: ["y1_1_2"], 1: ["y1_3_2"], 2: [], 3: ["y1_2_2", "y1_4_2"], 4: []}
    with pytest.raises(UserError, match="formulas element by element need the integers of 'x'"):
        list(steps_for(derive(net), Names(), "W1", (0, 1)))


def test_an_index_that_nothing_reads_is_a_number() -> None:
    p, q = Index("p", 10**6), Index("q", 10**6)
    line = of_line(single(2, x(), over=(p, q))).by_name["y_1"].value
    assert line == single(2 * 10**12, Tensor("x_1", (), x.role)())


@pytest.mark.parametrize("notation", ["classroom", "textbook"])
def test_a_derivation_unrolls_to_a_derivation(notation: str) -> None:
    program = NetworkSpec(3, [Dense(2, "gelu", bias="layer"), Dense(1, "tanh")], "huber").elaborate()
    names, derivation = names_for(program, notation), derive(program)
    flat = unroll_derivation(derivation, names)
    assert [e.name for e in flat.forward.equations] == [e.name for e in unroll(program, names).equations]
    assert list(flat.gradients) == [e for name in derivation.gradients for e in elements_of(program, names)(name)]
    assert all(step.over == () for step in flat.steps)
    assert {step.result for step in flat.steps} >= set(flat.gradients.values())


def test_the_same_values_in_either_notation() -> None:
    program = NetworkSpec(3, [Dense(2, "mish"), Dense(2, "softsign")]).elaborate()
    by_class, by_book = (unroll(derive(program).program, names_for(program, n)) for n in ("classroom", "textbook"))
    ours = values(by_class, random_point(by_class, 1))
    theirs = values(by_book, random_point(by_book, 1))
    assert all(close(a, b, 1e-45) for a, b in zip(ours.values(), theirs.values(), strict=True))


def test_a_slice_from_zero_and_a_read_beyond_the_axis() -> None:
    part, longer = Index("i", 2), Index("m", 5)
    z = Tensor("z", (longer,))
    lines = (
        Equation(Tensor("s")(), single(1, x(part.part), over=(part,)), ORIGIN),
        Equation(z(), single(3, x(longer.part)), ORIGIN),
        Equation(
            E(), SumOfProducts((Term(Fraction(1), (Tensor("s")(),)), Term(Fraction(1), (z(), z()), (longer,)))), ORIGIN
        ),
    )
    program = check(Program((x,), lines, "E"))
    flat = unroll(program, Names())
    assert [str(f) for f in flat.by_name["s"].value.accesses] == ["x_1", "x_2"]
    assert [len(flat.by_name[f"z_{n}"].value.terms) for n in range(1, 6)] == [1, 1, 1, 0, 0]  # type: ignore[union-attr]
    derivation = derive(program)
    for element, readers in (((0,), ["s", "z_1"]), ((2,), ["z_3"])):
        found = steps_for(derivation, Names(), "x", element)
        assert [step.via.tensor.name for step in found] == readers
