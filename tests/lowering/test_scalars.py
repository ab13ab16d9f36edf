"""Scalar equations as lines: terms, reductions, names; the numbers are compared with the plain evaluation of the program."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.errors import InternalError
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Reduction, SumOfProducts, Term, elementwise, operand
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Role, Tensor
from symprop.layers.dense import Dense
from symprop.lowering.scalars import Lines, lines_of
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.scalar.numeric import FLOAT, evaluate

a, b = Tensor("a", (), Role.PARAMETER), Tensor("b", (), Role.PARAMETER)


def scalar_program() -> Program:
    forward = NetworkSpec(3, [Dense(2, activation="silu"), Dense(1)], loss="huber").elaborate()
    return unroll(derive(forward).program, names_for(forward))


def lined(program: Program, outputs: list[str]) -> Lines:
    """The lines of all the program's equations."""
    return lines_of([tensor.name for tensor in program.free], program.equations, outputs)


def run(lines: Lines, values: dict[str, float]) -> dict[str, float]:
    known = {name: values[name] for name in lines.arguments}
    for name, expression in lines.lines:
        known[name] = evaluate(expression, known, FLOAT)
    return known


def test_lines_mean_what_the_program_means() -> None:
    program = scalar_program()
    values = {tensor.name: 0.1 * k - 0.5 for k, tensor in enumerate(program.free)}
    expected = evaluate_program(program, values, FLOAT)
    outputs = ["E_total", "dE_total_dw1", "dE_total_db_o1"]
    found = run(lined(program, outputs), values)
    assert [found[name] for name in outputs] == pytest.approx([expected[name] for name in outputs], rel=1e-14)


def test_lines_keep_the_order_of_their_terms() -> None:
    expression = dict(lined(scalar_program(), ["h2"]).lines)["h2"]
    assert [[str(factor) for factor in term.args] or [str(term)] for term in expression.args] == [
        ["w4", "i1"], ["w5", "i2"], ["w6", "i3"], ["b_h2"],
    ]  # fmt: skip


def test_declared_functions_are_listed_once() -> None:
    assert [function.name for function in lined(scalar_program(), ["dE_total_dw1"]).functions].count("sigmoid") == 1


def test_a_symbol_that_is_named_like_an_operand_is_not_captured() -> None:
    # Operands are x0, x1, … too: they must be replaced all at once.
    x1, x0 = Tensor("x1", (), Role.INPUT), Tensor("x0", (), Role.INPUT)
    value = elementwise(operand(0) - 2 * operand(1), x1(), x0())
    program = Program((x1, x0), (Equation(Tensor("E", (), Role.LOSS)(), value, Origin("test")),), "E")
    assert run(lined(program, ["E"]), {"x1": 7.0, "x0": 2.0})["E"] == 3.0


@pytest.mark.parametrize("kind", ["max", "logsumexp"])
def test_reductions(kind: str) -> None:
    loss = Tensor("E", (), Role.LOSS)
    program = Program((a, b), (Equation(loss(), Reduction(kind, (a(), b())), Origin("test")),), "E")
    values = {"a": 1000.0, "b": 999.0}
    expected = evaluate_program(program, values, FLOAT)["E"]
    assert run(lined(program, ["E"]), values)["E"] == pytest.approx(expected, rel=1e-15)


def test_a_name_that_lowering_makes_is_fresh() -> None:
    taken = Tensor("E_largest", (), Role.PARAMETER)
    loss = Equation(Tensor("E", (), Role.LOSS)(), Reduction("logsumexp", (a(), taken())), Origin("test"))
    lines = lined(Program((a, taken), (loss,), "E"), ["E"])
    assert [name for name, _ in lines.lines] == ["E_largest_", "E"]


def test_rationals_stay_exact() -> None:
    loss = Equation(Tensor("E", (), Role.LOSS)(), SumOfProducts((Term(Fraction(1, 3), (a(),)),)), Origin("test"))
    ((_, expression),) = lined(Program((a,), (loss,), "E"), ["E"]).lines
    assert expression.args[0] == sympy.Rational(1, 3)


def test_an_index_program_is_refused() -> None:
    program = NetworkSpec(3, [Dense(2)]).elaborate()
    with pytest.raises(InternalError, match="unroll first"):
        lined(program, ["E_total"])
