"""Formulas in Excel's language: its precedence, its functions, what it lacks; worked out by LibreOffice in a slow test."""

from __future__ import annotations

import math
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from openpyxl import Workbook

from symprop.errors import BudgetError, UnsupportedError
from symprop.ir.nodes import Node, Reduction, elementwise, operand, single, total
from symprop.ir.tensor import Tensor
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.functions import FUNCTIONS
from symprop.rules.losses import LOSSES
from symprop.scalar.numeric import FLOAT, digits, evaluate
from symprop.workbook.printing import checked, node_text

A, B = Tensor("A"), Tensor("B")
x, y = operand(0), operand(1)
CELLS = {"A": "A1", "B": "B2"}
THIRD = sympy.Rational(1, 3)


def text(expression: Any) -> str:
    return printed(elementwise(expression, A(), B()))


def printed(node: Node) -> str:
    return node_text(node, CELLS.__getitem__)


PRECEDENCE = {
    -(x**2): "-(A1^2)",
    y - x**2: "B2-(A1^2)",
    sympy.exp(-(x**2) / 2): "EXP(-(A1^2)/2)",
    (x**y) ** 2: "A1^(2*B2)",
    x ** (y**2): "A1^(B2^2)",
    (-x - 1) ** y: "(-1-A1)^B2",
    x**-2: "1/A1^2",
    x / (y * 3): "A1/(3*B2)",
    x / (y / 3): "3*A1/B2",
    -x / (y + 1) ** 3: "-A1/(1+B2)^3",
    x**THIRD: "A1^(1/3)",
    1 / sympy.sqrt(x): "1/SQRT(A1)",
    -sympy.sqrt(x): "-SQRT(A1)",
    -(x + y) * x: "A1*(-A1-B2)",
    sympy.Rational(-2, 3) * x * y**2: "-2*A1*B2^2/3",
    1 - y**x: "1-(B2^A1)",
    sympy.Max(-y, sympy.Min(y, x)): "MAX(-B2,MIN(A1,B2))",
    sympy.Piecewise((x, (x > 0) & (y <= 1)), (-x, sympy.Ne(y, 2)), (0, True)): "IF(AND(A1>0,B2<=1),A1,IF(B2<>2,-A1,0))",
    sympy.pi * x: "PI()*A1",
    sympy.floor(x) + sympy.sign(y): "INT(A1)+SIGN(B2)",
    FUNCTIONS["softplus"](x) ** 2: "(IF(A1>0,A1,0)+2*ATANH(EXP(-ABS(A1))/(2+EXP(-ABS(A1)))))^2",
    y
    / sympy.log(
        1 + sympy.exp(-sympy.Abs(sympy.sin(x)))
    ): "B2/(2*ATANH(EXP(-ABS(ABS(SIN(A1))))/(2+EXP(-ABS(ABS(SIN(A1)))))))",
}


@pytest.mark.parametrize(("expression", "formula"), PRECEDENCE.items(), ids=map(str, PRECEDENCE))
def test_precedence_is_excels(expression: Any, formula: str) -> None:
    assert text(expression) in (formula, formula.replace("AND(A1>0,B2<=1)", "AND(B2<=1,A1>0)"))


def test_functions_are_spelled_out_so_that_nothing_overflows() -> None:
    assert text(ACTIVATIONS["sigmoid"](x)) == "IF(A1>=0,1/(1+EXP(-A1)),EXP(A1)/(1+EXP(A1)))"
    assert text(1 / (1 + sympy.exp(-x))) == text(ACTIVATIONS["sigmoid"](x))  # recognised in a list of equations
    assert text(ACTIVATIONS["elu"](x)) == "IF(A1>0,A1,IF(ABS(A1)<1,2*EXP(A1/2)*SINH(A1/2),EXP(A1)-1))"
    assert text(ACTIVATIONS["softplus"](x)) == "IF(A1>0,A1,0)+2*ATANH(EXP(-ABS(A1))/(2+EXP(-ABS(A1))))"
    assert text(ACTIVATIONS["gelu"](x)) == "A1*IF(A1>=0,1-ERFC(A1*SQRT(2)/2)/2,ERFC(-A1*SQRT(2)/2)/2)"


def test_what_is_small_keeps_its_digits_beside_one() -> None:
    assert text(sympy.log(1 + x**2)) == "IF(ABS(A1^2)<0.5,2*ATANH(A1^2/(2+A1^2)),LN(1+A1^2))"
    less = "IF(ABS(A1)<1,2*EXP(A1/2)*SINH(A1/2),EXP(A1)-1)"
    assert text(y * (sympy.exp(x) - 1)) == f"B2*{less}"
    assert text(3 - 3 * sympy.exp(x)) == f"-3*{less}"
    assert text(sympy.exp(x) - 2) == "EXP(A1)-2"
    assert text(sympy.log(2 + x)) == "LN(2+A1)"


