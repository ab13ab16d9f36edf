"""Evaluation of whole scalar programs: every node, in both arithmetics."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy

from symprop.errors import InternalError, UserError
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term, operand
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.scalar.numeric import FLOAT, digits

a, b = Tensor("a", (), Role.PARAMETER), Tensor("b", (), Role.INPUT)
LOSS = Tensor("E", (), Role.LOSS)
VALUES = {"a": 0.5, "b": -2.0}


def program(value: Node) -> Program:
    return Program((a, b), (Equation(LOSS(), value, Origin("test")),), "E")


SUM = SumOfProducts((Term(Fraction(1, 3), (a(), b(), b())), Term(Fraction(1), (b(),)), Term(Fraction(5), ())))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SUM, 0.5 * 4 / 3 - 2 + 5),
        (SumOfProducts(()), 0.0),
        (Elementwise((operand(0), sympy.exp(operand(1) * operand(0))), (a(), b())), 0.5 * math.exp(-1)),
        (Reduction("max", (b(), a())), 0.5),
        (Reduction("max", ()), -math.inf),
        (Reduction("logsumexp", (b(), a())), math.log(math.exp(0.5) + math.exp(-2))),
    ],
)
def test_every_node(value: Node, expected: float) -> None:
    assert evaluate_program(program(value), VALUES, FLOAT)["E"] == pytest.approx(expected, rel=1e-15)
    assert float(evaluate_program(program(value), VALUES, digits(40))["E"]) == pytest.approx(expected, rel=1e-15)


def test_free_quantities_are_among_the_results() -> None:
    assert evaluate_program(program(SUM), VALUES, FLOAT).keys() == {"a", "b", "E"}


def test_logsumexp_does_not_overflow() -> None:
    both = Reduction("logsumexp", (a(), b()))
    assert evaluate_program(program(both), {"a": 1000, "b": 1000}, FLOAT)["E"] == pytest.approx(1000 + math.log(2))


def test_fractions_stay_exact() -> None:
    third = evaluate_program(program(SUM), {"a": Fraction(1, 3), "b": Fraction(1)}, digits(40))["E"]
    assert abs(third - (digits(40).rational(1, 9) + 6)) < 1e-38


@pytest.mark.parametrize(
    ("values", "message"), [({"a": 1.0}, "no value is given for b"), ({**VALUES, "c": 1}, "no free quantity 'c'")]
)
def test_wrong_values_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        evaluate_program(program(SUM), values, FLOAT)


def test_an_index_program_is_refused() -> None:
    j = Index("j", 3)
    vector, row = Tensor("v", (j,)), Tensor("p", (j,), Role.PARAMETER)
    copy = Equation(vector(), SumOfProducts((Term(Fraction(1), (row(),)),)), Origin("test"))
    total = Equation(Access(LOSS), SumOfProducts((Term(Fraction(1), (vector(),), (j,)),)), Origin("test"))
    with pytest.raises(InternalError, match="unroll first"):
        evaluate_program(Program((row,), (copy, total), "E"), {"p": 1}, FLOAT)
