"""What back ends get: only what the outputs need, copies inlined, products in pairs; the numbers are the program's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays, evaluate_equation
from symprop.ir.nodes import SumOfProducts, elementwise, operand, single
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.shaping import Flatten
from symprop.lowering.lowered import Lowered, lower, reads, without_copies
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.rules.functions import sigmoid
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT
from tests.derivation.programs import index_programs

H, J = Index("i", 3), Index("j", 4)
A, B = Tensor("a", (H, J), Role.PARAMETER), Tensor("b", (H, J), Role.PARAMETER)
X = operand(0)
ORIGIN = Origin("test")


def line(target: Any, value: Any) -> Equation:
    return Equation(target, value, ORIGIN)


def loss(*tensors: Tensor) -> Equation:
    """Of elements of tensors, turned."""
    read = [t(*t.indices) for t in tensors]
    indices = tuple(dict.fromkeys(index for access in read for index in access.free))
    return line(Tensor("E", (), Role.LOSS)(), single(1, *read, over=indices))


def worked_out(lowered: Lowered, values: dict[str, Any]) -> dict[str, Any]:
    known = {tensor.name: values[tensor.name] for tensor in lowered.arguments}
    for equation in (*lowered.constants, *lowered.equations):
        known[equation.name] = evaluate_equation(equation, known, FLOAT, {})
    return {name: np.asarray(known[name]).astype(float) for name in lowered.outputs}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(index_programs(), st.integers(0, 10**6))
def test_the_numbers_are_those_of_the_program(program: Program, seed: int) -> None:
    derivation = derive(program)
    random = np.random.default_rng(seed)
    every = [equation.name for equation in derivation.program.equations]
    outputs = list(dict.fromkeys([program.loss, *derivation.gradients.values(), *random.choice(every, 2)]))
    values = {tensor.name: random.normal(size=tensor.extents).astype(object) for tensor in program.free}
    lowered = lower(derivation.program, outputs)
    wanted = evaluate_arrays(derivation.program, values, FLOAT)
    for name, found in worked_out(lowered, values).items():
        np.testing.assert_allclose(found, np.asarray(wanted[name]).astype(float), rtol=1e-9, atol=1e-10, err_msg=name)
    used = set().union(outputs, *(reads(e) for e in (*lowered.constants, *lowered.equations)))
    assert used == lowered.tensors.keys()
    for equation in (*lowered.constants, *lowered.equations):
        if isinstance(equation.value, SumOfProducts):
            assert all(len(term.factors) < 3 or not term.looped for term in equation.value.terms)


def test_only_what_the_outputs_need_is_left() -> None:
    program = derive(NetworkSpec(3, [Dense(2, "tanh"), Dense(4, "tanh")]).elaborate()).program
    lowered = lower(program, ["z1"])
    assert [tensor.name for tensor in lowered.arguments] == ["x", "W1", "b1"]
    assert [equation.name for equation in lowered.equations] == ["z1"]
    assert {tensor.name for tensor in lower(program, ["a2"]).arguments} == {"x", "W1", "b1", "W2", "b2"}


def test_what_depends_on_no_argument_is_constant() -> None:
    ones, twice, y = (Tensor(name, (H, J)) for name in ("ones", "twice", "y"))
    program = Program(
        (A,),
        (
            line(ones(), single(1)),
            line(twice(), elementwise(2 * X, ones())),
            line(y(), elementwise(X * operand(1), A(), twice())),
            loss(y),
        ),
        "E",
    )
    lowered = lower(program, ["E"])
    assert [e.name for e in lowered.constants] == ["ones", "twice"]
    assert [e.name for e in lowered.equations] == ["y", "E"]


@pytest.mark.parametrize("value", [elementwise(X, A()), single(1, A())], ids=["elementwise", "sum"])
def test_copies_are_read_through(value: Any) -> None:
    copy, again = Tensor("c", (H, J)), Tensor("d", (H, J))
    lines = [line(copy(), value), line(again(), elementwise(X, copy())), line(B(), elementwise(sympy.tanh(X), again()))]
    assert without_copies(lines, ["b"]) == [line(B(), elementwise(sympy.tanh(X), A()))]
    assert [each.name for each in without_copies(lines, ["b", "c"])] == ["c", "b"]


def test_copies_with_turned_axes_are_read_turned() -> None:
    turned = Tensor("c", (Index("k", 4), Index("l", 3)))
    lines = [
        line(turned(J, H), single(1, A(H, J))),
        line(Tensor("y", (Index("m", 4), H))(Index("m", 4), H), elementwise(X, turned(Index("m", 4), H))),
        line(Tensor("z", (H,))(H), single(3, turned(Affine(((1, H),), 1), Affine((), 2)))),
        line(Tensor("w")(), elementwise(X, turned(Affine((), 3), Affine((), 0)))),
    ]
    kept = without_copies(lines, ["y", "z", "w"])
    assert [str(next(iter(each.value.accesses))) for each in kept] == ["a[i, m]", "a[2, i + 1]", "a[0, 3]"]


def test_what_is_no_copy_stays() -> None:
    lines = [
        line(Tensor("c1", (H, J))(), single(2, A())),
        line(Tensor("c2", (H, J))(), elementwise(-X, A())),
        line(Tensor("c3", (H,))(), single(1, A(H, J), over=(J,))),
        line(Tensor("c4", (H, J))(), single(1, Tensor("r", (H,))(H))),
        line(Tensor("c5", (H,))(), single(1, A(H, Affine((), 1)))),
        line(Tensor("c6", (Index("h", 6), J))(Affine(((2, H),)), J), single(1, A())),
        line(Tensor("c7", (H, J))(), single(1, A(), over=(Index("k", 5),))),
    ]
    read = [
        line(Tensor(f"y{k}", each.target.tensor.indices)(), elementwise(sympy.tanh(X), each.target.tensor()))
        for k, each in enumerate(lines)
    ]
    assert without_copies([*lines, *read], [each.name for each in read]) == [*lines, *read]


def test_operands_that_become_the_same_stand_once() -> None:
    copy = Tensor("c", (H, J))
    lines = [line(copy(), single(1, A())), line(B(), elementwise(X * operand(1), A(), copy()))]
    (found,) = without_copies(lines, ["b"])
    assert found.value == elementwise(X**2, A())


def test_forms_that_overflow_are_replaced() -> None:
    y = Tensor("y", (H, J))
    program = Program((A,), (line(y(), elementwise(1 / (1 + sympy.exp(-X)), A())), loss(y)), "E")
    first, _ = lower(program, ["E"]).equations
    assert first.value == elementwise(sigmoid(X), A())


def test_integers_among_the_indices_are_read() -> None:
    program = NetworkSpec((2,), [Embedding(5, 3), Flatten(), Dense(2)]).elaborate()
    derivation = derive(program)
    gathered = next(equation for equation in program.equations if "x" in reads(equation))
    assert reads(gathered) == {"x", "W1"}
    lowered = lower(derivation.program, [derivation.gradients["W1"]])
    assert "x" in {tensor.name for tensor in lowered.arguments}
    (scatter,) = [equation for equation in lowered.equations if equation.target.gathers]
    assert "x" in reads(scatter)


def test_what_is_carried_is_an_argument_though_nothing_reads_it() -> None:
    new = Tensor("next_b", (H, J))
    program = Program((A, B), (line(new(), elementwise(2 * X, A())), loss(A)), "E")
    lowered = lower(program, ["E", "next_b"], {"next_b": "b"})
    assert [tensor.name for tensor in lowered.arguments] == ["a", "b"]
    assert lowered.carried == {"next_b": "b"}


def test_an_output_may_be_free() -> None:
    program = Program((A, B), (loss(A),), "E")
    assert [tensor.name for tensor in lower(program, ["E", "b"]).arguments] == ["a", "b"]


def test_a_step_is_lowered_with_its_names() -> None:
    derivation = derive(NetworkSpec(3, [Dense(2, "tanh"), Dense(1)]).elaborate())
    step = training_step(derivation, UpdateRule("momentum"))
    carried = {new: old for old, new in step.updated.items()}
    lowered = lower(step.program, [step.program.loss, *carried], carried, Names())
    assert set(carried.values()) <= {tensor.name for tensor in lowered.arguments}
    last = lowered.last_use
    for name, position in last.items():
        assert name in reads(lowered.equations[position])
        assert all(name not in reads(equation) for equation in lowered.equations[position + 1 :])