def test_infinities_are_the_largest_numbers_that_a_formula_takes() -> None:
    choice = sympy.Piecewise((-sympy.oo, x < 0), (sympy.oo, x > 1), (x, True))
    assert text(choice) == "IF(A1<0,-1E+308,IF(A1>1,1E+308,A1))"
    with pytest.raises(UnsupportedError, match="'ComplexInfinity' cannot be written in a workbook"):
        text(sympy.Piecewise((sympy.zoo, x < 0), (x, True)))


def test_sums_of_products_keep_their_order_and_exact_numbers() -> None:
    third = single(Fraction(-1, 3), A(), B()).terms[0]
    assert (
        printed(total(third, single(1, B()).terms[0], single(Fraction(2), A(), A()).terms[0]))
        == "-1/3*A1*B2+B2+2*A1*A1"
    )
    assert printed(total()) == "0"
    assert printed(single(Fraction(1, 3 * 10**20), A())) == "3.3333333333333333E-21*A1"


def test_reductions_are_taken_relative_to_the_largest() -> None:
    assert printed(Reduction("max", (A(), B()))) == "MAX(A1,B2)"
    assert printed(Reduction("logsumexp", (A(), B()))) == "MAX(A1,B2)+LN(EXP(A1-MAX(A1,B2))+EXP(B2-MAX(A1,B2)))"


def test_factors_are_joined_without_needless_parentheses() -> None:
    node = elementwise(x, A(), B())
    assert printed(type(node)((x, y * (1 - y), -x), (A(), B()))) == "A1*B2*(1-B2)*(-A1)"


def test_a_maximum_of_more_cells_than_excel_takes_is_nested() -> None:
    found = printed(Reduction("max", (A(),) * 300))
    assert found.count("MAX") == 3
    assert found.count("A1") == 300


def test_what_excel_would_not_take_is_refused() -> None:
    assert checked("=" + "1" * 8191, "z") == "=" + "1" * 8191
    with pytest.raises(BudgetError, match=r"too long for a workbook.*8,193 characters"):
        checked("=" + "1" * 8192, "z")
    with pytest.raises(BudgetError, match="nested 65 deep"):
        checked("=" + "(" * 65 + "1" + ")" * 65, "z")
    with pytest.raises(UnsupportedError, match="cannot be written in a workbook"):
        text(sympy.gamma(x))


NEAR_ONE = [sympy.log(1 + x), sympy.log(1 + x**2), sympy.exp(x) - 1, 3 - 3 * sympy.exp(x)]
DIGITS = ("softplus", "elu", "selu", "mish", *map(str, NEAR_ONE))  # what has all its digits however small it is
POINTS = (-1000.0, -2000.0, -40.0, -1e-9, -3.0, -1.0, -0.3, 0.0, 1e-3, 0.5, 1.0, 2.5, 40.0, 1000.0)


@pytest.mark.slow
def test_libreoffice_works_out_every_function_as_python_does(tmp_path: Path) -> None:
    from tests.workbook.test_recalculation import recalculated

    assert shutil.which("soffice")
    functions = {**ACTIVATIONS, **FUNCTIONS}
    cases = [(f"{n} at {p}", f(x), p, 1.0) for n, f in functions.items() for p in POINTS]
    cases += [(f"{n}' at {p}", f.symbol(x).fdiff(), p, 1.0) for n, f in functions.items() if f.opaque for p in POINTS]
    cases += [
        (f"{n} of {p} for {t}", loss.definition(x, y), p, t)
        for n, loss in LOSSES.items()
        for p in (POINTS if loss.domain[0] < 0 else (0.0, 0.25, 1.0))
        for t in (0.0, 0.75, 1.0)
    ]
    cases += [(str(e), e, 1.5, -2.0) for e in PRECEDENCE]
    cases += [(f"{e} at {p}", e, p, 1.0) for e in NEAR_ONE for p in (-0.75, -1e-9, 0.0, 1e-12, 0.3, 2.5, 1e6)]
    book = Workbook()
    sheet = book.active
    for row, (_, expression, *numbers) in enumerate(cases, start=1):
        cells = {"A": f"A{row}", "B": f"B{row}"}
        sheet.append([*numbers, "=" + node_text(elementwise(expression, A(), B()), cells.__getitem__)])
    book.save(tmp_path / "functions.xlsx")
    found = recalculated([tmp_path / "functions.xlsx"], tmp_path)[0].active
    for row, (name, expression, first, second) in enumerate(cases, start=1):
        node = elementwise(expression, A(), B())
        values = {operand(k): {"A": first, "B": second}[access.tensor.name] for k, access in enumerate(node.operands)}
        wanted, value = evaluate(node.expression, values, FLOAT), found.cell(row, 3).value
        if math.isfinite(wanted):
            assert isinstance(value, int | float), (name, value)
            if has_digits := name.partition(" at ")[0] in DIGITS:
                wanted = float(evaluate(node.expression, values, digits(40)))
            least = 0.0 if has_digits else 1e-12
            assert math.isclose(value, wanted, rel_tol=1e-12, abs_tol=least), (name, value, wanted)
        else:
            assert isinstance(value, str), (name, value, wanted)
