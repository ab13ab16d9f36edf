"""The budgets: what is counted, where the limits are, and what the refusal says."""

from __future__ import annotations

import pytest

from symprop.derivation.sweep import derive
from symprop.errors import BudgetError
from symprop.ir.program import Program
from symprop.ir.size import scalar_count, term_count
from symprop.layers.dense import Dense
from symprop.layers.own import IndexLayer
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.views.budget import MOST_SCALARS, MOST_TERMS, MOST_TERMS_OF_ALL, check_scalars, check_sums
from symprop.views.scalar import ScalarView


def program(inputs: int, units: int) -> Program:
    return NetworkSpec(inputs, [Dense(units, bias=False)]).elaborate()


def test_the_scalars_of_a_forward_pass() -> None:
    assert scalar_count(program(7, 5)) == 5 + 5 + 5 + 1


def test_a_program_within_the_budget_passes() -> None:
    check_scalars(program(3, (MOST_SCALARS - 1) // 3))
    check_sums(program(MOST_TERMS, 3))


def test_one_scalar_too_many_is_refused_with_an_estimate() -> None:
    message = r"expected at most 20,000 scalar equations, got 20,002 \(about 4 s and 0.2 GB\)\). Ask for less"
    with pytest.raises(BudgetError, match=message):
        check_scalars(program(3, (MOST_SCALARS - 1) // 3 + 1), remedy="Ask for less.")


def test_one_term_too_many_is_refused() -> None:
    with pytest.raises(BudgetError, match="at most 10,000 terms, got 10,001"):
        check_sums(program(MOST_TERMS + 1, 3))


def summed(body: str, **sizes: int) -> Program:
    return NetworkSpec(3, [IndexLayer((f"y[j] = Sum({body}, {', '.join(sizes)})",), sizes=sizes)]).elaborate()


def test_all_terms_together_are_counted() -> None:
    wide = summed("c[p]*x[j]*d[j, p]", p=5000)
    assert term_count(wide) == 3 * 5000 + 3 + 3
    check_sums(wide)
    check_scalars(wide)
    wider = NetworkSpec(340, [IndexLayer(("y[j] = Sum(c[j]*x[j]*x[p], p)",))]).elaborate()
    check_scalars(wider)
    with pytest.raises(BudgetError, match=f"at most {MOST_TERMS_OF_ALL:,} terms, got 232,"):
        check_scalars(derive(wider).program)


def test_an_index_that_nothing_reads_is_no_term() -> None:
    idle = summed("x[j]", p=10**6, q=10**6)
    assert term_count(idle) == 3 + 3 + 3
    view = ScalarView(derive(idle, ["x"]), names_for(idle))
    assert str(view.expression("i1")) == "-1000000000000*t1 + 1000000000000*y1_1"
    assert len(view.program.equations) == 3 + 3 + 1 + 3 + 3


def test_one_formula_has_a_limit_too() -> None:
    long = summed("c[p]*x[j]", p=MOST_TERMS + 1)
    view = ScalarView(derive(long, ["x"]), names_for(long))
    with pytest.raises(BudgetError, match="at most 10,000 terms, got 10,001 for dE_total_dx"):
        view.expression("i1")
